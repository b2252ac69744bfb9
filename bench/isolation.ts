import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { at, login, remove, request } from './client.js';
import { startTroublemakers, type Troublemaker } from './troublemakers.js';

/** `BENCH_ONLY`: the beginning of a row's name; all rows without it. */
const { BENCH_ROUNDS = '3', BENCH_SECONDS = '20', BENCH_RATE = '8', BENCH_ONLY = '', HUB_PID = '', HANGING_DOMAIN } = process.env;
const [ROUNDS, SECONDS, RATE] = [Number(BENCH_ROUNDS), Number(BENCH_SECONDS), Number(BENCH_RATE)];
/** The figures to keep: what others may add to a healthy repository's p99, and to the hub's memory. */
const [MOST_SLOWER, MOST_MEGABYTES] = [1.1, 20];
const HOPS = 2;
/** Pushes of the neighbour: at the start of a phase, and each second after that. Fifty chains to a push are crowd enough. */
const [CROWD, NEIGHBOUR_RATE, MOST_WIDE] = [10, 1, 2];
/** A push whose chain has not ended by then counts as so slow: milliseconds. */
const LATEST = 30_000;

/** How long the hub may take to tidy up when it is asked to, in milliseconds. */
const TIDY = 1000;

/** Milliseconds of each chain of a phase, sorted, and what the hub holds at its end without its garbage, in megabytes. */
interface Phase {
  readonly times: readonly number[];
  readonly megabytes: number;
}

interface Pair {
  readonly without: Phase;
  readonly with: Phase;
}

const ended = new Map<string, () => void>();

/** The healthy receiver: it answers, calls back `success`, and notes the end of a chain by the tag of its push. */
async function startReceiver(): Promise<string> {
  const server = createServer((incoming, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      response.end();
      const { callback_url, push_data } = JSON.parse(Buffer.concat(chunks).toString()) as { callback_url: string; push_data: { tag: string } };
      await insist(() => fetch(callback_url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"state":"success"}' }));
      if (incoming.url === `/${HOPS}`) ended.get(push_data.tag)?.();
    })();
  }).listen(0, '127.0.0.1');
  server.unref();
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A connection that was kept may be closed at the very moment it is used again: then once more. */
async function insist<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return action();
  }
}

let count = 0;
const unique = (prefix: string): string => `${prefix}-${Date.now().toString(36)}-${(count += 1)}`;

/** A repository whose chains have these webhooks; answers its path. */
async function createRepository(token: string, chains: readonly (readonly string[])[]): Promise<string> {
  const name = unique('bench');
  await request('/v2/repositories/', { token, body: { namespace: 'admin', name } });
  const path = `/v2/repositories/admin/${name}`;
  await Promise.all(chains.map((urls, chain) => {
    const webhooks = urls.map((hook_url, index) => ({ name: `hook ${index + 1}`, hook_url }));
    return request(`${path}/webhook_pipeline/`, { token, body: { name: `chain ${chain + 1}`, webhooks } });
  }));
  return path;
}

/** Milliseconds from the push to the answer of its last callback. */
async function runChain(token: string, path: string): Promise<number> {
  const tag = unique('t');
  const started = performance.now();
  const end = new Promise<number>((resolve) => ended.set(tag, () => resolve(performance.now() - started)));
  await insist(() => request(`${path}/pushes/`, { token, body: { tag } }));
  const late = new AbortController();
  const expiry = wait(LATEST, LATEST, { signal: late.signal }).catch(() => LATEST);
  const time = await Promise.race([end, expiry]);
  late.abort();
  ended.delete(tag);
  if (time >= LATEST) console.log(`the chain of ${tag} did not end within ${LATEST / 1000} s`);
  return time;
}

