import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { findDelivery } from '../../db/deliveries.js';
import { createLog } from '../../log.js';
import { openDoor } from '../../registry/door.js';
import { callbackPath, startApi, type TestApi } from '../helpers/api.js';
import { advanceToWaiting, buildRun, pick } from '../helpers/builders.js';
import { listSmuggled } from './corpus.js';
import { Wire } from './wire.js';

/** What would be taken for a request of its own by whoever reads the first one shorter than it is. */
const INNER = 'GET /version?smuggled HTTP/1.1\r\nHost: hub\r\n\r\n';
const PLAIN = Buffer.from('GET /v2/ HTTP/1.1\r\nHost: hub\r\n\r\n');

/** Every answer to these bytes until the connection ends. */
async function sendAndListen(port: number, text: string): Promise<number[]> {
  const wire = new Wire(port);
  await wire.open();
  wire.write(Buffer.from(text + INNER, 'latin1'));
  const statuses: number[] = [];
  for (let answer = await wire.read(); answer; answer = await wire.read()) statuses.push(answer.status);
  return statuses;
}

async function askPlain(wire: Wire): Promise<number | undefined> {
  if (wire.isClosed) await wire.open();
  wire.write(PLAIN);
  return (await wire.read())?.status;
}

/** Sends the whole corpus, while another connection stays open and goes on being answered. */
async function sendCorpus(t: ExecutionContext, port: number, { target, plain }: { target: string; plain: number }): Promise<void> {
  const other = new Wire(port);
  for (const [what, text] of Object.entries(listSmuggled(target))) {
    const statuses = await sendAndListen(port, text);
    // A refusal and the end, or the end alone; whatever stood behind it was never read.
    t.true(statuses.length < 2 && statuses.every((status) => [400, 431].includes(status)), `${what}: ${statuses.join(', ')}`);
    t.is(await askPlain(other), plain, `after ${what}`);
  }
  other.destroy();
}

async function startCallbacks(t: ExecutionContext): Promise<{ api: TestApi; id: string; target: string }> {
  const api = await startApi(t);
  const { repository, deliveries } = await buildRun(api.db, { webhooks: 2 });
  const { id } = await advanceToWaiting(api.db, pick(deliveries).id);
  return { api, id, target: callbackPath(repository, id) };
}

test('the hub closes on every request that could be read in two ways, and nothing behind it is read', async (t) => {
  const { api, id, target } = await startCallbacks(t);
  await sendCorpus(t, api.port, { target, plain: 200 });
  t.is((await findDelivery(api.db, id))?.state, 'waiting');
});

test('the same corpus at the registry’s door: none of it reaches the registry', async (t) => {
  const seen: string[] = [];
  const upstream = createServer((request, response) => {
    request.resume();
    request.on('error', () => undefined);
    // What broke off half way has reached the registry as what it is: broken off.
    request.on('end', () => {
      seen.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.end('{}');
    });
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const door = await openDoor({
    address: { host: '127.0.0.1', port: 0 }, publicUrl: 'https://images.example', trustedProxies: 0, log: createLog('silent', 'test'),
    upstream: { origin: () => `http://127.0.0.1:${port}`, keepsHost: true }, hub: (_, response) => response.end('{}'), findOfficial: async () => undefined,
  });
  t.teardown(async () => {
    upstream.closeAllConnections();
    upstream.close();
    await door.close();
  });
  await sendCorpus(t, door.port, { target: '/v2/alice/app/blobs/uploads/', plain: 200 });
  t.deepEqual(seen.filter((line) => line !== 'GET /v2/'), []);
});

const HARMLESS: readonly [what: string, head: string, status: number][] = [
  ['a header named __proto__', 'GET /version HTTP/1.1\r\nHost: hub\r\n__proto__: x\r\n__PROTO__: y\r\nconstructor: z', 200],
  ['a header named __proto__ on a route that reads headers', 'POST /u/a/b/hook/x HTTP/1.1\r\nHost: hub\r\n__proto__: x\r\nContent-Length: 0', 400],
  ['an absolute target', 'GET http://evil.example/version HTTP/1.1\r\nHost: hub', 200],
  ['an absolute target of another scheme', 'GET ftp://evil.example/version HTTP/1.1\r\nHost: hub', 200],
  ['a target that is two slashes and a host', 'GET //evil.example/version HTTP/1.1\r\nHost: hub', 404],
  ['a star', 'OPTIONS * HTTP/1.1\r\nHost: hub', 404],
  ['a host with a user', 'GET /version HTTP/1.1\r\nHost: hub@evil.example', 200],
  ['an upgrade to another protocol', 'GET /version HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__', 200],
  ['an expectation that nobody has', 'POST /v2/users/login HTTP/1.1\r\nHost: hub\r\nExpect: the-impossible\r\nContent-Length: 0', 417],
];

test('what is odd and can be read in one way alone is answered, and harms nobody', async (t) => {
  const { port } = await startApi(t);
  for (const [what, head, status] of HARMLESS) {
    const wire = new Wire(port);
    await wire.open();
    wire.write(Buffer.from(`${head}\r\nConnection: close\r\n\r\n`.replace(/(Connection: Upgrade[^]*)Connection: close\r\n/, '$1')));
    const answer = await wire.read();
    t.is(answer?.status, status, `${what}: ${answer?.text ?? ''}`);
    t.false(/evil/.test(answer?.head ?? ''), what);
    wire.destroy();
  }
  t.is(({} as { x?: string }).x, undefined);
});
