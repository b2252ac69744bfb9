import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApplicationFailure } from '@temporalio/activity';
import test, { type ExecutionContext } from 'ava';
import { admit, isQuickAndHealthy } from '../../activities/admit.js';
import { createHands } from '../../activities/hands.js';
import type { Hub } from '../../activities/hub.js';
import type { Config } from '../../config.js';
import { findAttempt } from '../../db/attempts.js';
import { findDelivery, type DeliveryRow } from '../../db/deliveries.js';
import { findPassage } from '../../db/passages.js';
import { resumeEndpoint, type DeliveryEndpoint } from '../../db/endpoints.js';
import { buildChain, buildRun, findEndpoint, must, pick } from '../helpers/builders.js';
import { openTestDatabase } from '../helpers/database.js';
import { pollUntil } from '../helpers/poll.js';
import { openActivityHub } from './hub.js';

const HOUR = 3_600_000;
/** Two failures pause; the pauses are long, so that nothing ends by itself during a test. */
const ENDPOINT = { concurrency: 16, rate: 10, pauseAfter: 2, pauses: [HOUR, 2 * HOUR], hold: 72 * HOUR };

interface Place {
  readonly hub: Hub;
  readonly deliveries: readonly string[];
  /** One activity run of the n-th delivery: what it answered, or the milliseconds until Temporal runs it again. */
  run(nth: number): Promise<string | number>;
  get(nth: number): Promise<DeliveryRow>;
  endpoint(): Promise<DeliveryEndpoint>;
  /** Brings the end of the pause about. */
  endPause(): Promise<void>;
}

