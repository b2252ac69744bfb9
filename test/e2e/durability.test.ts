import { once } from 'node:events';
import { copyFile, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import test from 'ava';
import { listFaults, startHub, startRefused, startSplitHub, WORKER_RUNS } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import { tempDir } from '../helpers/ports.js';
import { isAlive, stopAll } from '../temporal/testServer.js';
import { summarize, type PushView } from './api.js';
import { buildScenario, HAPPY, QUIET } from './scenario.js';
import { START_TIMER, StrayWorker, type Astray } from './strayWorker.js';
import { openClient, waitForStatus } from './temporal.js';

/** What a caller may wait while Temporal is away, in milliseconds. */
const AT_ONCE = 5000;
const TWO_GOOD = { state: 'success', deliveries: ['success', 'success'] };

test.after.always(stopAll);

/** Temporal's file with what stands beside it, while nobody has it open; what was there is gone. */
async function copyTemporal(from: string, to: string): Promise<void> {
  for (const name of await readdir(to)) if (name.startsWith('temporal.db')) await rm(join(to, name));
  for (const name of await readdir(from)) if (name.startsWith('temporal.db')) await copyFile(join(from, name), join(to, name));
}

/** What of the kinds of events stands in the history of a run. */
async function listEvents(hub: { temporalAddress: string }, runId: string): Promise<string[]> {
  const { events } = await (await openClient(hub)).workflow.getHandle(`run/${runId}`).fetchHistory();
  return (events ?? []).flatMap((event) => Object.keys(event).filter((key) => key.endsWith('Attributes')));
}

/** What came of `action` and how long it took, in milliseconds. */
async function measure<T>(action: () => Promise<T>): Promise<{ value: T; ms: number }> {
  const started = performance.now();
  return { value: await action(), ms: performance.now() - started };
}

test.serial('a hub killed by SIGKILL in the middle of a wait goes on after its restart, and calls nobody twice', async (t) => {
  const hub = await startHub(t);
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  await hub.process.kill('SIGKILL');
  await hub.restart();
  t.is((await receiver(1).callBack('success')).status, 200);
  t.deepEqual(summarize(await repository.waitForEnd(id)), TWO_GOOD);
  t.deepEqual(calls(), [1, 1]);
});

test.serial('a hub killed by SIGKILL in the middle of a call takes the callback after its restart and goes on at once', async (t) => {
  const hub = await startHub(t);
  const never = new Promise<void>(() => undefined);
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [{ until: never }, HAPPY]);
  const id = await repository.pushOnce();
  await receiver(1).request();
  await hub.process.kill('SIGKILL');
  await hub.restart();
  t.is((await receiver(1).callBack('success')).status, 200);
  t.deepEqual(summarize(await repository.waitForEnd(id)), TWO_GOOD);
  t.deepEqual(calls(), [1, 1]);
});

test.serial('callbacks are taken while the worker is down, and the chain goes on when it is back', async (t) => {
  const hub = await startSplitHub(t);
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  await hub.worker.kill('SIGKILL');
  const answer = await measure(() => receiver(1).callBack('success'));
  t.is(answer.value.status, 200);
  t.true(answer.ms < AT_ONCE, `${answer.ms} ms`);
  t.deepEqual(calls(), [1, 0, 0]);
  hub.worker.start();
  await repository.waitForDelivery(id, 2, 'waiting');
  await hub.worker.said(WORKER_RUNS);
  await hub.worker.stop();
  t.is((await receiver(2).callBack('success')).status, 200);
  hub.worker.start();
  t.deepEqual(summarize(await repository.waitForEnd(id)), { state: 'success', deliveries: ['success', 'success', 'success'] });
  t.deepEqual(calls(), [1, 1, 1]);
});

