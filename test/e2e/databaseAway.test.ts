import test from 'ava';
import { setTimeout as wait } from 'node:timers/promises';
import { PLAIN } from '../faults/behaviours.js';
import { openDatabaseUnderFaults } from '../faults/database.js';
import { keepPushing } from '../faults/pusher.js';
import { Random } from '../faults/random.js';
import { Receivers } from '../faults/receivers.js';
import { Recorder } from '../faults/recorder.js';
import { openStage } from '../faults/stage.js';
import { Tenant } from '../faults/tenant.js';
import { judge } from '../faults/verdict.js';
import { openTargets } from '../faults/window.js';
import { destroyAll } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import { findPostgres } from '../helpers/postgresPrograms.js';
import { stopAll } from '../temporal/testServer.js';

const TITLE = 'PostgreSQL killed under load: clients are told 503 and when to come again, nothing is half-written, and the hub goes on unaided';
const PUSHERS = 4;
/** A machine under load starts processes slowly. */
const LIMIT_MS = 600_000;
/** Pushes before the blow, and after it. */
const ENOUGH = 5;

test.after.always(stopAll);
test.after.always(destroyAll);

const testWithPostgres = findPostgres() === undefined ? test.skip : test;

testWithPostgres(findPostgres() === undefined ? `${TITLE} (not run: there is no PostgreSQL)` : TITLE, async (t) => {
  t.timeout(LIMIT_MS);
  const database = await openDatabaseUnderFaults('postgres');
  t.teardown(() => database.close());
  const stage = await openStage('all-in-one', { database });
  t.teardown(() => stage.close());
  const recorder = new Recorder(new Set());
  const receivers = new Receivers(() => PLAIN, () => recorder);
  await receivers.open();
  t.teardown(() => receivers.close());
  const tenant = new Tenant(stage.url, 'admin', stage.password);
  await tenant.login();
  const targets = await openTargets([tenant], receivers, recorder);
  const stop = new AbortController();
  t.teardown(() => stop.abort());
  const random = new Random('a database that is away');
  const load = Array.from({ length: PUSHERS }, (_, index) =>
    keepPushing({ name: `p${index}`, random: random.fork(String(index)), targets, recorder, stop: stop.signal }));
  const accepted = () => recorder.close([]).pushes.filter((push) => push.accepted).length;
  await pollUntil('pushes', async () => accepted() >= ENOUGH);

  const fault = recorder.addFault('database killed', 1);
  await database.server?.kill();
  const path = `/v2/repositories/${targets[0]?.repository}/pushes/`;
  const told = await fetch(stage.url + path, { headers: tenant.headers });
  t.is(told.status, 503);
  t.like(await told.json(), { code: 'database_unavailable' });
  t.regex(told.headers.get('retry-after') ?? '', /^[1-9][0-9]*$/);
  t.is((await fetch(`${stage.url}/readyz`)).status, 503);
  await database.server?.start();
  fault.until = Date.now();

  const before = accepted();
  await pollUntil('pushes after the blow', async () => accepted() >= before + ENOUGH, 60_000);
  await stage.settle();
  stop.abort();
  await Promise.all(load);
  await pollUntil('the end of all runs', async () => {
    const open = await Promise.all(targets.map(({ repository }) => tenant.countOpen(repository)));
    return open.every((count) => count === 0) || wait(200, false);
  }, 120_000);
  await receivers.settle();
  const history = await Promise.all(targets.map(({ repository }) => tenant.read(repository)));
  t.deepEqual(judge(recorder.close(history)), []);
  for (const { pushes, runs } of history) t.is(pushes.length, runs.length);
});
