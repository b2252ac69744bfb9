import test from 'ava';
import { beginAttempt, finishAttempt } from '../../db/attempts.js';
import type { Db } from '../../db/connection.js';
import { countDueChecks, countOpenRuns, countOverdueRuns, countPausedEndpoints } from '../../db/gauges.js';
import { insertCheck } from '../../db/registryChecks.js';
import { cancelRuns } from '../../db/runs.js';
import { advanceToWaiting, ANSWERED, buildRun, dueIn, pick } from '../helpers/builders.js';
import { ENGINES, listScans, openTestDatabase } from '../helpers/database.js';

const HOUR = 3_600_000;

async function age(db: Db, id: string, ms: number): Promise<void> {
  await db('runs').where({ id }).update({ created: new Date(Date.now() - ms).toISOString() });
}

for (const engine of ENGINES) {
  test(`${engine.name}: open runs are counted by state and age, those that are over are not`, async (t) => {
    const db = await engine.open(t);
    t.deepEqual(await countOpenRuns(db), []);
    const [old, fresh, running, over] = [await buildRun(db), await buildRun(db), await buildRun(db, { webhooks: 2 }), await buildRun(db)];
    await age(db, old.run.id, 2 * HOUR);
    await advanceToWaiting(db, pick(running.deliveries).id);
    await age(db, running.run.id, 90 * 86_400_000);
    await cancelRuns(db, { id: over.run.id });
    const counted = (await countOpenRuns(db)).map(({ state, age, count }) => [state, age, count]);
    t.deepEqual(counted.sort(), [['queued', '1m', 1], ['queued', '6h', 1], ['running', 'older', 1]]);
    const oldest = (await countOpenRuns(db)).find(({ age }) => age === '6h')?.oldest ?? '';
    t.true(Date.parse(oldest) <= Date.now() - 2 * HOUR);
    t.is((await countOpenRuns(db)).find(({ age }) => age === '1m')?.oldest, fresh.run.created);
  });

  test(`${engine.name}: a run is overdue when its callback or its next attempt did not come about`, async (t) => {
    const db = await engine.open(t);
    const [waiting, trying] = [await buildRun(db, { webhooks: 2 }), await buildRun(db)];
    await advanceToWaiting(db, pick(waiting.deliveries).id);
    const { id } = pick(trying.deliveries);
    await beginAttempt(db, id);
    await finishAttempt(db, { deliveryId: id, number: 1, result: { ...ANSWERED, status: 503 }, after: { kind: 'retry', at: dueIn(1000) } });
    t.is(await countOverdueRuns(db), 0);
    t.is(await countOverdueRuns(db, Date.now() + 62_000), 1);
    t.is(await countOverdueRuns(db, Date.now() + 90 * 86_400_000), 2);
  });

  test(`${engine.name}: webhooks whose endpoint is paused are counted`, async (t) => {
    const db = await engine.open(t);
    const { chain } = await buildRun(db, { webhooks: 2 });
    t.is(await countPausedEndpoints(db), 0);
    await db('webhooks').where({ id: pick(chain.webhooks).id }).update({ paused_since: dueIn(0), paused_until: dueIn(HOUR) });
    t.is(await countPausedEndpoints(db), 1);
  });

  test(`${engine.name}: the looks into the registry that are due are counted`, async (t) => {
    const db = await engine.open(t);
    const { repository } = await buildRun(db);
    await insertCheck(db, { repository_id: repository.id, tag: 'v1', push_id: null });
    t.is(await countDueChecks(db, Date.now() + 1000), 1);
    t.is(await countDueChecks(db, Date.now() - HOUR), 0);
  });
}

test('every question is served by an index, however long the history', async (t) => {
  const db = await openTestDatabase(t);
  const tables = ['runs', 'deliveries', 'registry_checks', 'webhooks'];
  const { asked, scans } = await listScans(db, tables, () => Promise.all([countOpenRuns(db), countOverdueRuns(db), countDueChecks(db), countPausedEndpoints(db)]));
  t.is(asked, 6);
  t.deepEqual(scans, []);
});
