import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../log.js';
import { ProgramUnavailableError } from './errors.js';
import { STOP_MS } from './pidFile.js';

const POLL_MS = 100;
const KEPT_LINES = 8;

/** A program that serves. */
export interface ServerProgram {
  /** As people know it. */
  readonly name: string;
  readonly binary: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** HOST:PORT at which it is to answer. */
  readonly address: string;
  /** Whether it answers there now; never throws. */
  answers(): Promise<boolean>;
  /** A secret that it may print: it stands in no log. */
  readonly secret?: string;
}

/** One running process of a program. */
export class ServerProcess {
  readonly pid: number | undefined;
  /** Settles with a short reason, once, when the process is gone or could not be started. */
  readonly ended: Promise<string>;
  private alive = true;
  private readonly lastLines: string[] = [];
  private readonly child: ChildProcess;

  constructor(private readonly program: ServerProgram, private readonly log: Logger) {
    const { binary, args, env } = program;
    // A process group of its own: Ctrl-C in the terminal reaches us alone, and the workers drain before this stops.
    this.child = spawn(binary, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env });
    this.pid = this.child.pid;
    this.ended = new Promise((resolve) => {
      const end = (reason: string) => { this.alive = false; process.off('exit', this.abandon); resolve(reason); };
      this.child.once('error', (error) => end(error.message));
      this.child.once('close', (code, signal) => end(signal ?? `exit code ${code}`));
    });
    process.once('exit', this.abandon);
    this.readLines();
  }

  private readLines(): void {
    if (!this.child.stderr) return;
    const { name, secret } = this.program;
    createInterface({ input: this.child.stderr }).on('line', (printed) => {
      const line = secret === undefined ? printed : printed.replaceAll(secret, '…');
      this.lastLines.push(line);
      if (this.lastLines.length > KEPT_LINES) this.lastLines.shift();
      this.log.debug({ line, program: name }, 'a server of our own says');
    });
  }

  /** Our process ends without stop(), say by an uncaught error: take the server along. */
  private readonly abandon = () => void this.child.kill('SIGTERM');

  /**
   * Waits until the server answers.
   * @throws ProgramUnavailableError with the server's last lines when it ends, or is not ready within `limitMs`.
   */
  async waitReady(limitMs: number): Promise<void> {
    const { name, address } = this.program;
    const deadline = Date.now() + limitMs;
    while (this.alive && Date.now() < deadline) {
      if (await this.program.answers()) return;
      await Promise.race([wait(POLL_MS), this.ended]);
    }
    const reason = this.alive ? `it did not answer at ${address} within ${limitMs / 1000} s` : await this.ended;
    throw new ProgramUnavailableError(
      `${name} did not start: ${reason}.${this.lastLines.map((line) => `\n  ${line}`).join('')}`,
    );
  }

  /** SIGTERM, and SIGKILL after ten seconds; settles when the process is gone. */
  async stop(): Promise<void> {
    if (!this.alive) return;
    this.child.kill('SIGTERM');
    const force = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    await this.ended;
    clearTimeout(force);
  }
}
