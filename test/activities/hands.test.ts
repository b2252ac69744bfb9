import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { ApplicationFailure } from '@temporalio/activity';
import test, { type ExecutionContext } from 'ava';
import { createHands, type Hands } from '../../activities/hands.js';
import type { Pace } from '../../activities/pace.js';
import type { Db } from '../../db/connection.js';
import { beginAttempt } from '../../db/attempts.js';
import { closeDelivery, findDelivery } from '../../db/deliveries.js';
import type { WaitingRoom } from '../../waiting.js';
import type { Outcome } from '../../workflows/contract.js';
import { buildRun, describeCallback, pick } from '../helpers/builders.js';
import { openTestDatabase } from '../helpers/database.js';
import { pollUntil } from '../helpers/poll.js';
import { openActivityHub } from './hub.js';

const SUCCESS: Outcome = { state: 'success', reason: null };
const FAST = 1500;

interface Place {
  readonly db: Db;
  readonly hands: Hands;
  readonly pace: Pace;
  readonly waiting: WaitingRoom<Outcome>;
  /** The delivery of a chain of one that expects a callback. */
  readonly id: string;
  /** How often the receiver was called. */
  calls(): number;
  /** What the API does with a callback: answers whether it was handed over. */
  callBack(): Promise<boolean | undefined>;
}

