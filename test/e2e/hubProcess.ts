import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pollUntil } from '../helpers/poll.js';
import { isAlive } from '../temporal/testServer.js';
import { Child } from './child.js';

/** A process that has not said what it should by then never will: milliseconds. */
export const READY_MS = 90_000;
/** Enough of a log to see what happened, not so much that nobody reads it. */
const SHOWN_LINES = 60;

/** One process of the hub, which can be ended in any way and started again with the same settings. */
export class HubProcess {
  private child: Child | undefined;
  private earlier = '';

  /** `script`: below dist/, and what stands after it on the command line. */
  constructor(
    private readonly script: string,
    readonly env: Readonly<Record<string, string>>,
    readonly dataDir: string,
    private readonly within: readonly string[] = [],
  ) {
    opened.add(this);
  }

  /** What all its lives have said. */
  get output(): string {
    return this.earlier + (this.child?.output ?? '');
  }

  /** Starts it and does not wait for more than the process. */
  start(): Child {
    this.earlier = this.output;
    const [script = '', ...args] = this.script.split(' ');
    this.child = new Child({ script: fromDist(script), args, env: this.env, cwd: this.dataDir, within: this.within });
    return this.child;
  }

  /** Ends it with a signal and waits; answers the exit code or the signal. */
  async kill(signal: NodeJS.Signals): Promise<unknown> {
    return this.child?.kill(signal);
  }

  /** SIGTERM. @throws Error where that does not lead to exit code 0. */
  async stop(): Promise<void> {
    const code = await this.kill('SIGTERM');
    if (code !== 0) throw new Error(`${this.script} ended with ${String(code)} on SIGTERM:\n${tail(this.output)}`);
  }

  /** Waits until its present life has said that; a process that has said nothing may not even hear a signal yet. */
  async said(text: string, timeoutMs = READY_MS): Promise<void> {
    await pollUntil(`${this.script} saying ${text}`, async () => this.child?.output.includes(text), timeoutMs);
  }

  get isRunning(): boolean {
    return this.child?.isRunning ?? false;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  /** Ends it and the servers of its own at once, whatever it does. */
  destroy(): void {
    this.child?.send('SIGKILL');
    for (const name of ['temporal', 'registry'] as const) {
      const [server, owner] = readServerPid(this.dataDir, name);
      // The server of somebody who lives, another hub or the tests' own process, is that one's to end.
      const isOurs = !owner || owner === this.pid || !isAlive(owner);
      if (server && isOurs && isAlive(server)) process.kill(server, 'SIGKILL');
    }
    opened.delete(this);
  }
}

const opened = new Set<HubProcess>();

// However the tests end, nothing that they started outlives them.
process.once('exit', () => {
  for (const one of opened) one.destroy();
});

/** For `test.after.always`. */
export async function destroyAll(): Promise<void> {
  for (const one of [...opened]) await destroy(one);
}

/** Ends a process, waits for its end and removes its data directory. */
export async function destroy(one: HubProcess): Promise<void> {
  one.destroy();
  await one.kill('SIGKILL');
  await rm(one.dataDir, { recursive: true, force: true });
}

/** What a log holds that no user should meet: stacks, lines of level error, and the SDK's own past our logger. */
export function listFaults(output: string): string[] {
  return output.split('\n').filter((line) => /^\s+at |"level":[56]0|"stack":|\btemporalio_\w+::/.test(line));
}

/** The last lines of a log. */
export function tail(output: string): string {
  return output.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
}

/** The ids of a server of a hub's own in a data directory and of its owner, where one is noted. */
export function readServerPid(dataDir: string, name: 'temporal' | 'registry' = 'temporal'): number[] {
  try {
    return readFileSync(join(dataDir, `${name}.pid`), 'utf8').trim().split('\n').map(Number);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function fromDist(script: string): string {
  return fileURLToPath(new URL(`../../${script}`, import.meta.url));
}
