import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { createAddressGuard, type AddressGuard } from '../../address.js';
import { createPoster } from '../../activities/post.js';
import type { Cleaner } from '../helpers/database.js';
import { makeName, OUTSIDE, startOutside, type Place } from './place.js';
import type { Check } from './report.js';

const PROXIES = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
const REQUEST = { headers: {}, body: '{}' };
/** A name is asked for once in a call: another answer cannot come between. */
const ONCE = 'one question in a call';

/** What lies between the check and the socket. */
export async function tryConnections(t: Cleaner, place: Place, check: Check): Promise<void> {
  const seen: (string | undefined)[] = [];
  const outside = await startOutside(t, ({ headers }, response) => void response.end(String(seen.push(headers.host))));
  const { port } = new URL(outside);
  const name = makeName('outside');
  const answer = await place.poster.post({ url: `http://${name}:${port}/`, ...REQUEST, headers: { Host: 'other.test' } });
  check('connection: to the checked address', answer.kind, answer.kind === 'answered');
  check('connection: to the checked address', ONCE, place.countQueries(name) === 1);
  check('connection: to the checked address', `host ${String(seen[0])}`, seen[0] === `${name}:${port}`);
  await tryProxies(place, outside, check);
  await tryFooled(t, check);
  await tryPorts(place, port, check);
}

/** A proxy of the environment would connect for us, to whatever it likes. */
async function tryProxies({ canary, guard }: Place, outside: string, check: Check): Promise<void> {
  const saved = PROXIES.map((name) => [name, process.env[name]] as const);
  for (const name of PROXIES) process.env[name] = `http://127.0.0.1:${canary.port}`;
  const poster = createPoster({ guard });
  const { kind } = await poster.post({ url: `${outside}/`, ...REQUEST });
  await poster.close();
  for (const [name, value] of saved) {
    Reflect.deleteProperty(process.env, name);
    if (value !== undefined) process.env[name] = value;
  }
  check('connection: past proxies', kind, kind === 'answered' && canary.connections === 0);
}

/** A guard that was fooled about a name: the socket that stands is judged again, before a byte is sent. */
async function tryFooled(t: Cleaner, check: Check): Promise<void> {
  let bytes = 0;
  const server = createServer((socket) => void socket.on('error', () => socket.destroy()).on('data', (chunk) => (bytes += chunk.length, socket.destroy())));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const guard: AddressGuard = { ...createAddressGuard({ allow: [] }), resolveAllowed: async () => [{ address: '127.0.0.1', family: 4 }] };
  for (const scheme of ['http', 'https']) {
    const poster = createPoster({ guard });
    const { kind } = await poster.post({ url: `${scheme}://fooled.test:${port}/`, ...REQUEST });
    await poster.close();
    // Of TLS the greeting is sent before the socket is ours to judge; a request never is.
    const isGood = scheme === 'http' ? kind === 'refused' && bytes === 0 : kind !== 'answered';
    check('connection: judged again', `${scheme} ${kind}, ${bytes} bytes`, isGood);
  }
}

/** What the operator allows: these are opened, and nothing beside them. */
const ALLOWED: readonly (readonly [entry: string, address: string, host: string, port: number, isOpen: boolean])[] = [
  ['127.0.0.2/32', '127.0.0.2', 'x', 1, true], ['127.0.0.2/32', '127.0.0.1', 'x', 1, false], ['127.0.0.2/32', '127.0.0.3', 'x', 1, false], ['127.0.0.2:90', '127.0.0.2', 'x', 91, false],
  ['127.0.0.2:90', '127.0.0.2', 'x', 90, true], ['0.0.0.0/0', '::1', 'x', 1, false], ['::/0', '127.0.0.1', 'x', 1, false], ['::1', '::1', 'x', 1, true], ['[::1]:90', '::1', 'x', 91, false],
  ['ci.internal', '10.0.0.1', 'ci.internal', 1, true], ['ci.internal', '10.0.0.1', 'evil.ci.internal', 1, false], ['ci.internal', '10.0.0.1', 'xci.internal', 1, false],
  ['ci.internal', '10.0.0.1', 'ci.internal.evil.test', 1, false], ['ci.internal:90', '10.0.0.1', 'ci.internal', 91, false], ['fd00::/8', 'fd00::1%eth0', 'x', 1, false], ['10.0.0.0/8', '::ffff:10.0.0.1', 'x', 1, true],
  ['127.0.0.0/8', '64:ff9b::7f00:1', 'x', 1, false], ['127.0.0.0/8', '::7f00:1', 'x', 1, false], ['127.0.0.0/8', '2002:7f00:1::', 'x', 1, false],
];

async function tryPorts({ canary, poster }: Place, port: string, check: Check): Promise<void> {
  for (const [entry, address, host, at, isOpen] of ALLOWED) {
    const isPassed = createAddressGuard({ allow: [entry] }).checkAddress(address, host, at) === undefined;
    check('allowed by the operator', `${entry} for ${address} as ${host}:${at}`, isPassed === isOpen);
  }
  const own = createAddressGuard({ allow: [], own: () => ['93.184.216.34', '2606:4700:0::1111', 'fe80::1%eth0'] });
  for (const address of ['93.184.216.34', '2606:4700::1111', '::ffff:93.184.216.34']) check('own addresses', address, own.checkAddress(address, 'x', 80) !== undefined);
  check('own addresses', 'another', own.checkAddress('93.184.216.35', 'x', 80) === undefined);
  // What is allowed is an address, not the machine.
  const { kind } = await poster.post({ url: `http://127.0.0.1:${port}/`, ...REQUEST });
  check('allowed by the operator', `${OUTSIDE} does not open 127.0.0.1: ${kind}`, kind === 'refused' && canary.connections === 0);
}
