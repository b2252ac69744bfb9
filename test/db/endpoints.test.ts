import test from 'ava';
import { beginAttempt } from '../../db/attempts.js';
import type { Db } from '../../db/connection.js';
import { closeDelivery, findDelivery } from '../../db/deliveries.js';
import { claimProbe, recordFailure, recordSuccess, releaseProbe, resumeEndpoint, type EndpointColumns } from '../../db/endpoints.js';
import { advanceHeld, countHeld, holdDelivery, listPaused, listResumed } from '../../db/holds.js';
import { listQueuedRuns } from '../../db/outbox.js';
import { findRunById } from '../../db/runs.js';
import { attempt, buildChain, buildRun, dueIn, findEndpoint, must, pick, type BuiltRun } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

const PAST = '2020-01-01T00:00:00.000Z';
const PAUSE = { failures: 5, paused_since: PAST, paused_until: PAST, pause_reason: 'timeout' };

/** A paused webhook and runs of it. */
async function buildPaused(db: Db, runs = 1, pause: Partial<EndpointColumns> = PAUSE): Promise<{ webhookId: string; built: BuiltRun[]; ids: string[] }> {
  const chain = await buildChain(db);
  const built: BuiltRun[] = [];
  for (let count = 0; count < runs; count += 1) built.push(await buildRun(db, { of: chain }));
  const webhookId = pick(chain.webhooks).id;
  await recordFailure(db, webhookId, () => pause);
  return { webhookId, built, ids: built.map(({ deliveries }) => pick(deliveries).id) };
}

