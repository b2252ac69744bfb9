import { writeFileSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { ProgramUnavailableError } from './errors.js';
import { runCommand } from './runCommand.js';

const POLL_MS = 50;
/** How long a server may take to close its files after SIGTERM, before SIGKILL. */
export const STOP_MS = 10_000;

/** Where a server is noted, and what it works on. */
export interface Place {
  readonly name: string;
  readonly pidFile: string;
  readonly held: string;
  /** What stands on no other command line than that of our own server on `held`: it is known by that where it was not noted. */
  readonly mark?: string | undefined;
}

/** Notes the server's process and ours, on a line each; at once, since a server that is not noted is nobody's. */
export function writePidFile(file: string, pid: number): void {
  writeFileSync(file, `${pid}\n${process.pid}\n`);
}

/** Forgets the server; a file that is not there is fine. */
export async function removePidFile(file: string): Promise<void> {
  await rm(file, { force: true });
}

/**
 * Stops a server that outlived its owner (killed by SIGKILL, for instance) and still works on `held`, a file that its
 * command line names: two servers must never do so at once. A process of the same id that is something else is left
 * alone.
 * Answers the id of what was stopped, if anything.
 * @throws ProgramUnavailableError when the owner is alive: then the data directory is in use.
 */
export async function stopOrphan({ name, pidFile: file, held, mark }: Place): Promise<number | undefined> {
  const [pid = 0, owner = 0] = (await readIfPresent(file)).split('\n').map(Number);
  const found = pid > 0 ? await describeProcess(pid) : undefined;
  if (!found?.command.includes(held)) return mark === undefined ? undefined : stopUnnoted(name, mark);
  // An orphan has been handed to another parent by the system.
  if (found.parent === owner && owner !== process.pid) {
    throw new ProgramUnavailableError(
      `${name}'s ${held} is in use by another Hookline (process ${owner}): stop that one, `
      + 'or set HOOKLINE_DATA_DIR to another directory.',
    );
  }
  await stopProcess(name, pid);
  return pid;
}

/** A server whose owner died before it could note it. Only Linux lets us look through all processes without a program. */
async function stopUnnoted(name: string, mark: string): Promise<number | undefined> {
  const all = process.platform === 'linux' ? await readdir('/proc') : [];
  for (const pid of all.filter((entry) => /^[0-9]+$/.test(entry)).map(Number)) {
    const { command, parent } = (await describeProcess(pid)) ?? { command: '', parent: 0 };
    if (!command.includes(mark) || parent === process.pid) continue;
    await stopProcess(name, pid);
    return pid;
  }
  return undefined;
}

async function readIfPresent(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // ESRCH: the process of a /proc file ended while it was read.
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}

interface ProcessFacts {
  readonly parent: number;
  readonly command: string;
}

/** Linux has /proc always, but `ps` not in every container; elsewhere it is the other way round. */
async function describeProcess(pid: number): Promise<ProcessFacts | undefined> {
  const [parent, command] = process.platform === 'linux'
    ? [readParent(await readIfPresent(`/proc/${pid}/status`)), await readIfPresent(`/proc/${pid}/cmdline`)]
    : [await askPs(pid, 'ppid='), await askPs(pid, 'args=')];
  return parent && command ? { parent: Number(parent), command } : undefined;
}

function readParent(status: string): string | undefined {
  return /^PPid:\s*(\d+)/m.exec(status)?.[1];
}

/** One column of ps; empty where there is no such process. */
async function askPs(pid: number, column: string): Promise<string> {
  const { output, startError } = await runCommand('ps', ['-ww', '-o', column, '-p', String(pid)], {});
  if (startError) throw startError;
  return output.trim();
}

async function stopProcess(name: string, pid: number): Promise<void> {
  const deadline = Date.now() + STOP_MS;
  sendSignal(pid, 'SIGTERM');
  while (sendSignal(pid, 0)) {
    if (Date.now() > deadline) sendSignal(pid, 'SIGKILL');
    if (Date.now() > deadline + STOP_MS) {
      throw new ProgramUnavailableError(`${name} of an earlier run (process ${pid}) does not stop: stop it by hand.`);
    }
    await wait(POLL_MS);
  }
}

/** Whether the process was there to take the signal; 0 only asks. */
function sendSignal(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
