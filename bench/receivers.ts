import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import { parsePlace, readChain, type Counts, type Place, type Released, type Trace } from './chain.js';
import { serveParent, tellParent } from './child.js';
import { post } from './http.js';
import { now } from './measure.js';

/** A callback that found nobody is sent again so often, with such pauses (milliseconds). */
const TRIES = 600;
const PAUSE = 100;
/** A hop that is not called by then is not called: milliseconds. */
const HOP_LIMIT = 60_000;

interface Webhook {
  readonly callback_url: string;
  readonly push_data: { readonly digest: string };
}

interface Held {
  readonly trace: Trace;
  readonly place: Place;
  readonly url: string;
}

const traces = new Map<number, Trace>();
const counts = new Map<string, Counts>();
const held = new Map<string, Held[]>();
/** Who waits for the call of a hop, by chain and position. */
const awaited = new Map<string, (at: number) => void>();

function countsOf(side: string): Counts {
  const found = counts.get(side) ?? { webhooks: 0, duplicates: 0, afterClose: 0, refused: 0, retried: 0 };
  counts.set(side, found);
  return found;
}

function heldOf(side: string): Held[] {
  const found = held.get(side) ?? [];
  held.set(side, found);
  return found;
}

function receive(request: IncomingMessage, response: ServerResponse): void {
  const called = now();
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.end('{}');
    take(parsePlace(request.url ?? ''), JSON.parse(Buffer.concat(chunks).toString()) as Webhook, called);
  });
}

function take(place: Place, { callback_url: url, push_data }: Webhook, called: number): void {
  const chain = readChain(push_data.digest);
  const trace = traces.get(chain) ?? { chain, called: [], sent: [], answered: [] };
  traces.set(chain, trace);
  const seen = countsOf(place.side);
  seen.webhooks += 1;
  const index = place.position - 1;
  if (trace.called[index] !== undefined) {
    seen.duplicates += 1;
    if (trace.answered[index] !== undefined) seen.afterClose += 1;
    return;
  }
  trace.called[index] = called;
  awaited.get(`${chain} ${place.position}`)?.(called);
  if (place.delay === 'hold') heldOf(place.side).push({ trace, place, url });
  else if (place.delay === 0) void callBack({ trace, place, url });
  else setTimeout(() => void callBack({ trace, place, url }), place.delay);
}

/** Calls back until it is accepted, or refused for good. */
async function callBack({ trace, place, url }: Held): Promise<void> {
  trace.sent[place.position - 1] = now();
  for (let tries = 0; tries < TRIES; tries += 1) {
    const status = await post(url, { state: 'success' }).then((answer) => answer.status, () => 0);
    if (status >= 200 && status < 300) return close(trace, place);
    if (status >= 400 && status < 500) {
      countsOf(place.side).refused += 1;
      return;
    }
    countsOf(place.side).retried += 1;
    await wait(PAUSE);
  }
}

function close(trace: Trace, { position, hops }: Place): void {
  trace.answered[position - 1] = now();
  if (position === hops) tellParent('done', trace);
}

/** Sends callbacks that were held, one after the other, and waits each time for the call of the next hop. */
async function release({ side, count }: { side: string; count: number }): Promise<Released> {
  const answers: number[] = [];
  const hops: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const all = heldOf(side);
    const [one] = all.splice(Math.floor(Math.random() * all.length), 1);
    if (!one) break;
    const key = `${one.trace.chain} ${one.place.position + 1}`;
    const next = one.place.position < one.place.hops ? new Promise<number>((resolve) => awaited.set(key, resolve)) : undefined;
    await callBack(one);
    const sent = one.trace.sent[one.place.position - 1] ?? Number.NaN;
    answers.push((one.trace.answered[one.place.position - 1] ?? Number.NaN) - sent);
    if (next) hops.push((await Promise.race([next, wait(HOP_LIMIT, Number.POSITIVE_INFINITY)])) - sent);
    awaited.delete(key);
  }
  return { answers, hops };
}

const server = createServer(receive);
// A receiver keeps the connections of whoever calls it often.
server.keepAliveTimeout = 120_000;

serveParent({
  start: () => new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))),
  counts: (side: string) => countsOf(side),
  held: (side: string) => heldOf(side).length,
  release,
});
