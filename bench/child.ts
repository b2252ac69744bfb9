import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What passes between the bench and a process of it: a question, its answer, or something that happened. */
interface Message {
  readonly kind: string;
  /** Joins an answer to its question. */
  readonly id?: number;
  readonly value?: unknown;
  readonly fault?: string;
}

/** How to start a process of the bench: a module below dist/bench/, and options of Node. */
export interface ChildOptions {
  readonly module: string;
  readonly execPath?: string;
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A process of the bench. It ends with us, however we end. */
export class BenchChild {
  private readonly process: ChildProcess;
  private readonly open = new Map<number, (message: Message) => void>();
  private readonly listeners = new Map<string, (value: never) => void>();
  private questions = 0;

  constructor({ module, execPath = process.execPath, execArgv = [], env = {} }: ChildOptions) {
    const file = fileURLToPath(new URL(module, import.meta.url));
    this.process = fork(file, { execPath, execArgv: [...execArgv], env: { ...process.env, ...env } });
    this.process.on('message', (message: Message) => this.take(message));
    this.process.once('exit', (code, signal) => {
      for (const settle of this.open.values()) settle({ kind: 'exit', fault: `${module} ended (${signal ?? code})` });
    });
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  private take(message: Message): void {
    if (message.id === undefined) this.listeners.get(message.kind)?.(message.value as never);
    else this.open.get(message.id)?.(message);
  }

  /** Hears what the process tells unasked. */
  on(kind: string, listener: (value: never) => void): void {
    this.listeners.set(kind, listener);
  }

  /** Asks the process. @throws Error with its words when it cannot, or when it ends. */
  async ask<T>(kind: string, value?: unknown): Promise<T> {
    const id = ++this.questions;
    const answered = new Promise<Message>((resolve) => this.open.set(id, resolve));
    this.process.send({ kind, id, value });
    const { value: answer, fault } = await answered;
    this.open.delete(id);
    if (fault !== undefined) throw new Error(fault);
    return answer as T;
  }

  /** Closes the channel, upon which the process ends, and waits for that. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.disconnect();
    await ended;
  }
}

type Handlers = Readonly<Record<string, (value: never) => unknown>>;

/** In the process itself: answers what the bench asks; when the bench is gone, `end` is called and the process ends. */
export function serveParent(handlers: Handlers, end: () => unknown = () => undefined): void {
  process.on('message', ({ kind, id, value }: Message) => {
    void answer(handlers, { kind, value }).then((message) => process.connected && process.send?.({ kind, id, ...message }));
  });
  process.once('disconnect', () => void Promise.resolve(end()).finally(() => process.exit()));
  // Ctrl-C reaches the whole group: the bench decides the order.
  process.on('SIGINT', () => undefined);
}

async function answer(handlers: Handlers, { kind, value }: Message): Promise<Pick<Message, 'value' | 'fault'>> {
  try {
    return { value: await handlers[kind]?.(value as never) };
  } catch (error) {
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

/** In the process itself: tells the bench of something. */
export function tellParent(kind: string, value: unknown): void {
  process.send?.({ kind, value });
}
