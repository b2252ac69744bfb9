import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import test from 'ava';
import { startTraceReceiver } from '../helpers/otlp.js';
import { pollUntil } from '../helpers/poll.js';
import { startTracing } from '../../tracing.js';
import { stopAll } from '../temporal/testServer.js';
import { chainInput, createScript, startBench, startChain, SUCCESS, type Bench } from './bench.js';
import { playScenario, SCENARIOS } from './scenarios.js';

/** Those in which signals, timers and cancellations meet an activity that tracing schedules a moment later. */
const NAMES = ['success-of-three', 'callback-timeout', 'cancel', 'early-callback'];
const bundle = (name: string) => ({ codePath: fileURLToPath(new URL(`../../${name}.js`, import.meta.url)) });

test.after.always(stopAll);

/** The first activity is cancelled in the very activation that schedules it. */
async function answerBeforeStart(bench: Bench): Promise<WorkflowHandle> {
  const handle = await startChain(bench.client, chainInput('run_early', 2), 'early');
  await handle.signal('callback', { delivery_id: 'dlv_1', outcome: SUCCESS });
  const { activities } = createScript({ deliver: () => ({ kind: 'closed', outcome: SUCCESS }) });
  await bench.withWorker(activities, () => handle.result(), 'early');
  return handle;
}

test('what a worker with tracing recorded goes on under one without, and the other way round', async (t) => {
  const receiver = await startTraceReceiver(t);
  const onFault = (reason: string): void => t.log(reason);
  const tracing = startTracing({ endpoint: receiver.url, headers: {}, serviceName: 'test', role: 'worker', version: '0', onFault });
  const bench = await startBench();
  t.teardown(() => bench.close());
  const play = async (name: string, handle: WorkflowHandle): Promise<void> => {
    const history: unknown = JSON.parse(historyToJSON(await handle.fetchHistory()));
    t.regex(JSON.stringify(history), /_tracer-data/, 'it was traced');
    for (const code of ['workflows.bundle', 'workflows.traced.bundle']) {
      await t.notThrowsAsync(() => Worker.runReplayHistory({ workflowBundle: bundle(code) }, history, name), `${name} in ${code}`);
    }
  };
  for (const scenario of SCENARIOS.filter(({ name }) => NAMES.includes(name))) {
    await play(scenario.name, (await playScenario(bench, scenario)).handle);
  }
  await play('callback-before-the-start', await answerBeforeStart(bench));
  await tracing.stop();
  await pollUntil('the spans of the workflows', async () => receiver.spans.filter(({ name }) => name === 'RunWorkflow:chain').length >= NAMES.length);
});
