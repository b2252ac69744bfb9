import { spawn, type SpawnOptions } from 'node:child_process';

/** How a finished command ended; `output` is its standard output and standard error in order of arrival. */
export interface CommandResult {
  /** Exit code; -1 when a signal or the time limit ended it, or when it could not be started. */
  readonly code: number;
  readonly output: string;
  /** Set when the command could not be started: ENOENT means that there is no such program. */
  readonly startError?: NodeJS.ErrnoException;
  readonly timedOut: boolean;
}

/** Where and how long a command may run. Without `env` it inherits the environment of this process. */
export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** Milliseconds, after which the command and whatever it started are killed. Without it there is no limit. */
  readonly limitMs?: number;
}

/** Enough to hold an error report; the end is what tells. */
const OUTPUT_CHARACTERS = 20_000;

/** Runs a command to its end and never throws: the result says what happened. */
export function runCommand(command: string, args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const { limitMs, ...where } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, toSpawnOptions(where, limitMs !== undefined));
    let output = '';
    let timedOut = false;
    const append = (chunk: Buffer) => void (output = (output + chunk.toString()).slice(-OUTPUT_CHARACTERS));
    child.stdout?.on('data', append);
    child.stderr?.on('data', append);
    const limit = setTimeout(() => { timedOut = true; killGroup(child.pid); }, limitMs ?? 2 ** 31 - 1);
    const end = (code: number, startError?: NodeJS.ErrnoException) => {
      clearTimeout(limit);
      resolve({ code, output, timedOut, ...(startError && { startError }) });
    };
    child.once('error', (error) => end(-1, error));
    child.once('close', (code) => end(code ?? -1));
  });
}

/** A limited command leads a process group of its own, so that the limit also reaches what it started. */
function toSpawnOptions(where: Pick<CommandOptions, 'cwd' | 'env'>, limited: boolean): SpawnOptions {
  return { ...where, env: where.env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'], detached: limited };
}

/** Kills a process group at once; one that is already gone is fine. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The last line of an output, where a program says why it failed; empty where it said nothing. */
export function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}
