import test from 'ava';
import { findLastClosed, listQueuedRuns, listRunningRuns, listUnnotifiedRuns, touchQueuedRuns } from '../../db/outbox.js';
import type { Db } from '../../db/connection.js';
import { listDeliveries } from '../../db/deliveries.js';
import { cancelRuns, clearNotify, findRunById, insertRedelivery } from '../../db/runs.js';
import { advanceToClosed, advanceToDelivering, buildRun, DEFAULT_TIMEOUT_MS, dueIn, pick } from '../helpers/builders.js';
import { ENGINES, listScans, openTestDatabase } from '../helpers/database.js';

/** Makes a run look as if nothing had happened to it since. */
async function leaveAlone(db: Db, id: string, since: string): Promise<void> {
  await db('runs').where({ id }).update({ updated: since });
}

const toIds = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);

for (const { name, open } of ENGINES) {
  test(`${name}: queued runs are found until a worker begins them, those left alone longest first`, async (t) => {
    const db = await open(t);
    const [a, b, c] = [await buildRun(db), await buildRun(db), await buildRun(db)];
    await leaveAlone(db, b.run.id, '2020-01-01T00:00:00.000Z');
    await leaveAlone(db, a.run.id, '2020-01-02T00:00:00.000Z');
    t.deepEqual(toIds(await listQueuedRuns(db, dueIn(1000), 10)), [b.run.id, a.run.id, c.run.id]);
    t.deepEqual(toIds(await listQueuedRuns(db, dueIn(1000), 1)), [b.run.id]);
    t.deepEqual(toIds(await listQueuedRuns(db, '2020-01-01T12:00:00.000Z', 10)), [b.run.id]);
    await advanceToDelivering(db, pick(b.deliveries).id);
    await cancelRuns(db, { id: a.run.id });
    t.deepEqual(toIds(await listQueuedRuns(db, dueIn(1000), 10)), [c.run.id]);
  });

  test(`${name}: what a clock that was ahead has dated in the future does not wait for that moment`, async (t) => {
    const db = await open(t);
    const [queued, running] = [await buildRun(db), await buildRun(db)];
    await advanceToClosed(db, pick(running.deliveries).id);
    await db('runs').where({ id: running.run.id }).update({ state: 'running', notify: 'signal' });
    const cutoff = dueIn(-1000);
    const list = async () => [...await listQueuedRuns(db, cutoff, 10), ...await listUnnotifiedRuns(db, cutoff, 10), ...await listRunningRuns(db, { cutoff, afterId: '', limit: 10 })];
    for (const { run } of [queued, running]) await leaveAlone(db, run.id, dueIn(1000));
    t.deepEqual(toIds(await list()), []);
    for (const { run } of [queued, running]) await leaveAlone(db, run.id, dueIn(3_600_000));
    t.deepEqual(toIds(await list()), [queued.run.id, running.run.id, running.run.id]);
  });

  test(`${name}: queued runs that were looked at come last, and runs that moved on meanwhile are left alone`, async (t) => {
    const db = await open(t);
    const [a, b, begun] = [await buildRun(db), await buildRun(db), await buildRun(db)];
    for (const { run } of [a, b, begun]) await leaveAlone(db, run.id, '2020-01-01T00:00:00.000Z');
    await db('runs').where({ id: begun.run.id }).update({ state: 'running' });
    await touchQueuedRuns(db, [a.run.id, begun.run.id]);
    await touchQueuedRuns(db, []);
    t.deepEqual(toIds(await listQueuedRuns(db, dueIn(1000), 10)), [b.run.id, a.run.id]);
    t.is((await findRunById(db, begun.run.id))?.updated, '2020-01-01T00:00:00.000Z');
  });

  test(`${name}: runs that Temporal was not told of are found until they are cleared`, async (t) => {
    const db = await open(t);
    const [signaled, canceled] = [await buildRun(db, { webhooks: 2 }), await buildRun(db)];
    await buildRun(db);
    await advanceToClosed(db, pick(signaled.deliveries).id);
    await cancelRuns(db, { id: canceled.run.id });
    const found = await listUnnotifiedRuns(db, dueIn(1000), 10);
    t.deepEqual(found.map(({ id, notify }) => [id, notify]).sort(), [[signaled.run.id, 'signal'], [canceled.run.id, 'cancel']].sort());
    t.deepEqual(await listUnnotifiedRuns(db, '2020-01-01T00:00:00.000Z', 10), []);
    await clearNotify(db, canceled.run.id);
    t.deepEqual(toIds(await listUnnotifiedRuns(db, dueIn(1000), 10)), [signaled.run.id]);
  });

  test(`${name}: the next attempt shows that Temporal knows, and takes the note away`, async (t) => {
    const db = await open(t);
    const { deliveries } = await buildRun(db, { webhooks: 2 });
    await advanceToClosed(db, pick(deliveries).id);
    await advanceToDelivering(db, pick(deliveries, 1).id);
    t.deepEqual(await listUnnotifiedRuns(db, dueIn(1000), 10), []);
  });

  test(`${name}: the audit goes through running runs in rounds`, async (t) => {
    const db = await open(t);
    const runs = [await buildRun(db), await buildRun(db), await buildRun(db)];
    await buildRun(db);
    for (const { deliveries } of runs) await advanceToDelivering(db, pick(deliveries).id);
    const [a, b, c] = runs.map(({ run }) => run.id);
    const first = await listRunningRuns(db, { cutoff: dueIn(1000), afterId: '', limit: 2 });
    t.deepEqual(toIds(first), [a, b]);
    t.deepEqual(toIds(await listRunningRuns(db, { cutoff: dueIn(1000), afterId: b ?? '', limit: 2 })), [c]);
    t.deepEqual(await listRunningRuns(db, { cutoff: '2020-01-01T00:00:00.000Z', afterId: '', limit: 2 }), []);
  });

  test(`${name}: the last closed delivery is the furthest one, skipped and carried ones aside`, async (t) => {
    const db = await open(t);
    const { run, chain, push, deliveries } = await buildRun(db, { webhooks: 3 });
    t.is(await findLastClosed(db, run.id), undefined);
    await advanceToClosed(db, pick(deliveries).id);
    t.is((await findLastClosed(db, run.id))?.position, 1);
    await advanceToClosed(db, pick(deliveries, 1).id, 'failure');
    t.is((await findLastClosed(db, run.id))?.position, 2);
    const carried = (await listDeliveries(db, run.id)).slice(0, 1);
    const fresh = await insertRedelivery(db, { push, chain, carried, redeliveryOf: run.id, defaultTimeoutMs: DEFAULT_TIMEOUT_MS });
    t.is(await findLastClosed(db, fresh.id), undefined);
  });
}

test('the sweep reads no run that is over: SQLite takes the partial indexes', async (t) => {
  const db = await openTestDatabase(t);
  const { asked, scans } = await listScans(db, ['runs'], async () => {
    await listQueuedRuns(db, dueIn(0), 10);
    await listUnnotifiedRuns(db, dueIn(0), 10);
    await listRunningRuns(db, { cutoff: dueIn(0), afterId: '', limit: 10 });
  });
  t.is(asked, 3);
  t.deepEqual(scans, []);
});
