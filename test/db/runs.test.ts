import test from 'ava';
import { beginAttempt } from '../../db/attempts.js';
import { findChainById, updateChain } from '../../db/chains.js';
import type { Db } from '../../db/connection.js';
import { findCallback, listDeliveries } from '../../db/deliveries.js';
import { buildPush } from '../helpers/builders.js';
import { cancelRuns, clearFinalNotify, clearNotify, findRunById, insertRedelivery } from '../../db/runs.js';
import {
  advanceToClosed, advanceToWaiting, buildRun, DEFAULT_TIMEOUT_MS, describeWebhook, must, pick, type BuiltRun,
} from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';
import { pollUntil } from '../helpers/poll.js';

/** A run of three whose second webhook answered failure. */
async function buildFailedRun(db: Db): Promise<BuiltRun> {
  const built = await buildRun(db, { webhooks: [{}, { expect_callback: true, require_signed_callback: true }, {}] });
  await advanceToClosed(db, pick(built.deliveries).id);
  await advanceToClosed(db, pick(built.deliveries, 1).id, 'failure');
  return { ...built, deliveries: await listDeliveries(db, built.run.id) };
}

async function redeliverFailed(db: Db, { push, run, chain, deliveries }: BuiltRun) {
  const current = must(await findChainById(db, chain.id), 'a chain');
  const carried = deliveries.filter(({ state }) => state === 'success');
  return insertRedelivery(db, { push, chain: current, carried, redeliveryOf: run.id, defaultTimeoutMs: DEFAULT_TIMEOUT_MS });
}

