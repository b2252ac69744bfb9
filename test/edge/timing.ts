import { destroy } from '../e2e/hubProcess.js';
import { startHub, type Hub } from '../helpers/hub.js';
import { Random } from './random.js';
import { canTellApart, compareSeries, type Difference } from './statistics.js';
import { Wire } from './wire.js';

const PASSWORD = 'correct horse battery';
/** Failed logins that one account may have before it is slowed down; the hub's own limit is above. */
const LOGINS_EACH = 15;

/** Two requests whose answers are the same, and should take the same time. */
interface Pair {
  readonly what: string;
  readonly first: (nth: number) => string;
  readonly second: (nth: number) => string;
  /** The pair differs on purpose: what measures must see it. */
  readonly isControl?: boolean;
  readonly samples: number;
}

export interface Timing extends Difference {
  readonly what: string;
  readonly samples: number;
  readonly isControl: boolean;
  readonly apart: boolean;
}

export interface TimingOptions {
  readonly samples: number;
  readonly logins: number;
  readonly seed: number;
  readonly say: (timing: Timing) => void;
}

/** Measures, over HTTP at a hub in a process of its own, how long what is hidden and what is missing take to answer. */
export async function measureTiming({ samples, logins, seed, say }: TimingOptions): Promise<Timing[]> {
  // Each login comes from an address of its own: failures are counted by address.
  const hub = await startHub(undefined, { env: { HOOKLINE_LOG_LEVEL: 'warn', HOOKLINE_TRUSTED_PROXIES: '1' } });
  const random = new Random(seed);
  try {
    const timings: Timing[] = [];
    for (const pair of await listPairs(hub, { samples, logins })) {
      const timing = await measurePair(Number(new URL(hub.url).port), pair, random);
      say(timing);
      timings.push(timing);
    }
    return timings;
  } finally {
    await destroy(hub.process);
  }
}

async function measurePair(port: number, { what, first, second, samples, isControl = false }: Pair, random: Random): Promise<Timing> {
  const wire = new Wire(port);
  const series: [number[], number[]] = [[], []];
  const warm = Math.ceil(samples / 20);
  for (let nth = 0; nth < samples + warm; nth += 1) {
    const requests = [first(nth), second(nth)] as const;
    // In either order, so that neither always finds the other's traces.
    for (const side of random.shuffle([0, 1] as const)) {
      const took = await time(wire, requests[side]);
      if (nth >= warm) series[side].push(took);
    }
  }
  wire.destroy();
  const difference = compareSeries(...series, random);
  return { what, samples, isControl, ...difference, apart: canTellApart(difference) };
}

/** Milliseconds from the request to its answer. */
async function time(wire: Wire, request: string): Promise<number> {
  if (wire.isClosed) await wire.open();
  const started = performance.now();
  wire.write(Buffer.from(request));
  const answer = await wire.read();
  if (!answer) throw new Error('there was no answer');
  if (answer.status === 429 || answer.status >= 500) throw new Error(`${answer.status} ${answer.text}`);
  return performance.now() - started;
}

async function listPairs({ api, url }: Hub, { samples, logins }: Pick<TimingOptions, 'samples' | 'logins'>): Promise<Pair[]> {
  const token = async (username: string): Promise<string> => (await api.post<{ token: string }>('/v2/users/login', { username, password: PASSWORD })).token;
  await api.post('/v2/users/', { username: 'outsider', email: 'o@example.com', password: PASSWORD });
  const outsider = await token('outsider');
  const known = Array.from({ length: Math.ceil((logins * 1.1) / LOGINS_EACH) }, (_, index) => `user${String(index).padStart(4, '0')}`);
  for (const username of known) await api.post('/v2/users/', { username, email: `${username}@example.com`, password: PASSWORD });
  // Of one length: so are the answers.
  for (const [name, is_private] of [['hidden', true], ['public', false]] as const) await api.post('/v2/repositories/', { namespace: 'admin', name, is_private });
  const get = (path: string, header: string) => () => `GET ${path} HTTP/1.1\r\nHost: ${new URL(url).host}\r\n${header}\r\n\r\n`;
  const nobody = 'Accept: */*';
  const somebody = `Authorization: Bearer ${outsider}`;
  const repository = (name: string) => `/v2/repositories/admin/${name}`;
  const hide = (what: string, tail: string, header: string): Pair =>
    ({ what, samples, first: get(`${repository('missin')}${tail}`, header), second: get(`${repository('hidden')}${tail}`, header) });
  const grant = (name: string, header: string) => get(`/token?scope=repository:admin/${name}:pull`, header);
  const login = (username: (nth: number) => string) => (nth: number) => {
    const body = JSON.stringify({ username: username(nth), password: 'not the password' });
    const from = `X-Forwarded-For: 10.${nth >> 16}.${(nth >> 8) & 255}.${nth & 255}`;
    return `POST /v2/users/login HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n${from}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  };
  return [
    { what: 'control: a public repository', samples, isControl: true, first: get(repository('missin'), nobody), second: get(repository('public'), nobody) },
    hide('GET repository, nobody', '', nobody),
    hide('GET repository, somebody', '', somebody),
    hide('GET tags, somebody', '/tags', somebody),
    hide('GET runs, somebody', '/runs', somebody),
    { what: 'GET token, nobody', samples, first: grant('missin', nobody), second: grant('hidden', nobody) },
    { what: 'login, unknown and known', samples: logins, first: login((nth) => `none${String(nth).padStart(4, '0')}`), second: login((nth) => known[nth % known.length] ?? '') },
  ];
}
