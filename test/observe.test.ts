import test, { type ExecutionContext } from 'ava';
import { loadConfig } from '../config.js';
import { markInterrupted, beginAttempt } from '../db/attempts.js';
import { openDatabase, type Db } from '../db/connection.js';
import { cancelRuns } from '../db/runs.js';
import { openHouse, type House } from '../house.js';
import { createLog } from '../log.js';
import { observe } from '../observe.js';
import { HubProcess, destroy } from './e2e/hubProcess.js';
import { buildRun, dueIn, must, pick } from './helpers/builders.js';
import { readExposition } from './helpers/exposition.js';
import { pollUntil } from './helpers/poll.js';
import { freePort, tempDir } from './helpers/ports.js';

interface Observed {
  readonly house: House;
  read(): Promise<ReadonlyMap<string, number>>;
}

let observed: Observed;
let stop: () => Promise<void>;

async function scrape(port: number): Promise<ReadonlyMap<string, number>> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  if (answer.status !== 200) throw new Error(`the scrape was answered ${answer.status}`);
  return readExposition(await answer.text());
}

/** Once a figure is so: what was asked for is kept for a second. */
async function readUntil(what: string, isSo: (series: ReadonlyMap<string, number>) => boolean): Promise<ReadonlyMap<string, number>> {
  return pollUntil(what, async () => {
    const series = await observed.read();
    return isSo(series) && series;
  });
}

test.before(async () => {
  const port = await freePort();
  const config = loadConfig({ HOOKLINE_DATA_DIR: await tempDir(), HOOKLINE_METRICS_ADDRESS: `127.0.0.1:${port}` });
  const house = await openHouse(config, createLog('silent', 'test'));
  const observation = await observe(house, { role: 'worker', temporal: { isReachable: async () => false } });
  observed = { house, read: () => scrape(port) };
  stop = async () => {
    await observation.stop();
    await house.db.destroy();
  };
});
test.after.always(() => stop());

test.serial('what is open, interrupted and ended is seen, each end once', async (t) => {
  const { db } = observed.house;
  const [first, second] = [await buildRun(db), await buildRun(db)];
  await beginAttempt(db, pick(first.deliveries).id);
  t.is(await markInterrupted(db, dueIn(1000)), 1);
  const series = await readUntil('one run of each state', (all) => all.get('hookline_open_runs{state="running",age="1m"}') === 1);
  t.is(series.get('hookline_open_runs{state="queued",age="1m"}'), 1);
  t.true((series.get('hookline_oldest_queued_run_seconds') ?? 0) > 0);
  t.is(series.get('hookline_attempts_total{outcome="interrupted"}'), 1);
  t.is(series.get('hookline_temporal_reachable'), 0);
  await cancelRuns(db, { id: second.run.id });
  await cancelRuns(db, { id: second.run.id });
  const later = await readUntil('no queued run', (all) => all.get('hookline_open_runs{state="queued",age="1m"}') === 0);
  t.is(later.get('hookline_runs_ended_total{state="canceled"}'), 1);
  t.is(later.get('hookline_oldest_queued_run_seconds'), 0);
});

test.serial('the end of a run is told when its transaction is committed, and never where that is rolled back', async (t) => {
  const { db } = observed.house;
  const ended = async (): Promise<number> => (await observed.read()).get('hookline_runs_ended_total{state="canceled"}') ?? 0;
  const before = await ended();
  const { run } = await buildRun(db);
  const cancel = (fault?: Error) => db.transaction(async (db) => {
    await cancelRuns(db, { id: run.id });
    if (fault) throw fault;
  });
  await t.throwsAsync(() => cancel(new Error('rolled back')));
  t.is(await ended(), before);
  await cancel();
  t.is(await ended(), before + 1);
});

/** Holds the database so that nobody else writes. */
async function lock(t: ExecutionContext, url: string): Promise<Db> {
  const other = openDatabase(url);
  t.teardown(() => other.destroy());
  await other.raw('BEGIN IMMEDIATE');
  return other;
}

test.serial('a database that takes no writes leaves the rest of the scrape alone', async (t) => {
  const { config } = observed.house;
  await readUntil('a database that takes writes', (all) => all.get('hookline_database_writable') === 1);
  const other = await lock(t, config.databaseUrl);
  const series = await readUntil('a scrape without it', (all) => all.get('hookline_database_writable') !== 1);
  t.true(must(series.get('hookline_collect_failures_total{group="database"}'), 'the failure') >= 1);
  t.is(series.get('hookline_build_info{version="0.1.0",node="' + process.versions.node + '",role="worker"}'), 1);
  t.true(series.has('hookline_data_dir_free_bytes'));
  await other.raw('ROLLBACK');
  await readUntil('a database that takes writes again', (all) => all.get('hookline_database_writable') === 1);
});

test.serial('the worker alone offers its own metrics, without Temporal too', async (t) => {
  const [port, dataDir] = [await freePort(), await tempDir()];
  const env = {
    PATH: process.env['PATH'] ?? '', HOOKLINE_DATA_DIR: dataDir, HOOKLINE_METRICS_ADDRESS: `127.0.0.1:${port}`, TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`,
  };
  const worker = new HubProcess('activities/worker.js', env, dataDir);
  t.teardown(() => destroy(worker));
  worker.start();
  await worker.said('metrics are offered');
  const series = await scrape(port);
  t.true([...series.keys()].some((name) => name.startsWith('hookline_build_info') && name.includes('role="worker"')));
  t.is(series.get('hookline_temporal_reachable'), 0);
});
