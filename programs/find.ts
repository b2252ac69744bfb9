import { join } from 'node:path';
import type { ProvisionOptions } from './build.js';
import { runCommand, lastLine } from './runCommand.js';

const VERSION_LIMIT_MS = 20_000;

/** Where binaries are kept, and who hears what happens. */
export interface FindOptions {
  /** Directory of this user's cached binaries; made when missing. */
  readonly cacheDir: string;
  /** Receives whole sentences for the person who waits. */
  readonly say: (line: string) => void;
  /** Environment of the commands that are tried; by default that of this process. */
  readonly env?: NodeJS.ProcessEnv;
}

/** How to find a program and how to know it. */
export interface SoughtProgram {
  /** Its names on PATH, the first one also in the cache. */
  readonly commands: readonly [string, ...string[]];
  /** Of the one that is made where none is found; it names its folder in the cache. */
  readonly version: string;
  /** What is wrong with a binary that prints this at `--version`; undefined where it fits. */
  findFault(output: string): string | undefined;
  /** Puts a binary at the target, or throws a sentence. */
  provide(options: ProvisionOptions): Promise<void>;
}

/**
 * A path of a working binary: the one on PATH, else the cached one, else one that is made and left in the cache, so
 * that it happens once.
 * @throws ProgramUnavailableError saying what to do when no way works.
 */
export async function findProgram(sought: SoughtProgram, options: FindOptions): Promise<string> {
  const { say, env } = options;
  for (const command of sought.commands) {
    const onPath = await probe(command, sought, env);
    if (onPath.usable) return command;
    if (onPath.fault) say(`The ${command} on PATH is passed over: ${onPath.fault}.`);
  }
  return findPinned(sought, options);
}

/** The same without a look at PATH: the version that is pinned. */
export async function findPinned(sought: SoughtProgram, { cacheDir, say, env }: FindOptions): Promise<string> {
  const [name] = sought.commands;
  const target = join(cacheDir, `${name}-${sought.version}-${process.platform}-${process.arch}`, name);
  const cached = await probe(target, sought, env);
  if (cached.usable) return target;
  if (cached.fault) say(`The cached ${target} is replaced: ${cached.fault}.`);
  await sought.provide({ target, say, env });
  return target;
}

/** Whether a binary runs and fits. Neither `usable` nor `fault`: there is none. */
async function probe(binary: string, { findFault }: SoughtProgram, env?: NodeJS.ProcessEnv): Promise<{ usable: boolean; fault?: string }> {
  const { code, output, startError } = await runCommand(binary, ['--version'], { env, limitMs: VERSION_LIMIT_MS });
  if (startError?.code === 'ENOENT') return { usable: false };
  if (startError) return { usable: false, fault: startError.message };
  if (code !== 0) return { usable: false, fault: `"${binary} --version" failed (${lastLine(output)})` };
  const fault = findFault(output);
  return fault === undefined ? { usable: true } : { usable: false, fault };
}
