import test from 'ava';
import { findPosition, isAfter, isPostgres, listChanges, listLatestChanges, locateChanges, pruneChanges, type Change } from '../../db/changes.js';
import { signalChanges } from '../../db/changeSignal.js';
import type { Db } from '../../db/connection.js';
import { closeDelivery } from '../../db/deliveries.js';
import { cancelRuns } from '../../db/runs.js';
import { deleteRepository } from '../../db/repositories.js';
import { advanceToDelivering, advanceToWaiting, buildRun, describeCallback, pick } from '../helpers/builders.js';
import { countQueries, ENGINES } from '../helpers/database.js';
import { pollUntil } from '../helpers/poll.js';

const describe = (changes: readonly Change[]) => changes.map(({ kind, row_id }) => `${kind} ${row_id.slice(0, 4)}`);

/** What came after a position, once it is settled. */
async function waitForChanges(db: Db, after: Parameters<typeof listChanges>[1], count: number): Promise<Change[]> {
  return pollUntil(`${count} changes`, async () => {
    const changes = await listChanges(db, after, 100);
    return changes.length >= count && changes;
  });
}

/** A run, once its record is a settled change: on PostgreSQL whatever is under way on the server, for others too, keeps it waiting. */
async function buildSettledRun(db: Db) {
  const built = await buildRun(db);
  await pollUntil('the record of the run', async () => (await listLatestChanges(db, 10)).some(({ row_id }) => row_id === built.run.id));
  return built;
}

for (const { name: engine, open } of ENGINES) {
  test(`${engine}: every step of a run is noted in order, by the database itself`, async (t) => {
    const db = await open(t);
    const before = await findPosition(db);
    const { run, deliveries } = await buildRun(db, { webhooks: 2 });
    const [first, second] = [pick(deliveries), pick(deliveries, 1)];
    await advanceToWaiting(db, first.id);
    await closeDelivery(db, describeCallback(first.id, 'success'));
    await advanceToDelivering(db, second.id);
    await cancelRuns(db, { id: run.id });
    const changes = await waitForChanges(db, before, 12);
    // Transaction by transaction; in which order one writes its rows is its own affair.
    const steps = [
      ['run run_'],
      ['attempt att_', 'delivery dlv_', 'run run_'],
      ['attempt att_', 'delivery dlv_'],
      ['callback dlv_', 'delivery dlv_'],
      ['attempt att_', 'delivery dlv_'],
      ['delivery dlv_', 'run run_'],
    ];
    const left = describe(changes);
    t.deepEqual(steps.map(({ length }) => left.splice(0, length).sort()), steps);
    t.deepEqual(left, []);
    const located = await locateChanges(db, changes);
    t.deepEqual([...new Set(located.map(({ run_id, repository_id }) => `${run_id} ${repository_id}`))], [`${run.id} ${run.repository_id}`]);
    t.is(located.length, changes.length);
    for (const [index, change] of changes.slice(1).entries()) t.true(isAfter(change, pick(changes, index)));
    t.deepEqual(await listChanges(db, pick(changes, 3), 2), changes.slice(4, 6));
    t.deepEqual(await listLatestChanges(db, 4), changes.slice(-4));
    t.deepEqual(await listChanges(db, pick(changes, 11), 10), []);
  });

  test(`${engine}: what changes nothing that is shown is not noted, and no writer sends a statement more`, async (t) => {
    const db = await open(t);
    const { run } = await buildSettledRun(db);
    const before = await findPosition(db);
    const statements = await countQueries(db, async () => {
      await db('runs').where({ id: run.id }).update({ updated: 'x', notify: 'signal', state: run.state });
      await db('deliveries').where({ run_id: run.id }).update({ attempt_count: 0, state: 'pending' });
    });
    t.is(statements, 2);
    await db('runs').where({ id: run.id }).update({ state: 'running' });
    t.deepEqual(describe(await waitForChanges(db, before, 1)), ['run run_']);
  });

  test(`${engine}: changes of what is gone have no run, and what is rolled back has not changed`, async (t) => {
    const db = await open(t);
    const before = await findPosition(db);
    const { run } = await buildRun(db);
    await t.throwsAsync(db.transaction(async (db) => {
      await db('runs').where({ id: run.id }).update({ state: 'running' });
      throw new Error('rolled back');
    }));
    const changes = await waitForChanges(db, before, 1);
    t.is(changes.length, 1);
    await deleteRepository(db, run.repository_id);
    t.deepEqual(await locateChanges(db, changes), []);
  });

  test(`${engine}: old changes are forgotten, and no number is given twice`, async (t) => {
    const db = await open(t);
    const before = await findPosition(db);
    for (let count = 0; count < 4; count += 1) await buildRun(db);
    const changes = await waitForChanges(db, before, 4);
    t.is(await pruneChanges(db, 100), 0);
    t.is(await pruneChanges(db, 2), 2);
    t.deepEqual(await listChanges(db, before, 10), changes.slice(2));
    await pruneChanges(db, 0);
    await buildRun(db);
    t.is((await waitForChanges(db, pick(changes, 3), 1)).length, 1);
  });

  test(`${engine}: a signal comes for what another connection changes`, async (t) => {
    const db = await open(t);
    const faults: unknown[] = [];
    let looks = 0;
    const signal = signalChanges(db, () => { looks += 1; }, (error) => faults.push(error));
    t.teardown(() => signal.stop());
    await pollUntil('a look', async () => looks > 0);
    if (isPostgres(db)) await pollUntil('a watcher', async () => (await db('change_watchers').select('id')).length === 1);
    await buildRun(db);
    const seen = looks;
    await pollUntil('another look', async () => looks > seen);
    await signal.stop();
    if (isPostgres(db)) t.deepEqual(await db('change_watchers').select('id'), []);
    t.deepEqual(faults, []);
  });
}