/** Hands over a real database, and a receiver that answers as `listener` says. */
async function startPlace(t: ExecutionContext, listener: RequestListener, { fastCallback = FAST } = {}): Promise<Place> {
  let calls = 0;
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    calls += 1;
    request.resume().on('end', () => listener(request, response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const db = await openTestDatabase(t);
  const hub = openActivityHub(t, db, { retryDelays: [60_000], fastCallback });
  const { waiting, pace } = hub;
  const hands = createHands(hub);
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const { deliveries } = await buildRun(db, { webhooks: [{ hook_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, expect_callback: true }] });
  const { id } = pick(deliveries);
  return {
    db, hands, pace, waiting, id, calls: () => calls,
    async callBack() {
      const claim = waiting.claim(id);
      await closeDelivery(db, { ...describeCallback(id, 'success'), isHandedOver: claim !== undefined });
      return claim?.hand(SUCCESS);
    },
  };
}

const answer = (status: number): RequestListener => (_, response) => void response.writeHead(status).end();
const NEVER: RequestListener = () => undefined;
const stateOf = async ({ db, id }: Place) => (await findDelivery(db, id))?.state;

test('a callback that comes at once is the first try’s outcome, and nobody has to signal', async (t) => {
  const place = await startPlace(t, answer(200));
  const first = place.hands.tryFirst(place.id);
  await pollUntil('waiting', async () => (await stateOf(place)) === 'waiting');
  t.true(await place.callBack());
  t.deepEqual(await first, { kind: 'closed', outcome: SUCCESS });
  t.deepEqual(await place.db('runs').first('state', 'notify'), { state: 'success', notify: null });
});

test('a callback that comes before the webhook is answered ends the try at once; the answer is recorded when it comes', async (t) => {
  const held: ServerResponse[] = [];
  const place = await startPlace(t, (_, response) => void held.push(response));
  const first = place.hands.tryFirst(place.id);
  await pollUntil('the call', async () => held.length > 0);
  t.true(await place.callBack());
  t.deepEqual(await first, { kind: 'closed', outcome: SUCCESS });
  held[0]?.writeHead(202).end();
  await pollUntil('the record', async () => (await place.db<{ status: number }>('attempts').first('status'))?.status === 202);
});

test('a callback that does not come at once is waited for by signal, and the next one is not waited for here', async (t) => {
  const place = await startPlace(t, answer(200), { fastCallback: 50 });
  const waiting = await place.hands.tryFirst(place.id);
  t.is(waiting.kind, 'waiting');
  t.is(await place.callBack(), undefined, 'nobody sits here any more');
  t.is((await place.db<{ notify: string | null }>('runs').first('notify'))?.notify, 'signal');
  const { webhook_id } = (await findDelivery(place.db, place.id)) ?? {};
  t.false(place.pace.callsBackAtOnce(webhook_id ?? ''));
});

test('a callback that was not waited for does not keep the next one from being waited for', async (t) => {
  const place = await startPlace(t, answer(200), { fastCallback: 50 });
  place.pace.noteNoCallback((await findDelivery(place.db, place.id))?.webhook_id ?? '');
  const noted: string[] = [];
  place.pace.noteNoCallback = (id) => void noted.push(id);
  t.is((await place.hands.tryFirst(place.id)).kind, 'waiting');
  t.deepEqual(noted, []);
});

test('a delivery is in hand once: who asks meanwhile gets the same outcome, and nothing is sent twice', async (t) => {
  const place = await startPlace(t, answer(200));
  const asked = [place.hands.tryFirst(place.id), place.hands.deliver(place.id), place.hands.tryFirst(place.id)];
  await pollUntil('waiting', async () => (await stateOf(place)) === 'waiting');
  await place.callBack();
  for (const outcome of await Promise.all(asked)) t.deepEqual(outcome, { kind: 'closed', outcome: SUCCESS });
  t.is(place.calls(), 1);
});

test('a first try that fails goes on as the regular activity, which waits for its time and says why', async (t) => {
  const place = await startPlace(t, answer(503));
  t.deepEqual(await place.hands.tryFirst(place.id), { kind: 'later' });
  const failure = await t.throwsAsync(place.hands.deliver(place.id), { instanceOf: ApplicationFailure });
  t.is(failure.message, 'attempt 1 brought 503');
  t.true(Number(failure.nextRetryDelay) > 30_000, String(failure.nextRetryDelay));
  t.is(place.calls(), 1);
});

test('an endpoint that failed lately is not tried inside a workflow task', async (t) => {
  const place = await startPlace(t, answer(200));
  await place.db('webhooks').update({ failures: 1 });
  t.deepEqual(await place.hands.tryFirst(place.id), { kind: 'later' });
  t.is(place.calls(), 0);
  t.is(await stateOf(place), 'pending');
});

test('a receiver that does not answer holds the first try only so long, and its call goes on in the regular activity', async (t) => {
  const held: ServerResponse[] = [];
  const place = await startPlace(t, (_, response) => void held.push(response), { fastCallback: 50 });
  t.deepEqual(await place.hands.tryFirst(place.id), { kind: 'later' });
  const regular = place.hands.deliver(place.id);
  held[0]?.writeHead(200).end();
  t.is((await regular).kind, 'waiting');
  t.is(place.calls(), 1);
});

test('an attempt that another process has under way is not doubled', async (t) => {
  const place = await startPlace(t, answer(200));
  await beginAttempt(place.db, place.id);
  const failure = await t.throwsAsync(place.hands.deliver(place.id), { instanceOf: ApplicationFailure });
  t.is(failure.message, 'attempt 1 is under way elsewhere');
  t.is(place.calls(), 0);
});

test('an attempt whose process died long ago is made again', async (t) => {
  const place = await startPlace(t, answer(200), { fastCallback: 0 });
  await beginAttempt(place.db, place.id);
  await place.db('attempts').update({ started: new Date(Date.now() - 25_000).toISOString() });
  t.is((await place.hands.deliver(place.id)).kind, 'waiting');
  t.is(place.calls(), 1);
});

test('without the wait in this process every callback goes by signal', async (t) => {
  const place = await startPlace(t, NEVER, { fastCallback: 0 });
  void place.hands.deliver(place.id).catch(() => undefined);
  await pollUntil('the call', async () => place.calls() > 0);
  t.is(place.waiting.claim(place.id), undefined);
});

test('of four processes that take a delivery at the same moment one calls', async (t) => {
  const release = new EventEmitter();
  const place = await startPlace(t, (_, response) => void release.once('answer', () => response.end()), { fastCallback: 0 });
  const others = Array.from({ length: 3 }, () => createHands(openActivityHub(t, place.db, { retryDelays: [60_000] })));
  const refused: unknown[] = [];
  const passages = [place.hands, ...others].map((hands) => hands.deliver(place.id).catch((error: unknown) => void refused.push(error instanceof ApplicationFailure && error.message)));
  await pollUntil('three that were late', async () => refused.length === 3);
  release.emit('answer');
  await Promise.all(passages);
  t.is(place.calls(), 1);
  t.is((await findDelivery(place.db, place.id))?.attempt_count, 1);
  t.deepEqual(refused, Array(3).fill('attempt 1 is under way elsewhere'));
});
