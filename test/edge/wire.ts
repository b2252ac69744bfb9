import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire. */
export interface WireAnswer {
  readonly status: number;
  /** Status line and headers. */
  readonly head: string;
  readonly text: string;
}

/** How long one answer is waited for, in milliseconds. */
const PATIENCE = 120_000;

/** A connection to a server on this machine that sends bytes as they are given, and reads HTTP answers. */
export class Wire {
  private socket: Socket | undefined;
  private unread: Buffer = Buffer.alloc(0);
  private ended = false;
  private wake: () => void = () => undefined;

  constructor(private readonly port: number) {}

  /** Whether the other side has closed, or we have not connected yet. */
  get isClosed(): boolean {
    return this.socket === undefined || this.ended;
  }

  async open(): Promise<void> {
    const socket = connect({ port: this.port, host: '127.0.0.1', noDelay: true });
    this.socket = socket;
    this.unread = Buffer.alloc(0);
    this.ended = false;
    const end = (): void => {
      if (this.socket !== socket) return;
      this.ended = true;
      this.wake();
    };
    socket.on('data', (chunk: Buffer) => {
      this.unread = this.unread.length === 0 ? chunk : Buffer.concat([this.unread, chunk]);
      this.wake();
    });
    // A server that closes while we still write resets the connection: that is an end like any other.
    socket.on('error', end).on('end', end).on('close', end);
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
  }

  write(bytes: Buffer): void {
    this.socket?.write(bytes);
  }

  /** The next answer; undefined where the connection ends before one is whole. */
  async read(): Promise<WireAnswer | undefined> {
    const deadline = setTimeout(() => this.socket?.destroy(), PATIENCE);
    try {
      for (;;) {
        const answer = this.take();
        if (answer) return answer;
        if (this.ended) return undefined;
        await new Promise<void>((resolve) => { this.wake = resolve; });
      }
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Settles when the other side has closed. */
  async closed(): Promise<void> {
    while (!this.isClosed) await new Promise<void>((resolve) => { this.wake = resolve; });
  }

  destroy(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  /** One whole answer off the front of what has come. */
  private take(): WireAnswer | undefined {
    const end = this.unread.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const head = this.unread.toString('latin1', 0, end);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    // Node's own refusals have no length: they last to the end of the connection.
    if (length === undefined && !this.ended) return undefined;
    const stop = length === undefined ? this.unread.length : end + 4 + Number(length);
    if (this.unread.length < stop) return undefined;
    const text = this.unread.toString('utf8', end + 4, stop);
    this.unread = this.unread.subarray(stop);
    return { status: Number(head.slice(9, 12)), head, text };
  }
}

/**
 * Sends requests one behind the other over one connection and answers their answers, in order. Where the server closes
 * after an answer, as it may, the rest goes over a new connection.
 * @throws Error where a connection ends without an answer
 */
export async function sendAll(wire: Wire, requests: readonly Buffer[]): Promise<WireAnswer[]> {
  const answers: WireAnswer[] = [];
  while (answers.length < requests.length) {
    if (wire.isClosed) await wire.open();
    const before = answers.length;
    wire.write(Buffer.concat(requests.slice(before)));
    for (let answer = await wire.read(); answer; answer = await wire.read()) {
      answers.push(answer);
      if (answers.length === requests.length || /^connection: close/im.test(answer.head)) break;
    }
    if (answers.length === before) throw new Error('the connection ended without an answer');
    if (/^connection: close/im.test(answers.at(-1)?.head ?? '')) wire.destroy();
  }
  return answers;
}
