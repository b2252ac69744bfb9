import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { SCHEMATHESIS_DIR, SCHEMATHESIS_FILES } from './schemathesisPlace.js';

/** Whether it can be run here: the Python that fetched it runs it. */
export function hasSchemathesis(): boolean {
  return existsSync(SCHEMATHESIS_DIR);
}

export interface SchemathesisOptions {
  /** Of the hub. */
  readonly url: string;
  /** Who asks: an administrator's, so that nothing is refused for want of rights. */
  readonly token: string;
  readonly seed: number;
  /** Test cases per operation. */
  readonly examples: number;
  readonly phases: string;
  readonly say?: (text: string) => void;
}

/** Runs every check over the hub's own API document; answers the exit code and all that was said. */
export async function runSchemathesis({ url, token, seed, examples, phases, say }: SchemathesisOptions): Promise<{ code: number | null; output: string }> {
  const cwd = await mkdtemp(join(tmpdir(), 'hookline-schemathesis-'));
  const args = [
    '-m', 'schemathesis.cli', '--config-file', join(SCHEMATHESIS_FILES, 'schemathesis.toml'), 'run', `${url}/openapi.json`, '--url', url,
    '--header', `Authorization: Bearer ${token}`, '--seed', String(seed), '--max-examples', String(examples), '--phases', phases,
    '--continue-on-failure', '--warnings', 'off', '--suppress-health-check', 'all', '--request-timeout', '60',
  ];
  const env = { PATH: process.env['PATH'], HOME: cwd, PYTHONPATH: [SCHEMATHESIS_DIR, SCHEMATHESIS_FILES].join(delimiter), PYTHONDONTWRITEBYTECODE: '1', SCHEMATHESIS_HOOKS: 'hooks' };
  const child = spawn('python3', args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      say?.(text);
    });
  }
  await once(child, 'close');
  await rm(cwd, { recursive: true, force: true });
  return { code: child.exitCode, output };
}
