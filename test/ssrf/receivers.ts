import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createAddressGuard } from '../../address.js';
import { createPoster } from '../../activities/post.js';
import type { Cleaner } from '../helpers/database.js';
import { startOutside, type Place } from './place.js';
import type { Check } from './report.js';

const TOKEN = 'A'.repeat(43);
const PUBLIC = 'https://hub.example/a.b';

/** What is the address of a receiver that the hub has built in, at a public URL, and what only looks like it. */
const RECEIVERS: readonly (readonly [url: string, isReceiver: boolean])[] = [
  [`${PUBLIC}/receive/${TOKEN}`, true], [`HTTPS://HUB.EXAMPLE:443/a.b/receive/${TOKEN}`, true], [`https://hub.example/a.b/x/../receive/${TOKEN}`, true],
  [`http://hub.example/a.b/receive/${TOKEN}`, false], [`https://hub.example:8443/a.b/receive/${TOKEN}`, false], [`https://hub.example.evil.test/a.b/receive/${TOKEN}`, false],
  [`https://evil.test/a.b/receive/${TOKEN}`, false], [`https://evil.test/https://hub.example/a.b/receive/${TOKEN}`, false], [`https://hub.example@evil.test/a.b/receive/${TOKEN}`, false],
  [`https://evil.test@hub.example/a.b/receive/${TOKEN}`, false], [`https://:x@hub.example/a.b/receive/${TOKEN}`, false], [`https://x.hub.example/a.b/receive/${TOKEN}`, false],
  [`${PUBLIC}/receive/${TOKEN}/`, false], [`${PUBLIC}/receive/${TOKEN}/x`, false], [`${PUBLIC}/receive/${TOKEN}x`, false], [`${PUBLIC}/receive/${TOKEN}?x`, false], [`${PUBLIC}/receive/${TOKEN}#x`, false],
  [`${PUBLIC}/receive/`, false], [`${PUBLIC}/receive/${TOKEN.slice(1)}`, false], [`${PUBLIC}/receive/${TOKEN.slice(1)}.`, false], [`${PUBLIC}/receive/${TOKEN.slice(3)}%2e`, false],
  [`${PUBLIC}/receive/../v2/admin/registry/reconcile`, false], [`${PUBLIC}/receive/..%2fv2%2fadmin`, false], [`${PUBLIC}/receive%2f${TOKEN}`, false], [`${PUBLIC}//receive/${TOKEN}`, false],
  [`${PUBLIC}/x/a.b/receive/${TOKEN}`, false], [`https://hub.example/x/a.b/receive/${TOKEN}`, false], [`https://hub.example/aXb/receive/${TOKEN}`, false], [`https://hub.example/receive/${TOKEN}`, false],
  [`https://hub.example/A.B/receive/${TOKEN}`, false], [`${PUBLIC}/RECEIVE/${TOKEN}`, false], ['', false], [`/receive/${TOKEN}`, false], [`//hub.example/a.b/receive/${TOKEN}`, false], [TOKEN, false],
];

/** A call to one of the hub's own receivers goes to where the hub listens and nowhere else, whatever its URL is made of. */
export async function tryReceivers(t: Cleaner, { canary }: Place, check: Check): Promise<void> {
  const guard = createAddressGuard({ allow: [], publicUrl: PUBLIC, resolve: async () => [{ address: '10.0.0.7', family: 4 }] });
  for (const [url, isReceiver] of RECEIVERS) check('receiver: its address', url, (guard.findReceiver(url) !== undefined) === isReceiver);
  const none = createAddressGuard({ allow: [] });
  for (const url of [`http://127.0.0.1:7080/receive/${TOKEN}`, `${PUBLIC}/receive/${TOKEN}`]) check('receiver: none here', url, none.findReceiver(url) === undefined);
  await tryCalls(t, check);
  await tryOtherPorts(t, canary.port, check);
}

async function tryCalls(t: Cleaner, check: Check): Promise<void> {
  const asked: string[] = [];
  const answers = new Map([[`/receive/${TOKEN}`, { status: 307, location: 'http://10.0.0.7/' }]]);
  const hub = await startOutside(t, ({ url = '', method = '' }, response) => {
    asked.push(`${method} ${url}`);
    const { status = 404, location } = answers.get(url) ?? {};
    response.writeHead(status, location === undefined ? {} : { location }).end();
  });
  const guard = createAddressGuard({ allow: [], publicUrl: PUBLIC, resolve: async () => [{ address: '10.0.0.7', family: 4 }] });
  const poster = createPoster({ guard, hub });
  for (const [url, isReceiver] of RECEIVERS) {
    const before = asked.length;
    const { kind } = await poster.post({ url, headers: {}, body: '{}' });
    const seen = asked.slice(before).join();
    check('receiver: called', `${url}: ${kind}, the hub got ${seen || 'nothing'}`, isReceiver ? kind === 'answered' && seen === `POST /receive/${TOKEN}` : kind === 'refused' && seen === '');
  }
  const alone = createPoster({ guard });
  const { kind } = await alone.post({ url: `${PUBLIC}/receive/${TOKEN}`, headers: {}, body: '{}' });
  check('receiver: called', `without a hub to call: ${kind}`, kind === 'refused');
  await Promise.all([poster.close(), alone.close()]);
}

/** A hub that is public at a private address opens that address to nobody: neither another port of it, nor another path. */
async function tryOtherPorts(t: Cleaner, other: number, check: Check): Promise<void> {
  let connections = 0;
  const server = createServer((socket) => { connections += 1; socket.destroy(); });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const guard = createAddressGuard({ allow: [], publicUrl: origin });
  const poster = createPoster({ guard, hub: origin });
  for (const url of [
    `${origin}/`, `${origin}/v2/`, `${origin}/receive/x`, `${origin}/receive/${TOKEN}/..`, `http://127.0.0.1:${other}/receive/${TOKEN}`, `http://localhost:${port}/receive/${TOKEN}`,
    `http://127.0.0.2:${port}/receive/${TOKEN}`, `http://[::ffff:127.0.0.1]:${port}/receive/${TOKEN}`, `https://127.0.0.1:${port}/receive/${TOKEN}`, `http://u@127.0.0.1:${port}/receive/${TOKEN}`,
  ]) {
    const isSaved = await guard.checkUrl(url).then(() => true, () => false);
    const { kind } = await poster.post({ url, headers: {}, body: '{}' });
    check('receiver: nothing else is opened', `${url}: ${kind}`, !isSaved && kind === 'refused' && connections === 0);
  }
  await poster.close();
}
