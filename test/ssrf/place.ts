import { randomBytes } from 'node:crypto';
import { promises as dns } from 'node:dns';
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer, isIPv4, type AddressInfo, type Server, type Socket } from 'node:net';
import { createAddressGuard, createHostResolver, type AddressGuard } from '../../address.js';
import { createPoster, type Poster } from '../../activities/post.js';
import { RECORD, startNameServer, writeName, type NameAnswer, type NameRecord } from '../helpers/nameServer.js';
import type { Cleaner } from '../helpers/database.js';
import { NAMES, type NameAnswers, type NameCase } from './names.js';

/** A loopback address that stands for a public one: the operator allows it, and no other. */
export const OUTSIDE = '127.77.77.77';
/** No case comes near it: it ends those that hang. Milliseconds. */
const DEADLINE = 30_000;

/** What all cases meet: a listener that must never be reached, name servers of our own, guard and client as they are. */
export interface Place {
  /** Listens on every address of this machine. */
  readonly canary: { readonly port: number; connections: number };
  readonly guard: AddressGuard;
  readonly poster: Poster;
  /** How often a name's addresses were asked for. */
  countQueries(name: string): number;
}

/** Opens it; closed by `t`. */
export async function openPlace(t: Cleaner): Promise<Place> {
  const names = await startNames();
  const guard = createAddressGuard({ allow: [`${OUTSIDE}/32`], resolve: names.resolve });
  const poster = createPoster({ guard, deadline: DEADLINE });
  t.teardown(() => poster.close());
  return { canary: await startCanary(t), guard, poster, countQueries: names.countQueries };
}

async function startCanary(t: Cleaner): Promise<Place['canary']> {
  const canary = { connections: 0, port: 0 };
  const onSocket = (socket: Socket) => {
    canary.connections += 1;
    socket.destroy();
  };
  canary.port = await listen(t, createServer(onSocket), '::').catch(() => listen(t, createServer(onSocket), '0.0.0.0'));
  return canary;
}

async function listen(t: Cleaner, server: Server, host: string): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  t.teardown(() => void server.close());
  return (server.address() as AddressInfo).port;
}

/** A server of somebody outside; its origin. */
export async function startOutside(t: Cleaner, listener: RequestListener): Promise<string> {
  const server = createHttpServer(listener);
  const port = await listen(t, server, OUTSIDE);
  t.teardown(() => server.closeAllConnections());
  return `http://${OUTSIDE}:${port}`;
}

/** Names of the cases, each with any label in front, and `public` and `outside`; each answer is for one question of each type. */
async function startNames() {
  const asked = new Map<string, number>();
  const zones = new Map<string, NameCase>([...NAMES, { zone: 'public', saved: { a: ['93.184.216.34'] } }, { zone: 'outside', saved: { a: [OUTSIDE] } }].map((one) => [one.zone, one]));
  const server = await startNameServer((type, name) => {
    const zone = zones.get(name.split('.').at(-2) ?? '');
    if (!zone || !name.endsWith('.test')) return { rcode: 3 };
    const key = `${name} ${type}`;
    const nth = (asked.get(key) ?? 0) + 1;
    asked.set(key, nth);
    return describeAnswer(type, nth > 1 ? (zone.called ?? zone.saved) : zone.saved);
  });
  const lookup = (host: string) => (host === 'localhost' ? dns.lookup(host, { all: true }) : Promise.reject(Object.assign(new Error(host), { code: 'ENOTFOUND' })));
  return {
    resolve: createHostResolver({ servers: [server], lookup, deadline: DEADLINE }),
    countQueries: (name: string) => asked.get(`${name} ${RECORD.A}`) ?? 0,
  };
}

function describeAnswer(type: number, { a = [], aaaa = [], alias, fail = 0 }: NameAnswers): NameAnswer {
  const found: NameRecord[] = (type === RECORD.A ? a : aaaa).map((address) => ({ type, data: writeAddress(address) }));
  const before = alias === undefined ? [] : [{ type: RECORD.CNAME, data: writeName(alias) }];
  return { rcode: fail, records: [...before, ...found] };
}

function writeAddress(address: string): number[] {
  if (isIPv4(address)) return address.split('.').map(Number);
  const groups = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::').map((half) => half.split(':').filter(Boolean));
  const [head = [], rest = []] = groups;
  const all = [...head, ...new Array<string>(8 - head.length - rest.length).fill('0'), ...rest];
  return all.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]);
}

/** A name of that zone that nobody has asked for. */
export function makeName(zone: string): string {
  return `x${randomBytes(6).toString('hex')}.${zone}.test`;
}
