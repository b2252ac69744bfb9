import { CancelledFailure, WorkflowFailedError } from '@temporalio/client';
import test from 'ava';
import { pollUntil } from '../helpers/poll.js';
import { stopAll } from '../temporal/testServer.js';
import { chainInput, createScript, FAILURE, startBench, startChain, SUCCESS, type Bench, type Script } from './bench.js';
import { playScenario, SCENARIOS } from './scenarios.js';

let bench: Bench & { close(): Promise<void> };
test.before(async () => {
  bench = await startBench();
});
test.after.always(async () => {
  await bench.close();
  await stopAll();
});

/** What the workflow asked for. A task that took too long is run again on a slow machine, and its first tries with it. */
function listAsked({ calls }: Script): string[] {
  return [...new Set(calls)];
}

function play(name: string) {
  const scenario = SCENARIOS.find((scenario) => scenario.name === name);
  if (!scenario) throw new Error(`no scenario ${name}`);
  return playScenario(bench, scenario);
}

test('success goes on to the next, in order, and the last answer ends the chain', async (t) => {
  const { handle, script } = await play('success-of-three');
  t.deepEqual(await handle.result(), SUCCESS);
  t.deepEqual(script.calls, ['deliver dlv_1', 'deliver dlv_2', 'deliver dlv_3']);
});

test('failure ends the chain: the third is never delivered, and the workflow itself completes', async (t) => {
  const { handle, script } = await play('failure-at-two');
  t.deepEqual(await handle.result(), FAILURE);
  t.deepEqual(script.calls, ['deliver dlv_1', 'deliver dlv_2']);
});

test('without a callback the delivery is closed, and what the database answers is the outcome', async (t) => {
  const { handle, script } = await play('callback-timeout');
  t.deepEqual(await handle.result(), { state: 'error', reason: 'callback_timeout' });
  t.deepEqual(script.calls, ['deliver dlv_1', 'close dlv_1']);
});

test('a callback that the database took a moment before the timeout is the outcome', async (t) => {
  const script = createScript({
    deliver: (id) => (id === 'dlv_1' ? { kind: 'waiting', timeout_ms: 1000 } : { kind: 'closed', outcome: SUCCESS }),
    close: () => SUCCESS,
  });
  const result = await bench.withWorker(script.activities, async (taskQueue) =>
    (await startChain(bench.client, chainInput('run_race', 2), taskQueue)).result(),
  );
  t.deepEqual(result, SUCCESS);
  t.deepEqual(script.calls, ['deliver dlv_1', 'close dlv_1', 'deliver dlv_2']);
});

test('failed attempts are repeated after the delay that they carry', async (t) => {
  const { handle, script } = await play('retries-then-success');
  t.deepEqual(await handle.result(), SUCCESS);
  t.is(script.calls.length, 3);
});

test('a callback between two attempts goes on at once', async (t) => {
  const { handle, script } = await play('early-callback');
  t.deepEqual(await handle.result(), SUCCESS);
  t.deepEqual(script.calls, ['deliver dlv_1', 'deliver dlv_2']);
});

test('a cancellation closes the run in the database and ends the workflow as canceled', async (t) => {
  const { handle, script } = await play('cancel');
  const error = await t.throwsAsync(handle.result(), { instanceOf: WorkflowFailedError });
  t.true(error.cause instanceof CancelledFailure);
  t.deepEqual(script.calls, ['deliver dlv_1', 'deliver dlv_2', 'cancel run_cancel']);
});

test('results carried over from an earlier run are not delivered again', async (t) => {
  const { handle, script } = await play('redelivery-from-failed');
  t.deepEqual(await handle.result(), SUCCESS);
  t.deepEqual(script.calls, ['deliver dlv_2', 'deliver dlv_3']);
});

