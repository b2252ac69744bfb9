import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Cleaner } from './database.js';

/** A TCP proxy that can lose answers: requests pass, and what comes back does not. */
export interface LossyProxy {
  /** HOST:PORT to connect to. */
  readonly address: string;
  /** From now on answers are swallowed. */
  loseAnswers(): void;
  /** Breaks off all connections that lost answers, and passes everything again. */
  recover(): void;
  /** Bytes of answers that were swallowed. */
  readonly lost: number;
  /** Bytes of requests that passed while answers were lost. */
  readonly passed: number;
}

/** Starts a proxy on a free port of this machine in front of a port of it; closed with the test. */
export async function startLossyProxy(t: Cleaner, target: number): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  const counts = { lost: 0, passed: 0, isLossy: false };
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const [one, other] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(one);
      // Either end may go at any time: that is what this proxy is for, and the other one follows.
      one.on('error', () => other.destroy());
      one.on('close', () => { sockets.delete(one); other.destroy(); });
    }
    client.on('data', (chunk) => {
      if (counts.isLossy) counts.passed += chunk.length;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (counts.isLossy) counts.lost += chunk.length;
      else client.write(chunk);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => { for (const socket of sockets) socket.destroy(); };
  t.teardown(() => { cut(); server.close(); });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswers: () => { counts.isLossy = true; },
    recover: () => { counts.isLossy = false; cut(); },
    get lost() { return counts.lost; },
    get passed() { return counts.passed; },
  };
}
