import { setTimeout as wait } from 'node:timers/promises';
import { at, login, request } from './client.js';

/** The figure to keep, in milliseconds: the middle of the mix. */
const GOAL = 20;
const REQUESTS = 200;
const WARM_UP = 20;

interface Hit {
  readonly repo_name: string;
  readonly repo_owner: string;
}

interface Found {
  readonly count: number;
  readonly results: readonly Hit[];
}

function search(query: string, { token, page = 1, page_size = 10 }: { token?: string | undefined; page?: number; page_size?: number } = {}): Promise<Found> {
  const parameters = new URLSearchParams({ query, page: String(page), page_size: String(page_size) });
  return request<Found>(`/v2/search/repositories/?${parameters.toString()}`, { token });
}

/** A user without repositories: every private hit is looked at for them and left out. */
async function createUser(): Promise<string> {
  const admin = await login();
  const user = { username: `bench${Date.now().toString(36)}`, password: 'correct horse battery' };
  await request('/v2/users/', { token: admin, body: { ...user, email: 'bench@example.com' } });
  return login(user);
}

/** Repositories from all over the hub, known to it alone. */
async function sample(): Promise<Hit[]> {
  const pages = await Promise.all([1, 13, 29, 41, 57, 71, 83, 99].map((page) => search('', { page, page_size: 100 })));
  return pages.flatMap(({ results }) => results);
}

const swap = (word: string): string => word.replace(/^(..)(.)(.)/, '$1$3$2');
const nameOf = ({ repo_name }: Hit): string => repo_name.split('/').at(-1) ?? '';
const longestWord = (hit: Hit): string => nameOf(hit).split(/[-_0-9]+/).sort((a, b) => b.length - a.length)[0] ?? '';

/** What people type, as a function of a repository of the hub. */
const KINDS: Readonly<Record<string, (hit: Hit) => string>> = {
  'a whole name': nameOf,
  'namespace/name': ({ repo_name }) => repo_name,
  'a word of a name': longestWord,
  'its first four letters': (hit) => longestWord(hit).slice(0, 4),
  'two words': (hit) => `${longestWord(hit)} server`,
  'a user': ({ repo_owner }) => repo_owner,
  'a word with a typing error': (hit) => swap(longestWord(hit)),
};

async function measure(name: string, ask: (index: number) => Promise<Found>): Promise<number> {
  const times: number[] = [];
  const counts: number[] = [];
  for (let index = -WARM_UP; index < REQUESTS; index += 1) {
    const started = performance.now();
    const { count } = await ask(index + WARM_UP);
    if (index < 0) continue;
    times.push(performance.now() - started);
    counts.push(count);
  }
  const [sorted, hits] = [times.toSorted((a, b) => a - b), counts.toSorted((a, b) => a - b)];
  const figures = [at(sorted, 0.5), at(sorted, 0.95), at(sorted, 0.99)].map((value) => value.toFixed(1).padStart(8));
  console.log(`${name.padEnd(30)}${figures.join('')}${String(at(hits, 0.5)).padStart(10)}`);
  return at(sorted, 0.5);
}

async function bench(): Promise<void> {
  const token = await createUser();
  const hits = await sample();
  const hitAt = (index: number): Hit => hits[(index * 37) % hits.length] ?? { repo_name: 'a/b', repo_owner: 'a' };
  const kinds = Object.values(KINDS);
  const mix = (index: number): string => kinds[index % kinds.length]?.(hitAt(index)) ?? '';
  await wait(2000);
  console.log(`${''.padEnd(30)}${['p50 ms', 'p95', 'p99'].map((word) => word.padStart(8)).join('')}${'hits p50'.padStart(10)}`);
  const middle = await measure('mix', (index) => search(mix(index)));
  await measure('mix, logged in', (index) => search(mix(index), { token }));
  for (const [name, make] of Object.entries(KINDS)) await measure(name, (index) => search(make(hitAt(index))));
  for (const query of ['docker', 'nginx', 'n', '', 'qqqqqq', '%_"*']) await measure(`"${query}"`, () => search(query));
  await measure('"docker", logged in', () => search('docker', { token }));
  await measure('"docker", page 900', () => search('docker', { page: 900 }));
  console.log(`The middle of the mix takes ${middle.toFixed(1)} ms; the goal is ${GOAL}.`);
  if (middle >= GOAL) process.exitCode = 1;
}

await bench();