/** Garbage would be most of the difference between two phases: the hub is asked to collect it first. */
async function readMegabytes(): Promise<number> {
  process.kill(Number(HUB_PID), 'SIGUSR2');
  await wait(TIDY);
  const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${HUB_PID}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

/** A steady load, whose next push does not wait for the one before, while a neighbour pushes too. */
async function runPhase(token: string, path: string, neighbour: () => Promise<unknown>): Promise<Phase> {
  const chains: Promise<number>[] = [];
  let pushes = 0;
  const others: Promise<unknown>[] = [];
  const started = performance.now();
  for (let beat = 0; beat < SECONDS * RATE; beat += 1) {
    await wait(Math.max(started + (beat * 1000) / RATE - performance.now(), 0));
    for (; pushes < CROWD + (NEIGHBOUR_RATE * beat) / RATE; pushes += 1) others.push(neighbour());
    chains.push(runChain(token, path));
  }
  const times = (await Promise.all(chains)).sort((a, b) => a - b);
  await Promise.all(others);
  return { times, megabytes: await readMegabytes() };
}

/** A phase beside a neighbour with new chains, one for each of these URLs, that nothing is held against yet. */
async function runBeside(token: string, path: string, urls: readonly string[]): Promise<Phase> {
  const neighbour = await createRepository(token, urls.map((url) => [url]));
  let left = urls.length > 1 ? MOST_WIDE : Infinity;
  const phase = await runPhase(token, path, async () => {
    if ((left -= 1) >= 0) await insist(() => request(`${neighbour}/pushes/`, { token, body: { tag: unique('t') } }));
  });
  await insist(() => remove(`${neighbour}/`, token));
  return phase;
}

/**
 * A phase whose neighbour behaves, then one whose neighbour is the troublemaker: the same pushes, so that what differs
 * is what its receivers do.
 */
async function runPair(token: string, { path, good }: { path: string; good: string }, { urls, lingers }: Troublemaker): Promise<Pair> {
  const without = await runBeside(token, path, (urls.length === 0 ? [good] : urls).map(() => good));
  const withIt = await runBeside(token, path, urls.length === 0 ? [good] : urls);
  await wait(lingers * 1000);
  return { without, with: withIt };
}

const pool = (phases: readonly Phase[]): number[] => phases.flatMap(({ times }) => times).sort((a, b) => a - b);
const middle = (values: readonly number[]): number => at([...values].sort((a, b) => a - b), 0.5);

/** One line of the table; true where the bar is kept. */
function report(name: string, pairs: readonly Pair[]): boolean {
  const [without, withIt] = [pool(pairs.map((pair) => pair.without)), pool(pairs.map((pair) => pair.with))];
  const ratio = at(withIt, 0.99) / at(without, 0.99);
  const ratios = pairs.map((pair) => at(pair.with.times, 0.99) / at(pair.without.times, 0.99)).sort((a, b) => a - b);
  const megabytes = middle(pairs.map((pair) => pair.with.megabytes - pair.without.megabytes));
  const figures = [at(without, 0.5), at(withIt, 0.5), at(without, 0.99), at(withIt, 0.99)].map((value) => value.toFixed(0).padStart(9));
  const spread = `${(ratios[0] ?? 0).toFixed(2)}–${(ratios.at(-1) ?? 0).toFixed(2)}`;
  console.log(`${name.padEnd(22)}${figures.join('')}${ratio.toFixed(2).padStart(8)}${spread.padStart(12)}${megabytes.toFixed(1).padStart(9)}`);
  return ratio < MOST_SLOWER && megabytes < MOST_MEGABYTES;
}

async function bench(): Promise<void> {
  const token = await login();
  const receiver = await startReceiver();
  const path = await createRepository(token, [Array.from({ length: HOPS }, (_, index) => `${receiver}/${index + 1}`)]);
  // The last webhook's callback ends a chain of two, without more being said.
  const place = { path, good: `${await startReceiver()}/0` };
  await runBeside(token, path, [place.good]);
  const troublemakers = (await startTroublemakers(HANGING_DOMAIN)).filter(({ name }) => name.startsWith(BENCH_ONLY));
  const pairs = new Map<string, Pair[]>(troublemakers.map(({ name }) => [name, []]));
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const troublemaker of troublemakers) {
      pairs.get(troublemaker.name)?.push(await runPair(token, place, troublemaker));
      console.log(`round ${round} of ${ROUNDS}: ${troublemaker.name}`);
    }
  }
  console.log(`\nA chain of ${HOPS}, ${RATE} pushes a second, milliseconds from the push to the last callback, beside a good neighbour and beside that one:`);
  const heads = ['p50', 'p50 with', 'p99', 'p99 with'].map((word) => word.padStart(9));
  console.log(`${''.padEnd(22)}${heads.join('')}${'ratio'.padStart(8)}${'rounds'.padStart(12)}${'MB more'.padStart(9)}`);
  const kept = [...pairs].map(([name, rounds]) => report(name, rounds));
  console.log(`The goal: p99 less than ${MOST_SLOWER} times, memory less than ${MOST_MEGABYTES} MB more. The first line is the noise of this machine.`);
  if (!kept.every(Boolean)) process.exitCode = 1;
}

await bench();
