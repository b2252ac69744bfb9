import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import test, { type ExecutionContext } from 'ava';
import { summarize } from '../e2e/api.js';
import { HubProcess } from '../e2e/hubProcess.js';
import { buildScenario, HAPPY, QUIET, type Scenario } from '../e2e/scenario.js';
import { pollUntil } from '../helpers/poll.js';
import { findPostgres } from '../helpers/postgresPrograms.js';
import { findOnPath } from '../helpers/programs.js';
import { postCallback } from '../helpers/receiver.js';
import { openCluster, type ClusterHub } from './clusterHub.js';
import { isClusterThere } from './temporalServer.js';
import { createServerTls } from './tls.js';

const LIMIT_MS = 900_000;
const SLOW_MS = 120_000;
const NAMESPACE = 'hookline';
const ALL_GOOD = { state: 'success', deliveries: ['success', 'success', 'success'] };
/** Long enough for a callback that is sent at once on a busy machine, short enough to wait for. */
const FAST_CALLBACK = '5s';

const missing = [
  ...(findPostgres() === undefined ? ['PostgreSQL'] : []), ...(findOnPath('haproxy') === undefined ? ['haproxy'] : []),
  ...(isClusterThere() ? [] : ['temporal-server']),
];
/** Skipped, and its title says why, where a program is missing. */
function declare(title: string, body: (t: ExecutionContext) => Promise<void>): void {
  if (missing.length === 0) test.serial(title, body);
  else test.skip(`${title} (not run: there is no ${missing.join(', ')} on this machine)`, body);
}

let cluster: ClusterHub;
const opened: ClusterHub[] = [];
let connection: Connection | undefined;

test.before(async (t) => {
  t.timeout(LIMIT_MS);
  if (missing.length > 0) return;
  const tls = await createServerTls({ teardown: (clean) => cleanups.push(clean) });
  cluster = await openCluster({ shape: 'apart', tls, namespace: NAMESPACE });
  opened.push(cluster);
  connection = await Connection.connect({ address: cluster.temporal.address, tls: tls.client });
});

const cleanups: (() => Promise<void>)[] = [];

test.after.always(async () => {
  await connection?.close();
  for (const one of opened) await one.closeAll();
  for (const clean of cleanups) await clean();
});

declare('two APIs start together on an empty database; a process with other keys than theirs is refused in a sentence, whatever its role', async (t) => {
  t.timeout(LIMIT_MS);
  await Promise.all([cluster.start('api 1'), cluster.start('api 2')]);
  const { env, dataDir } = cluster.processes['worker 1'] ?? t.fail();
  for (const [role, kid, said] of [['worker', 'main', /"main" of this process is not the one/], ['api', 'else', /none of the secret keys .* \(main\)/]] as const) {
    const stranger = new HubProcess(`main.js ${role}`, { ...env, HOOKLINE_SECRET_KEYS: `${kid}:${randomBytes(32).toString('base64')}` }, dataDir);
    t.is(await stranger.start().ended(), 1);
    t.regex(stranger.output, said);
    t.regex(stranger.output, /Past one machine/);
  }
});

declare('APIs answer without any worker; workers and APIs that come and go lose nothing', async (t) => {
  t.timeout(LIMIT_MS);
  await cluster.api.login('admin', 'correct horse battery');
  const { repository, receiver, calls } = await buildScenario(t, cluster.api, [QUIET, QUIET, HAPPY]);
  const id = await repository.pushOnce({ tag: '1.0' });
  t.is((await repository.run(id)).state, 'queued', 'nobody works yet');
  await Promise.all([cluster.start('worker 1'), cluster.start('worker 2')]);
  await receiver(1).request(1, SLOW_MS);
  await cluster.processes['worker 1']?.kill('SIGKILL');
  await cluster.processes['worker 2']?.kill('SIGKILL');
  t.is((await receiver(1).callBack('success')).status, 200, 'answered with no worker anywhere');
  await cluster.start('worker 2');
  await receiver(2).request(1, SLOW_MS);
  await cluster.processes['api 1']?.kill('SIGKILL');
  const late = await pollUntil('an answer through the proxy', async () => receiver(2).callBack('success').catch(() => undefined), SLOW_MS);
  t.is(late.status, 200, 'the other API answers');
  t.deepEqual(summarize(await repository.waitForEnd(id, SLOW_MS)), ALL_GOOD);
  t.deepEqual(calls(), [1, 1, 1]);
  await Promise.all([cluster.start('api 1'), cluster.start('worker 1')]);
});