for (const { name, open } of ENGINES) {
  test(`${name}: a cancelled run closes its open deliveries and leaves the closed ones`, async (t) => {
    const db = await open(t);
    const { run, deliveries } = await buildRun(db, { webhooks: 3 });
    await advanceToClosed(db, pick(deliveries).id);
    await advanceToWaiting(db, pick(deliveries, 1).id);
    t.deepEqual(await cancelRuns(db, { id: run.id }), [run.id]);
    const after = await listDeliveries(db, run.id);
    t.deepEqual(after.map(({ state, reason }) => [state, reason]), [['success', null], ['canceled', 'canceled'], ['canceled', 'canceled']]);
    t.true(after.every(({ finished }) => finished !== null));
    t.like(await findRunById(db, run.id), { state: 'canceled', notify: 'cancel' });
    t.truthy((await findRunById(db, run.id))?.finished);
  });

  test(`${name}: a run is cancelled once, and a closed one never`, async (t) => {
    const db = await open(t);
    const { run, deliveries } = await buildRun(db, { expect_final_callback: true });
    await advanceToClosed(db, pick(deliveries).id);
    t.deepEqual(await cancelRuns(db, { id: run.id }), []);
    t.is((await findRunById(db, run.id))?.state, 'success');
    const open2 = await buildRun(db);
    const counts = await Promise.all(Array.from({ length: 10 }, () => cancelRuns(db, { id: open2.run.id })));
    t.is(counts.flat().length, 1);
  });

  test(`${name}: cancelling by chain or repository leaves the others running`, async (t) => {
    const db = await open(t);
    const [mine, other] = [await buildRun(db), await buildRun(db)];
    await buildPush(db, { chain: mine.chain });
    t.is((await cancelRuns(db, { chain_id: mine.chain.id })).length, 2);
    t.is((await findRunById(db, other.run.id))?.state, 'queued');
    t.deepEqual(await cancelRuns(db, { repository_id: other.repository.id }), [other.run.id]);
  });

  test(`${name}: a redelivery from the start is a new run with fresh deliveries`, async (t) => {
    const db = await open(t);
    const { run, push, chain } = await buildFailedRun(db);
    const fresh = await insertRedelivery(db, { push, chain, redeliveryOf: run.id, defaultTimeoutMs: DEFAULT_TIMEOUT_MS });
    t.like(await findRunById(db, fresh.id), { redelivery_of: run.id, push_id: push.id, state: 'queued', finished: null });
    const deliveries = await listDeliveries(db, fresh.id);
    t.deepEqual(deliveries.map(({ state, carried_over_from }) => [state, carried_over_from]), Array.from({ length: 3 }, () => ['pending', null]));
    t.is((await findRunById(db, run.id))?.state, 'failure', 'the old run stays as it ended');
  });

  test(`${name}: a redelivery from the failed webhook carries results and callbacks over`, async (t) => {
    const db = await open(t);
    const built = await buildFailedRun(db);
    const fresh = await redeliverFailed(db, built);
    const deliveries = await listDeliveries(db, fresh.id);
    const first = pick(built.deliveries);
    t.deepEqual(deliveries.map(({ position, state, carried_over_from }) => [position, state, carried_over_from]), [
      [1, 'success', first.id], [2, 'pending', null], [3, 'pending', null],
    ]);
    t.like(pick(deliveries), { name: first.name, hook_url: first.hook_url, webhook_id: first.webhook_id, finished: first.finished, attempt_count: 0 });
    t.not(pick(deliveries).id, first.id);
    const [old, copied] = [await findCallback(db, first.id), await findCallback(db, pick(deliveries).id)];
    t.deepEqual(copied, { ...must(old, 'a callback'), delivery_id: pick(deliveries).id });
    t.is(await findCallback(db, pick(deliveries, 1).id), undefined);
    t.true(Boolean(pick(deliveries, 1).require_signed_callback));
  });

  test(`${name}: a second redelivery carries over what the first one carried`, async (t) => {
    const db = await open(t);
    const built = await buildFailedRun(db);
    const fresh = await redeliverFailed(db, built);
    const [carried, failing] = await listDeliveries(db, fresh.id);
    await advanceToClosed(db, must(failing, 'a delivery').id, 'error');
    const again = await redeliverFailed(db, { ...built, run: fresh, deliveries: await listDeliveries(db, fresh.id) });
    const [first] = await listDeliveries(db, again.id);
    t.is(first?.carried_over_from, carried?.id);
    t.is((await findCallback(db, must(first, 'a delivery').id))?.state, 'success');
  });

  test(`${name}: a redelivery takes the chain as it is now`, async (t) => {
    const db = await open(t);
    const built = await buildFailedRun(db);
    const { chain } = built;
    const moved = describeWebhook(2, { name: 'moved', hook_url: 'https://new.example/' });
    await updateChain(db, chain.id, {}, { kept: [pick(chain.webhooks)], added: [moved] });
    const deliveries = await listDeliveries(db, (await redeliverFailed(db, built)).id);
    t.deepEqual(deliveries.map(({ hook_url }) => hook_url), [pick(chain.webhooks).hook_url, 'https://new.example/']);
  });

  test(`${name}: what Temporal was told is forgotten, for a run that goes on only by its next attempt`, async (t) => {
    const db = await open(t);
    const { run, deliveries } = await buildRun(db, { webhooks: 2 });
    await advanceToClosed(db, pick(deliveries).id);
    await clearFinalNotify(db, run.id);
    t.is((await findRunById(db, run.id))?.notify, 'signal');
    await clearNotify(db, run.id);
    t.is((await findRunById(db, run.id))?.notify, null);
    await advanceToClosed(db, pick(deliveries, 1).id);
    t.is((await findRunById(db, run.id))?.notify, 'signal');
    await clearFinalNotify(db, run.id);
    t.is((await findRunById(db, run.id))?.notify, null);
  });

  test(`${name}: a cancellation that waited for the run is dated after the attempt that began meanwhile`, async (t) => {
    const db = await open(t);
    const { run, deliveries } = await buildRun(db);
    let canceling: Promise<string[]> | undefined;
    const started = await db.transaction(async (trx) => {
      await trx('runs').where({ id: run.id }).update({ updated: run.updated });
      canceling = cancelRuns(db, { id: run.id });
      const asked = Date.now();
      await pollUntil('a later moment', async () => Date.now() > asked + 1);
      await beginAttempt(trx, pick(deliveries).id);
      return must(await trx('attempts').first<{ started: string } | undefined>('started'), 'an attempt').started;
    });
    t.deepEqual(await canceling, [run.id]);
    const { finished } = must(await findRunById(db, run.id), 'the run');
    t.true((finished ?? '') >= started, `${String(finished)} is before ${started}`);
    t.is(pick(await listDeliveries(db, run.id)).finished, finished);
  });
}
