import { request as open, type IncomingMessage } from 'node:http';
import { at, login, remove, request } from './client.js';

const { HUB_URL: url = 'http://127.0.0.1:7080' } = process.env;
const ROUNDS = 3;
const PUSHES = 100;
const WARM_UP = 30;
const LISTENERS = 1000;
/** Connections that are opened at once. */
const AT_ONCE = 50;
/** How long all listeners may take to be told of the last push, in milliseconds. */
const PATIENCE = 60_000;

/** One open stream, and the runs that it has told of. */
interface Listener {
  readonly runs: Set<string>;
  readonly response: IncomingMessage;
}

async function listen(path: string, token: string): Promise<Listener> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    open(`${url}${path}/runs/events`, { agent: false, headers: { authorization: `Bearer ${token}` } }, resolve).on('error', reject).end();
  });
  if (response.statusCode !== 200) throw new Error(`the stream was answered ${response.statusCode}`);
  const runs = new Set<string>();
  let rest = '';
  response.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, id] = /^data: \{"run_id":"(\w+)"/.exec(line) ?? [];
      if (id !== undefined) runs.add(id);
    }
  });
  return { runs, response };
}

async function listenAll(path: string, token: string): Promise<Listener[]> {
  const listeners: Listener[] = [];
  while (listeners.length < LISTENERS) listeners.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => listen(path, token)))));
  return listeners;
}

/** A repository whose one chain calls a receiver of the hub itself and is complete on its answer. */
async function buildRepository(token: string, hook_url: string): Promise<string> {
  const name = `live${Math.random().toString(36).slice(2, 10)}`;
  await request('/v2/repositories/', { token, body: { namespace: 'admin', name } });
  const path = `/v2/repositories/admin/${name}`;
  await request(`${path}/webhook_pipeline/`, { token, body: { name: 'ship', webhooks: [{ name: 'one', hook_url }] } });
  return path;
}

interface Slice {
  readonly times: readonly number[];
  readonly runs: readonly string[];
}

async function push(path: string, token: string, count: number): Promise<Slice> {
  const [times, runs]: [number[], string[]] = [[], []];
  for (let made = 0; made < count; made += 1) {
    const started = performance.now();
    const { runs: [run] } = await request<{ runs: { id: string }[] }>(`${path}/pushes/`, { token, body: {} });
    times.push(performance.now() - started);
    if (run) runs.push(run.id);
  }
  return { times: times.sort((a, b) => a - b), runs };
}

/** Waits until every listener was told of every run; how many never were. */
async function countMissed(listeners: readonly Listener[], runs: readonly string[]): Promise<number> {
  const until = Date.now() + PATIENCE;
  const count = (): number => listeners.reduce((sum, listener) => sum + runs.filter((run) => !listener.runs.has(run)).length, 0);
  while (count() > 0 && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 100));
  return count();
}

function report(what: string, { times }: Slice, alone: Slice): void {
  const [middle, high, ratio] = [at(times, 0.5), at(times, 0.95), at(times, 0.5) / at(alone.times, 0.5)];
  console.log(`${what.padEnd(44)}${middle.toFixed(1).padStart(10)}${high.toFixed(1).padStart(10)}${ratio.toFixed(2).padStart(10)}`);
}

/** Pushes that nobody watches, and pushes while a thousand streams are open, there and elsewhere, one after the other. */
async function bench(): Promise<void> {
  const token = await login();
  const receiver = await request<{ id: string; url: string }>('/v2/receivers/', { token, body: {} });
  const [path, other] = [await buildRepository(token, receiver.url), await buildRepository(token, receiver.url)];
  await push(path, token, WARM_UP);
  console.log(`${''.padEnd(44)}${['p50 ms', 'p95 ms', 'ratio'].map((word) => word.padStart(10)).join('')}`);
  let missed = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const alone = await push(path, token, PUSHES);
    report('a push that nobody watches', alone, alone);
    for (const [what, watched] of [['elsewhere', other], ['here', path]] as const) {
      const listeners = await listenAll(watched, token);
      const slice = await push(path, token, PUSHES);
      report(`a push while ${LISTENERS} listen ${what}`, slice, alone);
      missed += watched === path ? await countMissed(listeners, slice.runs) : 0;
      for (const { response } of listeners) response.destroy();
    }
  }
  await remove(`/v2/receivers/${receiver.id}/`, token);
  console.log(`events of runs that a listener was not told of: ${missed}`);
  if (missed > 0) process.exitCode = 1;
}

await bench();