declare('temporal-server is killed and started again over PostgreSQL, which is killed too: pushes and callbacks are kept', async (t) => {
  t.timeout(LIMIT_MS);
  await cluster.settle();
  const { repository, receiver, calls } = await buildScenario(t, cluster.api, [QUIET, QUIET, HAPPY]);
  const id = await repository.pushOnce({ tag: '1.0' });
  await repository.waitForDelivery(id, 1, 'waiting');
  await cluster.temporal.kill('SIGKILL');
  t.is((await receiver(1).callBack('success')).status, 200, 'accepted while Temporal is away');
  const second = await repository.pushOnce({ tag: '2.0' });
  await cluster.postgres.kill('SIGKILL');
  await cluster.postgres.start();
  await cluster.temporal.prepareAgain();
  await cluster.temporal.start();
  for (const [nth, run] of [id, second].entries()) {
    if (nth === 1) t.is((await receiver(1).request(2, SLOW_MS)).payload.push_data.tag, '2.0');
    if (nth === 1) t.is((await receiver(1).callBack('success', 2)).status, 200);
    await receiver(2).request(nth + 1, SLOW_MS);
    const answer = await pollUntil('an answer', async () => receiver(2).callBack('success', nth + 1).then((one) => one.status < 500 && one, () => undefined), SLOW_MS);
    t.is(answer.status, 200);
    t.deepEqual(summarize(await repository.waitForEnd(run, SLOW_MS)), ALL_GOOD);
  }
  t.deepEqual(calls(), [2, 2, 2]);
});

declare('a callback that lands on the process that waits needs no signal, one that lands elsewhere goes by signal; the proxy finds who waits', async (t) => {
  t.timeout(LIMIT_MS);
  for (const one of Object.values(cluster.processes)) await one.stop();
  const pair = await openCluster({ shape: 'whole', beside: cluster, env: { HOOKLINE_FAST_CALLBACK: FAST_CALLBACK } });
  t.teardown(() => pair.close());
  await pair.startAll();
  await pair.settle();
  await pair.api.login('admin', 'correct horse battery');
  const nodeUrls = new Map([['a', pair.urlOf('all 1')], ['b', pair.urlOf('all 2')]]);
  const scenario = await buildScenario(t, pair.api, [QUIET], { chain: { expect_final_callback: true } });
  const ways: readonly [name: string, choose: (url: string) => string, signals: number][] = [
    ['to whoever waits', (url) => move(url, nodeUrls.get(readNode(url)) ?? ''), 0],
    ['through the proxy', (url) => url, 0],
    // The last one: whoever did not hear of the callback in its process does not wait for this receiver for a while.
    ['to the other one', (url) => move(url, nodeUrls.get(readNode(url) === 'a' ? 'b' : 'a') ?? ''), 1],
  ];
  for (const [nth, [name, choose, signals]] of ways.entries()) {
    t.is(await countSignals(t, scenario, { nth: nth + 1, choose }), signals, name);
  }
});

function readNode(url: string): string {
  return new URL(url).searchParams.get('node') ?? '';
}

function move(url: string, origin: string): string {
  const { pathname, search } = new URL(url);
  return origin + pathname + search;
}

/** Pushes, calls back at once by the chosen way, and answers how many signals the workflow got. */
async function countSignals(t: ExecutionContext, { repository, receiver }: Scenario, { nth, choose }: { nth: number; choose: (url: string) => string }): Promise<number> {
  const id = await repository.pushOnce({ tag: `${nth}.0` });
  const { payload } = await receiver(1).request(nth, SLOW_MS);
  t.is((await postCallback(choose(payload.callback_url), { state: 'success' })).status, 200);
  t.is((await repository.waitForEnd(id, SLOW_MS)).state, 'success');
  const handle = new Client({ ...(connection ? { connection } : {}), namespace: NAMESPACE }).workflow.getHandle(`run/${id}`);
  await pollUntil('the end of the workflow', async () => (await handle.describe()).status.name === 'COMPLETED', SLOW_MS);
  const { events } = await handle.fetchHistory();
  return (events ?? []).filter(({ workflowExecutionSignaledEventAttributes: signal }) => signal).length;
}
