import { ApplicationFailure } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import type { ChainInput } from '../../workflows/contract.js';
import { pollUntil } from '../helpers/poll.js';
import { chainInput, createScript, FAILURE, startChain, SUCCESS, type Bench, type Script } from './bench.js';

/** A passage through the workflow that every later version must still replay. */
export interface Scenario {
  readonly name: string;
  readonly input: (runId: string) => ChainInput;
  readonly script: () => Script;
  /** Plays the receivers' and the owner's part. */
  readonly play: (handle: WorkflowHandle, script: Script) => Promise<void>;
}

async function answer(handle: WorkflowHandle, script: Script, id: string, outcome = SUCCESS): Promise<void> {
  await pollUntil(`delivery of ${id}`, async () => script.calls.some((call) => call.endsWith(` ${id}`)));
  await handle.signal('callback', { delivery_id: id, outcome });
}

/** A chain whose first tries are made inside its workflow tasks. */
function localInput(runId: string, length = 3): ChainInput {
  return { ...chainInput(runId, length), local_first: true };
}

async function end(handle: WorkflowHandle): Promise<void> {
  // How a workflow ends is for the tests to look at: a cancelled one ends by an error.
  await Promise.allSettled([handle.result()]);
}

/** Every try is a regular activity: runs of versions before 0.2, and with HOOKLINE_FAST_CALLBACK=0. */
const PLAIN_SCENARIOS: readonly Scenario[] = [
  {
    name: 'success-of-three',
    input: (id) => chainInput(id),
    script: () => createScript({}),
    async play(handle, script) {
      for (const id of ['dlv_1', 'dlv_2', 'dlv_3']) await answer(handle, script, id);
      await end(handle);
    },
  },
  {
    name: 'failure-at-two',
    input: (id) => chainInput(id),
    script: () => createScript({}),
    async play(handle, script) {
      await answer(handle, script, 'dlv_1');
      await answer(handle, script, 'dlv_2', FAILURE);
      await end(handle);
    },
  },
  {
    name: 'callback-timeout',
    input: (id) => chainInput(id),
    script: () => createScript({ deliver: () => ({ kind: 'waiting', timeout_ms: 1000 }) }),
    play: (handle) => end(handle),
  },
  {
    name: 'retries-then-success',
    input: (id) => chainInput(id, 1),
    script: () =>
      createScript({
        deliver(_id, attempt) {
          if (attempt > 2) return { kind: 'closed', outcome: SUCCESS };
          throw ApplicationFailure.create({ message: 'answered 503', type: 'AttemptFailed', nextRetryDelay: 50 });
        },
      }),
    play: (handle) => end(handle),
  },
  {
    name: 'cancel',
    input: (id) => chainInput(id),
    script: () => createScript({}),
    async play(handle, script) {
      await answer(handle, script, 'dlv_1');
      await pollUntil('the second delivery', async () => script.calls.includes('deliver dlv_2'));
      await handle.cancel();
      await end(handle);
    },
  },
  {
    name: 'early-callback',
    input: (id) => chainInput(id, 2),
    script: () => {
      // The first delivery fails and would be tried again in an hour; its callback comes meanwhile.
      return createScript({
        deliver(id) {
          if (id !== 'dlv_1') return { kind: 'closed', outcome: SUCCESS };
          throw ApplicationFailure.create({ message: 'answered 503', type: 'AttemptFailed', nextRetryDelay: '1h' });
        },
      });
    },
    async play(handle, script) {
      await answer(handle, script, 'dlv_1');
      await end(handle);
    },
  },
  {
    name: 'redelivery-from-failed',
    input: (id) => chainInput(id, 3, 1),
    script: () => createScript({}),
    async play(handle, script) {
      for (const id of ['dlv_2', 'dlv_3']) await answer(handle, script, id);
      await end(handle);
    },
  },
];

/** The same with first tries inside the workflow task: how it is for runs that start now. */
const LOCAL_SCENARIOS: readonly Scenario[] = [
  {
    name: 'local-success-of-three',
    input: (id) => localInput(id),
    script: () => createScript({ tryFirst: () => ({ kind: 'closed', outcome: SUCCESS }) }),
    play: (handle) => end(handle),
  },
  {
    name: 'local-failure-at-two',
    input: (id) => localInput(id),
    script: () => createScript({ tryFirst: (id) => ({ kind: 'closed', outcome: id === 'dlv_2' ? FAILURE : SUCCESS }) }),
    play: (handle) => end(handle),
  },
  {
    name: 'local-then-signal',
    input: (id) => localInput(id, 2),
    script: () => createScript({}),
    async play(handle, script) {
      for (const id of ['dlv_1', 'dlv_2']) await answer(handle, script, id);
      await end(handle);
    },
  },
  {
    name: 'local-then-timeout',
    input: (id) => localInput(id, 2),
    script: () => createScript({ tryFirst: () => ({ kind: 'waiting', timeout_ms: 1000 }) }),
    play: (handle) => end(handle),
  },
  {
    name: 'local-then-regular',
    input: (id) => localInput(id, 2),
    script: () =>
      createScript({
        tryFirst: (id) => (id === 'dlv_1' ? { kind: 'later' } : { kind: 'closed', outcome: SUCCESS }),
        deliver: () => ({ kind: 'closed', outcome: SUCCESS }),
      }),
    play: (handle) => end(handle),
  },
  {
    name: 'local-fault-of-ours',
    input: (id) => localInput(id, 1),
    script: () =>
      createScript({
        tryFirst() {
          throw ApplicationFailure.create({ message: 'the database is not available', type: 'HubFailed' });
        },
        deliver: () => ({ kind: 'closed', outcome: SUCCESS }),
      }),
    play: (handle) => end(handle),
  },
  {
    name: 'local-cancel',
    input: (id) => localInput(id),
    script: () => createScript({}),
    async play(handle, script) {
      await answer(handle, script, 'dlv_1');
      await pollUntil('the second delivery', async () => script.calls.includes('tryFirst dlv_2'));
      await handle.cancel();
      await end(handle);
    },
  },
];

/** In the words of the history: what a chain can go through. */
export const SCENARIOS: readonly Scenario[] = [...PLAIN_SCENARIOS, ...LOCAL_SCENARIOS];

/** Plays a scenario to its end; returns the handle of the closed workflow and what the activities saw. */
export async function playScenario(bench: Bench, scenario: Scenario): Promise<{ handle: WorkflowHandle; script: Script }> {
  const script = scenario.script();
  return bench.withWorker(script.activities, async (taskQueue) => {
    const handle = await startChain(bench.client, scenario.input(`run_${scenario.name}`), taskQueue);
    await scenario.play(handle, script);
    return { handle, script };
  });
}
