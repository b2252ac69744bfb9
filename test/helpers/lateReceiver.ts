import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { freePort } from './ports.js';

interface Owner {
  teardown(clean: () => Promise<void>): void;
}

/** One call that was answered 200. */
export interface LateCall {
  /** The `webhook-id`. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A port at which nobody listens until `open` is called. */
export interface LateReceiver {
  readonly url: string;
  readonly calls: readonly LateCall[];
  open(): Promise<void>;
}

/** Reserves a port of this machine; what listens there is closed when the owner ends. */
export async function reserveReceiver(owner: Owner): Promise<LateReceiver> {
  const port = await freePort();
  const calls: LateCall[] = [];
  let server: Server | undefined;
  owner.teardown(async () => {
    server?.close();
    server?.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${port}/hook`,
    calls,
    async open() {
      server = createServer((request, response) => {
        calls.push({ id: String(request.headers['webhook-id']), at: Date.now() });
        request.resume().on('end', () => response.writeHead(200, { connection: 'close' }).end());
      }).listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
  };
}
