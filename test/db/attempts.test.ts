import test from 'ava';
import { beginAttempt, finishAttempt, type AttemptResult } from '../../db/attempts.js';
import type { Db } from '../../db/connection.js';
import { closeDelivery, findDelivery } from '../../db/deliveries.js';
import { cancelRuns, findRunById } from '../../db/runs.js';
import {
  advanceToClosed, advanceToDelivering, advanceToWaiting, ANSWERED, attempt, buildRun, describeCallback, dueIn, pick,
} from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

const REFUSED: AttemptResult = {
  ...ANSWERED, status: null, error: 'connection_refused', error_detail: 'no one listens', response_headers: null, response_body: null,
};

interface Seen {
  readonly number: number;
  readonly duration_ms: number | null;
  readonly status: number | null;
  readonly error: string | null;
}

async function listAttempts(db: Db, delivery_id: string): Promise<Seen[]> {
  return db<Seen & { delivery_id: string }>('attempts')
    .where({ delivery_id }).orderBy('number').select('number', 'duration_ms', 'status', 'error');
}

for (const { name, open } of ENGINES) {
  test(`${name}: a begun attempt is on record before anything is sent`, async (t) => {
    const db = await open(t);
    const { run, deliveries } = await buildRun(db);
    const begun = await beginAttempt(db, pick(deliveries).id);
    t.like(begun, { state: 'delivering', attempt_count: 1 });
    t.deepEqual(await listAttempts(db, pick(deliveries).id), [{ number: 1, duration_ms: null, status: null, error: null }]);
    t.is((await findRunById(db, run.id))?.state, 'running');
  });

  test(`${name}: a finished attempt keeps what came back, and the delivery waits`, async (t) => {
    const db = await open(t);
    const { deliveries } = await buildRun(db, { webhooks: 2 });
    const callbackDue = dueIn(1000);
    const after = await attempt(db, pick(deliveries).id, { after: { kind: 'wait', callbackDue } });
    t.like(after, { state: 'waiting', callback_due: callbackDue, finished: null });
    t.like((await db<object>('attempts').select())[0], { ...ANSWERED, number: 1 });
  });

  test(`${name}: a retry is numbered on and its time is shown until it begins`, async (t) => {
    const db = await open(t);
    const { deliveries } = await buildRun(db);
    const { id } = pick(deliveries);
    const at = dueIn(5000);
    t.like(await attempt(db, id, { result: REFUSED, after: { kind: 'retry', at } }), { state: 'delivering', next_attempt: at });
    t.like(await beginAttempt(db, id), { state: 'delivering', attempt_count: 2, next_attempt: null });
    t.deepEqual(await listAttempts(db, id), [
      { number: 1, duration_ms: 12, status: null, error: 'connection_refused' },
      { number: 2, duration_ms: null, status: null, error: null },
    ]);
  });

  test(`${name}: an attempt that its process did not live to record is marked interrupted by the next`, async (t) => {
    const db = await open(t);
    const { deliveries } = await buildRun(db);
    const { id } = await advanceToDelivering(db, pick(deliveries).id);
    t.is((await beginAttempt(db, id))?.attempt_count, 2);
    t.deepEqual(await listAttempts(db, id), [
      { number: 1, duration_ms: 0, status: null, error: 'interrupted' },
      { number: 2, duration_ms: null, status: null, error: null },
    ]);
  });

  test(`${name}: attempts begun at once get numbers of their own`, async (t) => {
    const db = await open(t);
    const { deliveries } = await buildRun(db);
    const { id } = pick(deliveries);
    const begun = await Promise.all(Array.from({ length: 5 }, () => beginAttempt(db, id)));
    t.deepEqual(begun.map((row) => row?.attempt_count ?? 0).sort(), [1, 2, 3, 4, 5]);
    t.is((await listAttempts(db, id)).length, 5);
  });

  test(`${name}: a waiting delivery gives no new attempt`, async (t) => {
    const db = await open(t);
    const { deliveries } = await buildRun(db, { webhooks: 2 });
    const waiting = await advanceToWaiting(db, pick(deliveries).id);
    t.deepEqual(await beginAttempt(db, waiting.id), { ...waiting, isOpened: false });
    t.is((await listAttempts(db, waiting.id)).length, 1);
  });

  test(`${name}: closed, skipped and cancelled deliveries give no new attempt, and none that is gone`, async (t) => {
    const db = await open(t);
    const { deliveries } = await buildRun(db, { webhooks: 2 });
    await advanceToClosed(db, pick(deliveries).id, 'failure');
    t.is((await beginAttempt(db, pick(deliveries).id))?.state, 'failure');
    t.is((await beginAttempt(db, pick(deliveries, 1).id))?.state, 'skipped');
    const canceled = await buildRun(db);
    await cancelRuns(db, { id: canceled.run.id });
    t.is((await beginAttempt(db, pick(canceled.deliveries).id))?.state, 'canceled');
    t.is(await beginAttempt(db, 'dlv_none'), undefined);
    t.is((await db('attempts').select('id')).length, 1);
  });

  test(`${name}: an attempt may close its delivery and with it the run`, async (t) => {
    const db = await open(t);
    const { run, deliveries } = await buildRun(db, { webhooks: 2 });
    const after = { kind: 'close', state: 'error', reason: 'gone' } as const;
    t.like(await attempt(db, pick(deliveries).id, { after }), { state: 'error', reason: 'gone', next_attempt: null });
    t.is((await findDelivery(db, pick(deliveries, 1).id))?.state, 'skipped');
    t.is((await findRunById(db, run.id))?.state, 'error');
  });

  const AFTERS = [
    { kind: 'wait', callbackDue: dueIn(1000) }, { kind: 'retry', at: dueIn(1000) }, { kind: 'close', state: 'error', reason: 'gone' },
  ] as const;
  for (const after of AFTERS) {
    test(`${name}: an early callback keeps its state when the answer then says ${after.kind}`, async (t) => {
      const db = await open(t);
      const { run, deliveries } = await buildRun(db, { webhooks: 2 });
      const { id } = await advanceToDelivering(db, pick(deliveries).id);
      await closeDelivery(db, describeCallback(id, 'success'));
      const standing = await finishAttempt(db, { deliveryId: id, number: 1, result: ANSWERED, after });
      t.like(standing, { state: 'success', reason: null, next_attempt: null, callback_due: null });
      t.is((await listAttempts(db, id))[0]?.status, 200);
      t.is((await findRunById(db, run.id))?.state, 'running');
    });
  }

  test(`${name}: an attempt that ends after a cancellation is recorded and changes nothing`, async (t) => {
    const db = await open(t);
    const { run, deliveries } = await buildRun(db);
    const { id } = await advanceToDelivering(db, pick(deliveries).id);
    await cancelRuns(db, { id: run.id });
    const standing = await finishAttempt(db, { deliveryId: id, number: 1, result: ANSWERED, after: { kind: 'close', state: 'success', reason: null } });
    t.is(standing?.state, 'canceled');
    t.is((await listAttempts(db, id))[0]?.status, 200);
    t.is((await findRunById(db, run.id))?.state, 'canceled');
  });

  test(`${name}: an attempt of a deleted delivery ends without an error`, async (t) => {
    const db = await open(t);
    t.is(await finishAttempt(db, { deliveryId: 'dlv_none', number: 1, result: ANSWERED, after: pick(AFTERS) }), undefined);
  });
}
