import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { createLog } from '../../log.js';
import { openDoor } from '../../registry/door.js';
import { callbackPath, startApi } from '../helpers/api.js';
import { advanceToWaiting, buildRun, pick } from '../helpers/builders.js';
import { pollUntil } from '../helpers/poll.js';
import { Wire } from './wire.js';

const SOCKETS = 500;
/** How often each of them sends one more byte, in milliseconds. */
const TRICKLE = 100;
/** The real ones are ten times that and more. */
const TIMEOUTS = { headersTimeout: 1000, requestTimeout: 3000, connectionsCheckingInterval: 100 };
const PATIENCE = 120_000;

/** How slow senders begin; what follows comes byte by byte. */
function listBeginnings(path: string): readonly string[] {
  const head = `POST ${path} HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n`;
  return [
    '',
    'P',
    `${head}X-Slow: `,
    `${head}Content-Length: 15000\r\n\r\n{"state":"success","x":"`,
    `${head}Transfer-Encoding: chunked\r\n\r\n3a98\r\n{"state":"success","x":"`,
    // One that was quick before, on the same connection.
    `GET /version HTTP/1.1\r\nHost: hub\r\n\r\n${head}X-Slow: `,
  ];
}

/** A connection that sends a byte now and then for as long as it may; `ended` once it has been cut. */
class SlowSocket {
  ended = false;
  private readonly socket: Socket;
  private readonly timer: NodeJS.Timeout;

  constructor(port: number, beginning: string) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.write(beginning);
    this.timer = setInterval(() => {
      // The first kind says nothing at all.
      if (beginning !== '' && this.socket.writable) this.socket.write('x');
    }, TRICKLE);
    const end = (): void => {
      this.ended = true;
      clearInterval(this.timer);
    };
    this.socket.on('error', end).on('close', end).resume();
  }

  destroy(): void {
    clearInterval(this.timer);
    this.socket.destroy();
  }
}

function openSlow(t: ExecutionContext, port: number, beginnings: readonly string[]): SlowSocket[] {
  const sockets = Array.from({ length: SOCKETS }, (_, index) => new SlowSocket(port, beginnings[index % beginnings.length] ?? ''));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
  });
  return sockets;
}

/** Asks on a new connection each time until all of the slow ones are cut. */
async function serveOthers(t: ExecutionContext, port: number, sockets: readonly SlowSocket[]): Promise<void> {
  let served = 0;
  await pollUntil('the end of all slow connections', async () => {
    const wire = new Wire(port);
    await wire.open();
    wire.write(Buffer.from('GET /v2/ HTTP/1.1\r\nHost: hub\r\n\r\n'));
    t.is((await wire.read())?.status, 200);
    wire.destroy();
    served += 1;
    return sockets.every(({ ended }) => ended);
  }, PATIENCE);
  t.true(served > 1);
}

test('five hundred slow senders are cut, and others are served meanwhile', async (t) => {
  const api = await startApi(t, { timeouts: TIMEOUTS });
  const { repository, deliveries } = await buildRun(api.db, { webhooks: 2 });
  const { id } = await advanceToWaiting(api.db, pick(deliveries).id);
  await serveOthers(t, api.port, openSlow(t, api.port, listBeginnings(callbackPath(repository, id))));
});

test('at the registry’s door whoever was refused is cut, and an upload that is taken may be as slow as it likes', async (t) => {
  const upstream = createServer((request, response) => {
    if (request.headers.authorization === undefined && request.method === 'POST') response.writeHead(401).end('{}');
    else request.resume().on('end', () => response.end('{}')).on('error', () => undefined);
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const door = await openDoor({
    address: { host: '127.0.0.1', port: 0 }, publicUrl: 'https://images.example', trustedProxies: 0, log: createLog('silent', 'test'),
    upstream: { origin: () => `http://127.0.0.1:${port}`, keepsHost: true }, hub: (_, response) => response.end('{}'), findOfficial: async () => undefined,
    timeouts: { ...TIMEOUTS, requestTimeout: 0, linger: 1000 },
  });
  t.teardown(async () => {
    upstream.closeAllConnections();
    upstream.close();
    await door.close();
  });
  const path = '/v2/alice/app/blobs/uploads/x';
  const upload = new Wire(door.port);
  await upload.open();
  upload.write(Buffer.from(`POST ${path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer x\r\nContent-Length: 2\r\n\r\na`));
  await serveOthers(t, door.port, openSlow(t, door.port, listBeginnings(path)));
  upload.write(Buffer.from('b'));
  t.is((await upload.read())?.status, 200);
  upload.destroy();
});
