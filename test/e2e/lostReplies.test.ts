import test, { type ExecutionContext } from 'ava';
import { OWN_FILE } from '../faults/database.js';
import { openStage, type Stage } from '../faults/stage.js';
import { destroyAll } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import { startLossyProxy, type LossyProxy } from '../helpers/tcpProxy.js';
import { stopAll } from '../temporal/testServer.js';
import { Api, summarize } from './api.js';
import { buildScenario, HAPPY, QUIET } from './scenario.js';
import { openClient } from './temporal.js';

const TWO_GOOD = { state: 'success', deliveries: ['success', 'success'] };

test.after.always(stopAll);
test.after.always(destroyAll);

/** A split hub whose API speaks to Temporal through a proxy that can lose the answers; the worker speaks directly. */
async function openLossy(t: ExecutionContext): Promise<{ stage: Stage; api: Api; proxy: LossyProxy }> {
  let proxy: LossyProxy | undefined;
  const via = async (port: number) => (proxy = await startLossyProxy(t, port)).address;
  const stage = await openStage('split', { database: OWN_FILE, via });
  t.teardown(() => stage.close());
  const api = new Api(stage.url);
  await api.login('admin', stage.password);
  if (!proxy) throw new Error('the API has not asked for its way to Temporal');
  return { stage, api, proxy };
}

/** How many signals Temporal has written into the history of a run. */
async function countSignals(stage: Stage, runId: string): Promise<number> {
  const { events } = await (await openClient(stage)).workflow.getHandle(`run/${runId}`).fetchHistory();
  return (events ?? []).filter(({ workflowExecutionSignaledEventAttributes: signal }) => signal).length;
}

test.serial('a start and a signal that reached Temporal and whose answers were lost are said again, and change nothing', async (t) => {
  const { stage, api, proxy } = await openLossy(t);
  const { repository, receiver, calls } = await buildScenario(t, api, [QUIET, HAPPY]);
  proxy.loseAnswers();
  const id = await repository.pushOnce();
  // The start went through: the worker, which Temporal answers, calls the first webhook.
  await repository.waitForDelivery(id, 1, 'waiting');
  t.true(proxy.passed > 0 && proxy.lost > 0, `${proxy.passed} bytes passed, ${proxy.lost} were lost`);
  proxy.recover();
  // The API takes a server that did not answer for away, for a moment.
  await pollUntil('Temporal in reach of the API', async () => (await api.ask<{ status: string }>('GET', '/readyz')).body.status === 'ok');
  proxy.loseAnswers();
  const before = proxy.lost;
  t.is((await receiver(1).callBack('success')).status, 200);
  t.true(proxy.lost > before);
  await pollUntil('the signal in the history', async () => (await countSignals(stage, id)) > 0);
  proxy.recover();
  const run = await repository.waitForEnd(id);
  t.deepEqual(summarize(run), TWO_GOOD);
  t.is((await receiver(1).callBack('success')).status, 200, 'what was accepted once is accepted again');
  t.deepEqual(calls(), [1, 1]);
  t.deepEqual(run.deliveries.map(({ attempts }) => attempts.length), [1, 1]);
});

test.serial('a callback before an answer that is a failure in the end is the outcome; the answer is on record, and nobody is called twice', async (t) => {
  const { api } = await openLossy(t);
  let release: (() => void) | undefined;
  const until = new Promise<void>((resolve) => { release = resolve; });
  const { repository, receiver, calls } = await buildScenario(t, api, [{ until, statuses: [500] }, HAPPY]);
  const id = await repository.pushOnce();
  t.is((await receiver(1).callBack('success')).status, 200);
  t.deepEqual(summarize(await repository.waitForEnd(id)), TWO_GOOD);
  release?.();
  const run = await repository.waitForRun(id, 'the late answer on record', ({ deliveries }) => deliveries[0]?.attempts[0]?.status === 500);
  t.deepEqual(summarize(run), TWO_GOOD);
  t.deepEqual(calls(), [1, 1]);
});