const postgres = ENGINES.find(({ name }) => name === 'PostgreSQL');
if (postgres) {
  test('PostgreSQL: a change that is committed late is not overtaken by one that began after it', async (t) => {
    const db = await postgres.open(t);
    const [{ run: slow }, { run: quick }] = [await buildSettledRun(db), await buildSettledRun(db)];
    const before = await findPosition(db);
    const late = await db.transaction();
    t.teardown(async () => { if (!late.isCompleted()) await late.rollback(); });
    await late('runs').where({ id: slow.id }).update({ state: 'running' });
    await db('runs').where({ id: quick.id }).update({ state: 'running' });
    // Committed, and yet to be waited for: what is read behind it would never be looked for again.
    t.deepEqual(await listChanges(db, before, 10), []);
    await late.commit();
    const changes = await waitForChanges(db, before, 2);
    t.deepEqual(changes.map(({ row_id }) => row_id), [slow.id, quick.id]);
  });

  test('PostgreSQL: who listens is told at once, and a lost connection is opened anew', async (t) => {
    const db = await postgres.open(t);
    const listeners = recordListeners(db);
    const faults: unknown[] = [];
    const signal = signalChanges(db, () => undefined, (error) => faults.push(error));
    t.teardown(() => signal.stop());
    await pollUntil('a listener that is told', async () => (listeners[0]?.told ?? 0) > 0 || (await buildRun(db), false));
    await db.raw('SELECT pg_terminate_backend(?)', [listeners[0]?.pid ?? 0]);
    await pollUntil('another listener that is told', async () => (listeners[1]?.told ?? 0) > 0 || (await buildRun(db), false), 60_000);
    t.deepEqual(faults, []);
  });
}

interface Recorded {
  readonly pid: number;
  told: number;
}

/** The connections of this database that listen, and how often each was told. */
function recordListeners(db: Db): Recorded[] {
  const listeners: Recorded[] = [];
  const client = db.client as { acquireRawConnection(): Promise<{ processID: number; on(event: string, listener: () => void): unknown }> };
  const acquire = client.acquireRawConnection.bind(client);
  client.acquireRawConnection = async () => {
    const connection = await acquire();
    const on = connection.on.bind(connection);
    connection.on = (event, listener) => {
      if (event !== 'notification') return on(event, listener);
      const recorded: Recorded = { pid: connection.processID, told: 0 };
      listeners.push(recorded);
      return on(event, () => { recorded.told += 1; listener(); });
    };
    return connection;
  };
  return listeners;
}