test('the first answer of a delivery counts; repeated, foreign and later ones change nothing', async (t) => {
  const script = createScript({});
  const result = await bench.withWorker(script.activities, async (taskQueue) => {
    const handle = await startChain(bench.client, chainInput('run_repeats', 2), taskQueue);
    await pollUntil('the first delivery', async () => script.calls.includes('deliver dlv_1'));
    await handle.signal('callback', { delivery_id: 'dlv_unknown', outcome: FAILURE });
    for (const outcome of [SUCCESS, FAILURE]) await handle.signal('callback', { delivery_id: 'dlv_1', outcome });
    await pollUntil('the second delivery', async () => script.calls.includes('deliver dlv_2'));
    await handle.signal('callback', { delivery_id: 'dlv_1', outcome: FAILURE });
    await handle.signal('callback', { delivery_id: 'dlv_2', outcome: SUCCESS });
    return handle.result();
  });
  t.deepEqual(result, SUCCESS);
});

test('a callback that arrives before its delivery has begun is kept', async (t) => {
  const script = createScript({});
  const result = await bench.withWorker(script.activities, async (taskQueue) => {
    const handle = await startChain(bench.client, chainInput('run_ahead', 2), taskQueue);
    await handle.signal('callback', { delivery_id: 'dlv_2', outcome: SUCCESS });
    await handle.signal('callback', { delivery_id: 'dlv_1', outcome: SUCCESS });
    return handle.result();
  });
  t.deepEqual(result, SUCCESS);
});

test('first tries inside the workflow task that end at once are all that a chain needs', async (t) => {
  const { handle, script } = await play('local-success-of-three');
  t.deepEqual(await handle.result(), SUCCESS);
  t.deepEqual(listAsked(script), ['tryFirst dlv_1', 'tryFirst dlv_2', 'tryFirst dlv_3']);
});

test('a failure at the first try ends the chain', async (t) => {
  const { handle, script } = await play('local-failure-at-two');
  t.deepEqual(await handle.result(), FAILURE);
  t.deepEqual(listAsked(script), ['tryFirst dlv_1', 'tryFirst dlv_2']);
});

test('a callback that did not come at once comes as a signal', async (t) => {
  const { handle, script } = await play('local-then-signal');
  t.deepEqual(await handle.result(), SUCCESS);
  t.deepEqual(listAsked(script), ['tryFirst dlv_1', 'tryFirst dlv_2']);
});

test('a first try whose callback never comes is closed after the timeout', async (t) => {
  const { handle, script } = await play('local-then-timeout');
  t.deepEqual(await handle.result(), { state: 'error', reason: 'callback_timeout' });
  t.deepEqual(listAsked(script), ['tryFirst dlv_1', 'close dlv_1']);
});

test('what the first try leaves to later is the regular activity’s, and the next webhook is tried at once again', async (t) => {
  const { handle, script } = await play('local-then-regular');
  t.deepEqual(await handle.result(), SUCCESS);
  t.deepEqual(listAsked(script), ['tryFirst dlv_1', 'deliver dlv_1', 'tryFirst dlv_2']);
});

test('a fault of ours at the first try is the regular activity’s to repeat', async (t) => {
  const { handle, script } = await play('local-fault-of-ours');
  t.deepEqual(await handle.result(), SUCCESS);
  t.deepEqual(listAsked(script), ['tryFirst dlv_1', 'deliver dlv_1']);
});

test('a cancellation while a callback is awaited after a first try closes the run', async (t) => {
  const { handle, script } = await play('local-cancel');
  const error = await t.throwsAsync(handle.result(), { instanceOf: WorkflowFailedError });
  t.true(error.cause instanceof CancelledFailure);
  t.deepEqual(listAsked(script), ['tryFirst dlv_1', 'tryFirst dlv_2', 'cancel run_local-cancel']);
});

test('a waiting chain survives the loss of its worker', async (t) => {
  const script = createScript({});
  const settings: string[] = [];
  const handle = await bench.withWorker(script.activities, async (taskQueue) => {
    settings.push(taskQueue);
    const handle = await startChain(bench.client, chainInput('run_worker_lost', 1), taskQueue);
    await pollUntil('the delivery', async () => script.calls.includes('deliver dlv_1'));
    return handle;
  });
  await handle.signal('callback', { delivery_id: 'dlv_1', outcome: SUCCESS });
  const second = createScript({});
  await bench.withWorker(second.activities, async () => t.deepEqual(await handle.result(), SUCCESS), settings[0]);
  t.deepEqual(second.calls, []);
});