async function serve(t: ExecutionContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    server.closeAllConnections();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** So many runs of one webhook, over a database and a poster of their own. */
async function openPlace(t: ExecutionContext, hook_url: string, { runs = 3, ...endpoint }: Partial<Config['endpoint']> & { runs?: number } = {}): Promise<Place> {
  const db = await openTestDatabase(t);
  const policy = { ...ENDPOINT, ...endpoint };
  const hub = openActivityHub(t, db, { endpoint: policy });
  const hands = createHands(hub);
  const chain = await buildChain(db, { webhooks: [{ hook_url }] });
  const deliveries: string[] = [];
  for (let count = 0; count < runs; count += 1) deliveries.push(pick((await buildRun(db, { of: chain })).deliveries).id);
  const idOf = (nth: number) => must(deliveries[nth - 1], 'a delivery');
  return {
    hub, deliveries,
    async run(nth) {
      try {
        const delivered = await hands.deliver(idOf(nth));
        return delivered.kind === 'closed' ? [delivered.outcome.state, delivered.outcome.reason].filter(Boolean).join(' ') : delivered.kind;
      } catch (error) {
        if (error instanceof ApplicationFailure && typeof error.nextRetryDelay === 'number') return error.nextRetryDelay;
        throw error;
      }
    },
    get: async (nth) => must(await findDelivery(db, idOf(nth)), 'a delivery'),
    endpoint: async () => must(await findEndpoint(db, idOf(1)), 'an endpoint'),
    async endPause() {
      await db('webhooks').whereNotNull('paused_until').update({ paused_until: new Date(Date.now() - 1).toISOString() });
    },
  };
}

/** A receiver that answers what `status` is at that time, and counts. */
async function openReceiver(t: ExecutionContext, headers: Record<string, string> = {}) {
  const receiver = { status: 500, calls: 0, url: '' };
  receiver.url = await serve(t, (_, response) => {
    receiver.calls += 1;
    response.writeHead(receiver.status, headers).end();
  });
  return receiver;
}

test('failures over all deliveries pause a webhook; who comes then waits, uses up no attempt and calls nobody', async (t) => {
  const receiver = await openReceiver(t);
  const place = await openPlace(t, receiver.url);
  t.true(Number(await place.run(1)) < 10_000, 'the first failure is tried again by the table');
  const held = Number(await place.run(2));
  t.true(held > 0.7 * HOUR && held < 1.3 * HOUR);
  t.like(await place.get(2), { state: 'delivering', reason: 'endpoint_paused', attempt_count: 1 });
  t.like(await place.endpoint(), { failures: 2, pause_reason: 'status_500' });
  for (const nth of [1, 3, 3]) t.true(Number(await place.run(nth)) > 0.7 * HOUR);
  t.like(await place.get(1), { attempt_count: 1, reason: 'endpoint_paused' });
  t.like(await place.get(3), { state: 'pending', attempt_count: 0, reason: 'endpoint_paused' });
  t.is(receiver.calls, 2);
});

test('when a pause ends one delivery tries, its failure doubles the pause, and costs it no attempt', async (t) => {
  const receiver = await openReceiver(t);
  const place = await openPlace(t, receiver.url);
  for (const nth of [1, 2]) await place.run(nth);
  await place.endPause();
  const delays = await Promise.all([1, 2, 3].map((nth) => place.run(nth)));
  t.is(receiver.calls, 3, 'one of three tried');
  t.true(delays.every((delay) => Number(delay) > 0), 'all of them wait on');
  const { paused_until, failures, probe_delivery } = await place.endpoint();
  t.is(failures, 3);
  t.is(probe_delivery, null);
  const left = Date.parse(paused_until ?? '') - Date.now();
  t.true(left > 1.5 * HOUR && left < 2.5 * HOUR);
  const tried = (await Promise.all([1, 2, 3].map((nth) => place.get(nth)))).filter(({ probe_count }) => probe_count === 1);
  t.is(tried.length, 1);
  t.is(pick(tried).attempt_count - pick(tried).probe_count, pick(tried).id === place.deliveries[2] ? 0 : 1);
});

test('a try that succeeds resumes the webhook, and the others go on', async (t) => {
  const receiver = await openReceiver(t);
  const place = await openPlace(t, receiver.url);
  for (const nth of [1, 2, 3]) await place.run(nth);
  await place.endPause();
  receiver.status = 200;
  t.is(await place.run(3), 'success');
  t.like(await place.endpoint(), { failures: 0, paused_until: null, pause_reason: null, probe_delivery: null });
  t.true(Number(await place.run(2)) > 1000, 'not before its turn');
  await place.hub.db('deliveries').update({ next_attempt: new Date().toISOString() });
  for (const nth of [1, 2]) t.is(await place.run(nth), 'success');
});

test('a delivery may be tried at a paused endpoint more often than it has attempts of its own', async (t) => {
  const receiver = await openReceiver(t);
  const place = await openPlace(t, receiver.url, { runs: 1 });
  for (let count = 1; count <= 30; count += 1) {
    t.true(Number(await place.run(1)) > 0);
    await place.endPause();
    await place.hub.db('deliveries').update({ next_attempt: new Date().toISOString() });
  }
  t.is(receiver.calls, 30);
  receiver.status = 200;
  t.is(await place.run(1), 'success');
});

test('who waited as long as a delivery may is given up, and the time of its wait is never exceeded', async (t) => {
  const receiver = await openReceiver(t);
  const place = await openPlace(t, receiver.url, { hold: HOUR / 2 });
  for (const nth of [1, 2]) await place.run(nth);
  const wait = Number(await place.run(3));
  t.true(wait > 0.45 * HOUR && wait <= 0.5 * HOUR);
  await place.hub.db('deliveries').where({ id: place.deliveries[2] }).update({ held_since: '2020-01-01T00:00:00.000Z' });
  t.is(await place.run(3), 'error endpoint_down');
  t.is(await place.run(3), 'error endpoint_down', 'and stays so');
  t.is(receiver.calls, 2);
});

test('429 with Retry-After holds back all deliveries of the webhook, and nobody else’s', async (t) => {
  const receiver = await openReceiver(t, { 'retry-after': '7' });
  receiver.status = 429;
  const place = await openPlace(t, receiver.url);
  t.true(Number(await place.run(1)) > 6000);
  const other = Number(await place.run(2));
  t.true(other > 6000 && other < 8000);
  t.like(await place.endpoint(), { failures: 1, pause_reason: 'retry_after' });
  t.is(receiver.calls, 1);
  const chain = await buildChain(place.hub.db, { webhooks: [{ hook_url: receiver.url }] });
  const stranger = pick((await buildRun(place.hub.db, { of: chain })).deliveries).id;
  receiver.status = 200;
  t.like(await createHands(place.hub).deliver(stranger), { outcome: { state: 'success' } });
});

test('a backlog has turns one after the other, at the rate, from the end of the pause on', async (t) => {
  const receiver = await openReceiver(t);
  const place = await openPlace(t, receiver.url, { runs: 30 });
  for (const nth of [1, 2]) await place.run(nth);
  const { paused_until } = await place.endpoint();
  await Promise.all(place.deliveries.slice(2).map((_, index) => place.run(index + 3)));
  const rows = await Promise.all(place.deliveries.slice(1).map((_, index) => place.get(index + 2)));
  const turns = rows.map(({ next_attempt }) => Date.parse(next_attempt ?? '') - Date.parse(paused_until ?? '')).sort((a, b) => a - b);
  t.deepEqual(turns, Array.from({ length: 29 }, (_, index) => index * 100));
});

test('an answer of 410 to the one that tries resumes the webhook: the others get answers of their own', async (t) => {
  const receiver = await openReceiver(t);
  const place = await openPlace(t, receiver.url);
  for (const nth of [1, 2]) await place.run(nth);
  await place.endPause();
  receiver.status = 410;
  t.is(await place.run(3), 'error gone');
  t.like(await place.endpoint(), { failures: 0, paused_until: null });
});

test('an owner’s resume lets the next one go at once', async (t) => {
  const receiver = await openReceiver(t);
  const place = await openPlace(t, receiver.url);
  for (const nth of [1, 2]) await place.run(nth);
  receiver.status = 200;
  t.true(await resumeEndpoint(place.hub.db, (await place.endpoint()).webhook_id));
  t.is(await place.run(3), 'success');
});

test('no more calls are under way at an origin than it has places; who finds none opens no attempt', async (t) => {
  let [now, most] = [0, 0];
  const answers: (() => void)[] = [];
  const url = await serve(t, (_, response) => {
    most = Math.max(most, (now += 1));
    answers.push(() => { now -= 1; response.end(); });
  });
  const place = await openPlace(t, url, { runs: 12 });
  let away = 0;
  const runs = place.deliveries.map(async (_, index) => {
    const result = await place.run(index + 1);
    if (typeof result === 'number') away += 1;
    return result;
  });
  await pollUntil('three calls, and the rest sent away while they hang', async () => now === 3 && away === 9);
  for (const answer of answers) answer();
  const results = await Promise.all(runs);
  t.is(most, 3, 'three quarters of the four that an origin begins with: one repository does not take them all');
  t.is(results.filter((result) => result === 'success').length, 3);
  const rows = await Promise.all(place.deliveries.map((_, index) => place.get(index + 1)));
  t.is(rows.filter(({ attempt_count }) => attempt_count > 0).length, 3);
});

test('a quick and healthy endpoint is told from one that failed lately', async (t) => {
  const receiver = await openReceiver(t);
  const place = await openPlace(t, receiver.url);
  const { origin } = new URL(receiver.url);
  t.true(isQuickAndHealthy(place.hub, await place.endpoint(), origin));
  await place.run(1);
  t.false(isQuickAndHealthy(place.hub, await place.endpoint(), origin));
  receiver.status = 200;
  await place.run(2);
  t.true(isQuickAndHealthy(place.hub, await place.endpoint(), origin));
});

test('a try whose process died is taken up again, by the same delivery at once and by another one later', async (t) => {
  const receiver = await openReceiver(t);
  const place = await openPlace(t, receiver.url);
  for (const nth of [1, 2]) await place.run(nth);
  await place.endPause();
  const admission = await admit(place.hub, must(await findPassage(place.hub.db, (await place.get(1)).id), 'a delivery'));
  t.like(admission, { kind: 'go', isProbe: true, isFree: true });
  t.true(Number(await place.run(2)) >= 900, 'the others look again');
  receiver.status = 200;
  t.is(await place.run(1), 'success');
});

test('the history keeps what was sent, without the token by which it is answered', async (t) => {
  const sent: string[] = [];
  const url = await serve(t, (request, response) => {
    request.setEncoding('utf8').on('data', (chunk: string) => sent.push(chunk)).on('end', () => response.end());
  });
  const { hub, run, deliveries } = await openPlace(t, url, { runs: 1 });
  await run(1);
  const { request_body } = must(await findAttempt(hub.db, pick(deliveries), 1), 'an attempt');
  const body = sent.join('');
  const { callback_url } = JSON.parse(body) as { callback_url: string };
  const token = must(/\/hook\/([^/]+)\//.exec(callback_url)?.[1], 'a token');
  t.true(token.length > 60);
  t.is(request_body, body.replace(token, '…').slice(0, 4096));
});
