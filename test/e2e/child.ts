import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What is started, and where. */
export interface ChildOptions {
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** A command that runs the one after it in its own place: a namespace with another disk, say. */
  readonly within?: readonly string[];
}

/** A Node process of the product, with all that it said. */
export class Child {
  private readonly process: ChildProcess;
  private readonly exit: Promise<unknown>;
  private text = '';

  constructor({ script, args = [], env, cwd, within = [] }: ChildOptions) {
    const [program = process.execPath, ...rest] = [...within, process.execPath, script, ...args];
    this.process = spawn(program, rest, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    this.exit = once(this.process, 'close');
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => { this.text += chunk; });
    }
  }

  /** Standard output and error, as they came. */
  get output(): string {
    return this.text;
  }

  get pid(): number | undefined {
    return this.process.pid;
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** The exit code, or the signal that ended it, once it has ended. */
  async ended(): Promise<number | NodeJS.Signals | null> {
    await this.exit;
    return this.process.exitCode ?? this.process.signalCode;
  }

  /** Sends a signal and does not wait. */
  send(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Sends a signal and waits for the end. */
  async kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    this.send(signal);
    return this.ended();
  }
}
