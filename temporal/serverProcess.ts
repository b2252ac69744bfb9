import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import type { Logger } from '../log.js';
import { TemporalUnavailableError } from './errors.js';
import { STOP_MS } from './pidFile.js';
import { cleanServerEnv } from './serverFlags.js';

const POLL_MS = 100;
const CALL_MS = 2000;
const KEPT_LINES = 8;

/** One running `temporal server start-dev`. */
export class ServerProcess {
  readonly pid: number | undefined;
  /** Settles with a short reason, once, when the process is gone or could not be started. */
  readonly ended: Promise<string>;
  private alive = true;
  private readonly lastLines: string[] = [];
  private readonly child: ChildProcess;

  constructor(binary: string, flags: readonly string[], private readonly log: Logger) {
    // A process group of its own: Ctrl-C in the terminal reaches us alone, and the workers drain before this stops.
    this.child = spawn(binary, flags, { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env: cleanServerEnv() });
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
    createInterface({ input: this.child.stderr }).on('line', (line) => {
      this.lastLines.push(line);
      if (this.lastLines.length > KEPT_LINES) this.lastLines.shift();
      this.log.debug({ line }, 'temporal server');
    });
  }

  /** Our process ends without stop(), say by an uncaught error: take the server along. */
  private readonly abandon = () => void this.child.kill('SIGTERM');

  /**
   * Waits until the server answers GetSystemInfo at `address`.
   * @throws TemporalUnavailableError with the server's last lines when it ends, or is not ready within `limitMs`.
   */
  async waitReady(address: string, limitMs: number): Promise<void> {
    const deadline = Date.now() + limitMs;
    while (this.alive && Date.now() < deadline) {
      if (await answers(address)) return;
      await Promise.race([wait(POLL_MS), this.ended]);
    }
    const reason = this.alive ? `it did not answer at ${address} within ${limitMs / 1000} s` : await this.ended;
    throw new TemporalUnavailableError(
      `The Temporal server did not start: ${reason}.${this.lastLines.map((line) => `\n  ${line}`).join('')}`,
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

/**
 * Connecting makes the SDK call GetSystemInfo: a port that merely accepts is not an answer. The plain attempt before it
 * saves the second that gRPC waits after a refusal.
 */
async function answers(address: string): Promise<boolean> {
  try {
    const [host = '', port] = address.split(':');
    const socket = connect(Number(port), host);
    await once(socket, 'connect');
    socket.destroy();
    // Our own server on this host: http_proxy in the environment is not for it.
    const channelArgs = { 'grpc.enable_http_proxy': 0 };
    const connection = await Connection.connect({ address, connectTimeout: CALL_MS, channelArgs });
    await connection.close();
    return true;
  } catch {
    // Not yet: the caller asks again until its own limit and then reports what the server itself said.
    return false;
  }
}
