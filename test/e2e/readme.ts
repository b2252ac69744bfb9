import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** The hub's address in the README. */
export const HUB = 'http://127.0.0.1:7080';

/** A block of code. */
export interface Block {
  /** Empty for output. */
  readonly language: string;
  readonly text: string;
}

/** The README's blocks of code between two headings. */
export async function listBlocks(heading: string): Promise<Block[]> {
  const [, section = ''] = (await readFile('README.md', 'utf8')).split(`\n## ${heading}\n`);
  const [own = ''] = section.split('\n## ');
  return [...own.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({ language, text }));
}

/** Runs lines of the README as a shell does; answers its standard output. */
export async function runShell(script: readonly string[], options: { cwd: string; env?: NodeJS.ProcessEnv }): Promise<string> {
  return (await promisify(execFile)('bash', ['-c', ['set -e', ...script].join('\n')], options)).stdout;
}