test.serial('Temporal killed by SIGKILL in the middle of a wait is started again by the hub, and the chain completes', async (t) => {
  const hub = await startHub(t);
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, QUIET]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  const pid = hub.temporalPid() ?? 0;
  process.kill(pid, 'SIGKILL');
  await pollUntil('the end of Temporal', async () => !isAlive(pid));
  const answer = await measure(() => receiver(1).callBack('success'));
  t.is(answer.value.status, 200, 'the callback is taken while Temporal is down');
  t.true(answer.ms < AT_ONCE, `${answer.ms} ms`);
  // A callback that came at once may have taken the chain on before Temporal was back: the rows carry it.
  await repository.waitForDelivery(id, 2, 'waiting');
  await pollUntil('another Temporal', async () => ![pid, undefined].includes(hub.temporalPid()));
  t.is((await receiver(2).callBack('success')).status, 200);
  t.deepEqual(summarize(await repository.waitForEnd(id)), TWO_GOOD);
  t.deepEqual(calls(), [1, 1]);
});

test.serial('while Temporal is away pushes and callbacks are taken at once, readyz is degraded, and all completes later', async (t) => {
  const hub = await startSplitHub(t);
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const open = await repository.pushOnce();
  await repository.waitForDelivery(open, 1, 'waiting');
  await hub.temporal.stop();
  const callback = await measure(() => receiver(1).callBack('success'));
  t.is(callback.value.status, 200);
  t.true(callback.ms < AT_ONCE, `callback: ${callback.ms} ms`);
  const path = `${repository.path}/pushes/`;
  const push = await measure(() => hub.api.ask<PushView>('POST', path, { tag: 'meanwhile' }));
  t.is(push.value.status, 202);
  t.true(push.ms < AT_ONCE, `push: ${push.ms} ms`);
  await hub.waitReady('degraded');
  const ready = await measure(() => hub.api.ask('GET', '/readyz'));
  t.true(ready.ms < AT_ONCE, `readyz: ${ready.ms} ms`);
  t.like(ready.value, { status: 200, body: { status: 'degraded', database: 'ok', temporal: 'away' } });
  const pushed = push.value.body.runs[0]?.id ?? '';
  t.is((await repository.run(pushed)).state, 'queued');
  await hub.temporal.start();
  t.deepEqual(summarize(await repository.waitForEnd(open)), TWO_GOOD);
  t.is((await receiver(1).callBack('success', 2)).status, 200);
  t.deepEqual(summarize(await repository.waitForEnd(pushed)), TWO_GOOD);
  t.deepEqual(calls(), [2, 2]);
  await hub.waitReady('ok');
  for (const { output } of [hub.server, hub.worker]) t.deepEqual(listFaults(output), []);
});

test.serial('an API and a worker that start while Temporal is away take a push, and run it when Temporal comes', async (t) => {
  const hub = await startSplitHub(t);
  const { repository, calls } = await buildScenario(t, hub.api, [HAPPY, HAPPY]);
  await hub.server.stop();
  await hub.worker.stop();
  await hub.temporal.stop();
  hub.server.start();
  hub.worker.start();
  await hub.waitReady('degraded');
  const id = await repository.pushOnce();
  await hub.temporal.start();
  t.deepEqual(summarize(await repository.waitForEnd(id)), TWO_GOOD);
  t.deepEqual(calls(), [1, 1]);
});

test.serial('a cancellation while Temporal is away ends the run at once and its workflow later', async (t) => {
  const hub = await startSplitHub(t);
  const { repository, calls } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  await hub.temporal.stop();
  const canceled = await measure(() => repository.cancel(id));
  t.is(canceled.value.body.state, 'canceled');
  t.true(canceled.ms < AT_ONCE, `${canceled.ms} ms`);
  await hub.temporal.start();
  await waitForStatus(hub, id, 'CANCELLED');
  t.deepEqual(calls(), [1, 0]);
});

