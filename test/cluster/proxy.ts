import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pollUntil } from '../helpers/poll.js';
import { freePort } from '../helpers/ports.js';
import { DEPLOY } from './temporalServer.js';

/** HAProxy with the configuration of deploy/, in front of two processes. */
export class Proxy {
  private child: ChildProcess | undefined;
  private text = '';

  private constructor(private readonly env: Readonly<Record<string, string>>, readonly url: string) {
    opened.add(this);
  }

  /** On a free port, over these two addresses HOST:PORT; it does not run yet. */
  static async prepare(hubs: readonly [string, string]): Promise<Proxy> {
    const address = `127.0.0.1:${await freePort()}`;
    const [a, b] = hubs;
    return new Proxy({ PATH: process.env['PATH'] ?? '', PROXY_ADDRESS: address, HUB_A: a, HUB_B: b }, `http://${address}`);
  }

  get isRunning(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  /** Starts it and waits until it listens, whoever is behind it. */
  async start(): Promise<void> {
    this.child = spawn('haproxy', ['-db', '-f', join(DEPLOY, 'proxy/haproxy.cfg')], { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.setEncoding('utf8').on('data', (chunk: string) => { this.text += chunk; });
    await once(this.child, 'spawn');
    await pollUntil('an answer of the proxy', async () => {
      if (!this.isRunning) throw new Error(`haproxy ended:\n${this.text}`);
      return fetch(`${this.url}/version`).then(() => true, () => false);
    });
  }

  async kill(): Promise<void> {
    if (!this.child || !this.isRunning) return;
    const ended = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await ended;
  }

  /** At once. */
  destroy(): void {
    this.child?.kill('SIGKILL');
    opened.delete(this);
  }
}

const opened = new Set<Proxy>();

// However the tests end, nothing that they started outlives them.
process.once('exit', () => {
  for (const one of opened) one.destroy();
});