for (const { name, open } of ENGINES) {
  test(`${name}: a delivery finds its endpoint and whose call it is`, async (t) => {
    const db = await open(t);
    const { webhookId, built, ids } = await buildPaused(db);
    t.like(await findEndpoint(db, pick(ids)), { ...PAUSE, webhook_id: webhookId, repository_id: pick(built).repository.id });
    t.is(await findEndpoint(db, 'dlv_none'), undefined);
  });

  test(`${name}: of many that ask for the try of a paused endpoint one gets it, once the time has come`, async (t) => {
    const db = await open(t);
    const { webhookId, ids } = await buildPaused(db, 6);
    const now = new Date().toISOString();
    const claim = (deliveryId: string, at = now) => claimProbe(db, webhookId, { deliveryId, now: at, leaseEnd: dueIn(60_000) });
    t.false(await claim(pick(ids), '2019-01-01T00:00:00.000Z'), 'not before the end of the pause');
    const claims = await Promise.all(ids.map((id) => claim(id)));
    t.is(claims.filter(Boolean).length, 1);
    const winner = must(ids[claims.indexOf(true)], 'a winner');
    t.true(await claim(winner), 'its own claim is no obstacle');
    await releaseProbe(db, webhookId, 'dlv_other');
    t.false(await claim(must(ids.find((id) => id !== winner), 'another')));
    await releaseProbe(db, webhookId, winner);
    t.true(await claim(must(ids.find((id) => id !== winner), 'another')));
    t.true(await claim(winner, dueIn(120_000)), 'a claim ends by itself');
  });

  test(`${name}: failures at once are counted one by one, and a success forgets them and the pause`, async (t) => {
    const db = await open(t);
    const { webhookId, ids } = await buildPaused(db, 1, {});
    await Promise.all(Array.from({ length: 8 }, () => recordFailure(db, webhookId, ({ failures }) => ({ failures: failures + 1 }))));
    t.is((await findEndpoint(db, pick(ids)))?.failures, 8);
    await recordFailure(db, webhookId, () => PAUSE);
    t.true(await recordSuccess(db, webhookId));
    t.like(await findEndpoint(db, pick(ids)), { failures: 0, paused_since: null, paused_until: null, pause_reason: null, probe_delivery: null });
    t.false(await recordSuccess(db, webhookId));
    t.false(await resumeEndpoint(db, webhookId));
    t.is(await recordFailure(db, 'whk_none', () => PAUSE), undefined);
  });

  test(`${name}: a delivery that waits is in the history with the reason, its run is alive, and no attempt is opened`, async (t) => {
    const db = await open(t);
    const { built, ids } = await buildPaused(db);
    const until = dueIn(60_000);
    await holdDelivery(db, { deliveryId: pick(ids), until, held: true });
    const held = await findDelivery(db, pick(ids));
    t.like(held, { state: 'pending', reason: 'endpoint_paused', next_attempt: until, attempt_count: 0 });
    t.truthy(held?.held_since);
    t.is((await findRunById(db, pick(built).run.id))?.state, 'running');
    t.deepEqual(await listQueuedRuns(db, dueIn(1000), 10), [], 'the sweep does not start it again');
    await holdDelivery(db, { deliveryId: pick(ids), until: dueIn(90_000), held: true });
    t.is((await findDelivery(db, pick(ids)))?.held_since, held?.held_since, 'it has waited since the first time');
  });

  test(`${name}: a try keeps the time of the wait and is counted apart; an attempt of its own ends it`, async (t) => {
    const db = await open(t);
    const { ids: [id = ''] } = await buildPaused(db);
    await holdDelivery(db, { deliveryId: id, until: PAST, held: true });
    const tried = await beginAttempt(db, id, { isProbe: true });
    t.like(tried, { state: 'delivering', reason: null, next_attempt: null, attempt_count: 1, probe_count: 1 });
    t.truthy(tried?.held_since);
    t.like(await beginAttempt(db, id), { attempt_count: 2, probe_count: 1, held_since: null });
  });

  test(`${name}: a failed attempt that pauses its endpoint lets the delivery wait, with the reason`, async (t) => {
    const db = await open(t);
    const { ids: [id = ''] } = await buildPaused(db);
    const at = dueIn(60_000);
    t.like(await attempt(db, id, { after: { kind: 'retry', at, held: true } }), { state: 'delivering', reason: 'endpoint_paused', next_attempt: at });
    t.like(await attempt(db, id, { after: { kind: 'retry', at } }), { reason: null, held_since: null, next_attempt: at });
  });

  test(`${name}: a closed delivery is not held`, async (t) => {
    const db = await open(t);
    const { ids: [id = ''], webhookId } = await buildPaused(db);
    await holdDelivery(db, { deliveryId: id, until: dueIn(60_000), held: true });
    t.deepEqual([...(await countHeld(db, [webhookId]))], [[webhookId, 1]]);
    await closeDelivery(db, { id, state: 'error', reason: 'gone' });
    await holdDelivery(db, { deliveryId: id, until: dueIn(90_000), held: true });
    t.like(await findDelivery(db, id), { state: 'error', reason: 'gone', next_attempt: null });
    t.deepEqual([...(await countHeld(db, [webhookId]))], []);
  });

  test(`${name}: who still waits behind a pause that is over gets the turns that others leave`, async (t) => {
    const db = await open(t);
    const { ids, webhookId } = await buildPaused(db, 4);
    const waits = [5_000, 60_000, 70_000, 80_000];
    for (const [index, deliveryId] of ids.entries()) await holdDelivery(db, { deliveryId, until: dueIn(waits[index] ?? 0), held: true });
    const later = dueIn(10_000);
    t.deepEqual(await listResumed(db, later, 10), [], 'not while it is paused');
    await resumeEndpoint(db, webhookId);
    t.deepEqual(await listResumed(db, later, 10), [webhookId]);
    const times = [dueIn(0), dueIn(100), dueIn(200)];
    const advanced = await advanceHeld(db, webhookId, { later, times });
    t.deepEqual(advanced.map(({ id }) => id), [ids[1], ids[2]], 'one comes by then anyway, and takes one of three turns');
    t.is((await findDelivery(db, must(ids[1], 'a delivery')))?.next_attempt, times[1]);
    t.deepEqual(await advanceHeld(db, webhookId, { later, times }), [], 'all three turns are taken');
  });

  test(`${name}: paused endpoints of the hub, those paused longest first`, async (t) => {
    const db = await open(t);
    const { webhookId: newer } = await buildPaused(db, 1, { ...PAUSE, paused_since: '2021-01-01T00:00:00.000Z' });
    const { webhookId: older, built } = await buildPaused(db);
    await buildPaused(db, 1, { failures: 3 });
    const { count, rows } = await listPaused(db, { limit: 10, offset: 0 });
    t.is(count, 2);
    t.deepEqual(rows.map(({ id }) => id), [older, newer]);
    const { repository, chain } = pick(built);
    t.like(rows[0], { namespace: repository.namespace, repository: repository.name, slug: chain.slug, ...PAUSE });
    t.is((await listPaused(db, { limit: 1, offset: 1 })).rows[0]?.id, newer);
  });
}