test.serial('when Temporal has lost its data open runs go on, and what was closed is not sent again', async (t) => {
  const hub = await startSplitHub(t);
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [HAPPY, QUIET, HAPPY]);
  const over = await repository.pushOnce();
  await receiver(2).callBack('success');
  await repository.waitForEnd(over);
  const open = await repository.pushOnce();
  await repository.waitForDelivery(open, 2, 'waiting');
  await hub.temporal.stop();
  const files = (await readdir(hub.dataDir)).filter((name) => name.startsWith('temporal.db'));
  t.true(files.includes('temporal.db'));
  for (const name of files) await rm(join(hub.dataDir, name));
  await hub.temporal.start();
  t.is((await receiver(2).callBack('success', 2)).status, 200);
  const run = await repository.waitForEnd(open, 60_000);
  t.deepEqual(summarize(run), { state: 'success', deliveries: ['success', 'success', 'success'] });
  t.deepEqual(calls(), [2, 2, 2]);
  await waitForStatus(hub, open, 'COMPLETED');
});

test.serial('when Temporal is rolled back by several callbacks the chain goes on from what the database holds', async (t) => {
  const hub = await startSplitHub(t);
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, QUIET, QUIET, QUIET]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  // The workflow's own wait, not only the row, is in the copy.
  await pollUntil('the wait of the workflow', async () => (await listEvents(hub, id)).includes('timerStartedEventAttributes'));
  const older = await tempDir(t);
  await hub.temporal.stop();
  await copyTemporal(hub.dataDir, older);
  await hub.temporal.start();
  for (const nth of [1, 2]) {
    await receiver(nth).callBack('success');
    await repository.waitForDelivery(id, nth + 1, 'waiting');
  }
  await hub.temporal.stop();
  await copyTemporal(older, hub.dataDir);
  await hub.temporal.start();
  for (const nth of [3, 4]) t.is((await receiver(nth).callBack('success')).status, 200);
  t.deepEqual(summarize(await repository.waitForEnd(id, 120_000)), { state: 'success', deliveries: ['success', 'success', 'success', 'success'] });
  t.deepEqual(calls(), [1, 1, 1, 1]);
});

test.serial('a workflow that somebody terminates in Temporal closes its run as workflow_terminated', async (t) => {
  const hub = await startHub(t);
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  await (await openClient(hub)).workflow.getHandle(`run/${id}`).terminate('by hand');
  const run = await repository.waitForEnd(id);
  t.deepEqual(summarize(run), { state: 'error', deliveries: ['error workflow_terminated', 'skipped chain_interrupted'] });
  t.is((await receiver(1).callBack('success')).status, 410);
  t.deepEqual(calls(), [1, 0]);
});

test.serial('a workflow that somebody cancels in Temporal closes its run as canceled', async (t) => {
  const hub = await startHub(t);
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  await (await openClient(hub)).workflow.getHandle(`run/${id}`).cancel();
  const run = await repository.waitForEnd(id);
  t.deepEqual(summarize(run), { state: 'canceled', deliveries: ['canceled canceled', 'canceled canceled'] });
  await waitForStatus(hub, id, 'CANCELLED');
  t.is((await receiver(1).callBack('success')).status, 410);
  t.deepEqual(calls(), [1, 0]);
});

test.serial('a second hub on the same data directory is refused in a sentence, and the first goes on', async (t) => {
  const hub = await startHub(t);
  const { code, output } = await startRefused(t, { dataDir: hub.dataDir });
  t.true(typeof code === 'number' && code !== 0);
  t.regex(output, /Another Hookline \(process \d+\) already serves .*: stop it first, or set HOOKLINE_DATA_DIR\./);
  t.true(output.includes(`process ${hub.process.pid}`));
  t.deepEqual(listFaults(output), []);
  const { repository } = await buildScenario(t, hub.api, [HAPPY, HAPPY]);
  t.deepEqual(summarize(await repository.waitForEnd(await repository.pushOnce())), TWO_GOOD);
});

test.serial('a hub whose HTTP port is taken says so in one sentence and leaves no Temporal behind', async (t) => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.teardown(() => listener.close());
  const { port } = listener.address() as AddressInfo;
  const { code, output } = await startRefused(t, { httpPort: port });
  t.true(typeof code === 'number' && code !== 0);
  t.true(output.trimEnd().endsWith(`The address 127.0.0.1:${port} is in use: stop what listens there, or set HOOKLINE_ADDRESS.`), output);
  t.deepEqual(listFaults(output), []);
});

test.serial('SIGTERM under load ends the hub with 0, and what it had accepted completes after the next start', async (t) => {
  const hub = await startHub(t);
  const { repository } = await buildScenario(t, hub.api, [HAPPY, HAPPY]);
  const accepted: string[] = [];
  const pushOn = async () => {
    for (;;) accepted.push(await repository.pushOnce());
  };
  const refused = Promise.allSettled([pushOn(), pushOn(), pushOn(), pushOn()]);
  await pollUntil('some accepted pushes', async () => accepted.length >= 10);
  await hub.process.stop();
  await refused;
  t.deepEqual(listFaults(hub.process.output), []);
  t.false(isAlive(hub.temporalPid() ?? 0) && hub.temporalPid() !== undefined, 'its Temporal is gone too');
  await hub.restart();
  for (const id of accepted) t.deepEqual(summarize(await repository.waitForEnd(id, 60_000)), TWO_GOOD);
});

/** What a worker that remembers more than Temporal does with an answer, and what becomes of the workflow. */
const ASTRAY: Readonly<Record<string, Astray>> = {
  'has a history that no replay gets past': { commands: [START_TIMER], keeps: false },
  'waits for what never comes': { commands: [], keeps: true },
};

for (const [what, astray] of Object.entries(ASTRAY)) {
  test.serial(`a workflow that ${what}, as after a roll-back beneath a worker that remembers more, begins anew from the rows`, async (t) => {
    const hub = await startSplitHub(t);
    const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
    const id = await repository.pushOnce();
    await repository.waitForDelivery(id, 1, 'waiting');
    await pollUntil('the wait of the workflow', async () => (await listEvents(hub, id)).includes('timerStartedEventAttributes'));
    await hub.worker.stop();
    t.is((await receiver(1).callBack('success')).status, 200);
    const stray = new StrayWorker(await openClient(hub), astray);
    t.teardown(() => stray.stop());
    await stray.answerFirst();
    hub.worker.start();
    t.deepEqual(summarize(await repository.waitForEnd(id, 150_000)), TWO_GOOD);
    await waitForStatus(hub, id, 'COMPLETED', 150_000);
    t.deepEqual(calls(), [1, 1]);
    t.regex(hub.worker.output, /has lost its way and begins anew/);
  });
}

test.serial('when Temporal is rolled back to before the end of runs, their workflows end again, and nobody is called', async (t) => {
  const hub = await startSplitHub(t);
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, QUIET]);
  const runs: string[] = [];
  for (let nth = 1; nth <= 3; nth += 1) {
    const id = await repository.pushOnce();
    runs.push(id);
    await repository.waitForDelivery(id, 1, 'waiting');
    await pollUntil('the wait of the workflow', async () => (await listEvents(hub, id)).includes('timerStartedEventAttributes'));
  }
  const [over = '', failed = '', canceled = ''] = runs;
  const older = await tempDir(t);
  await hub.temporal.stop();
  await copyTemporal(hub.dataDir, older);
  await hub.temporal.start();
  await receiver(1).callBack('success', 1);
  await receiver(2).callBack('success');
  await receiver(1).callBack('failure', 2);
  await repository.cancel(canceled);
  const statuses = [[over, 'COMPLETED'], [failed, 'COMPLETED'], [canceled, 'CANCELLED']] as const;
  for (const [id, status] of statuses) await waitForStatus(hub, id, status);
  await hub.temporal.stop();
  await copyTemporal(older, hub.dataDir);
  await hub.temporal.start();
  for (const [id, status] of statuses) await waitForStatus(hub, id, status, 150_000);
  t.deepEqual(calls(), [3, 1]);
  t.deepEqual(await (await openClient(hub)).workflow.getHandle(`run/${failed}`).result(), { state: 'failure', reason: 'callback' });
});
