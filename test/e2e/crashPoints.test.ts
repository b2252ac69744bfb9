import test from 'ava';
import type { Crossing } from '../../crossings.js';
import type { Behaviour } from '../faults/behaviours.js';
import { CrashStage } from '../faults/crashStage.js';
import type { PushEntry } from '../faults/logs.js';
import type { Topology } from '../faults/stage.js';
import { destroyAll } from '../helpers/hub.js';
import { stopAll } from '../temporal/testServer.js';
import { openClient, waitForStatus } from './temporal.js';

/** One window between two steps that no transaction joins: the process dies there, and the hub makes good for it. */
interface Window {
  readonly at: Crossing;
  /** Which process passes there, where the hub is split. */
  readonly dies: 'api' | 'worker';
  /** What makes it pass; by default a push whose receivers call back. */
  readonly act?: (crash: CrashStage, entry: PushEntry, runId: string) => Promise<unknown>;
  readonly behaviours?: readonly Partial<Behaviour>[];
  readonly isBrisk?: boolean;
  /** Ends another process first, at another crossing: what the sweep makes good must have happened. */
  readonly after?: Crossing;
  readonly ends: string;
  readonly calls: readonly number[];
  readonly workflow: 'COMPLETED' | 'CANCELLED';
}

const SUCCESS = { ends: 'success', calls: [1, 1], workflow: 'COMPLETED' } as const;
const CANCELED = { ends: 'canceled', calls: [1, 0], workflow: 'CANCELLED' } as const;
const QUIET = [{ callback: 'never' }] as const;

const callBack: Window['act'] = (crash, entry) => crash.callBack(entry);
const cancel: Window['act'] = (crash, entry, runId) => crash.cancel(entry, runId);
const cancelInTemporal: Window['act'] = async (crash, entry, runId) => {
  entry.canceled = {};
  return (await openClient(crash.stage)).workflow.getHandle(`run/${runId}`).cancel();
};

const WINDOWS: readonly Window[] = [
  { at: 'attempt.answered', dies: 'worker', ...SUCCESS },
  { at: 'attempt.recorded', dies: 'worker', behaviours: [{ callbackDelay: 500 }], ...SUCCESS },
  { at: 'run.recorded', dies: 'api', ...SUCCESS },
  { at: 'run.started', dies: 'api', ...SUCCESS },
  { at: 'callback.committed', dies: 'api', act: callBack, behaviours: QUIET, ...SUCCESS },
  { at: 'callback.signaled', dies: 'api', act: callBack, behaviours: QUIET, ...SUCCESS },
  { at: 'sweep.started', dies: 'worker', after: 'run.recorded', ...SUCCESS },
  { at: 'sweep.told', dies: 'worker', act: callBack, behaviours: QUIET, after: 'callback.committed', ...SUCCESS },
  { at: 'cancel.committed', dies: 'api', act: cancel, behaviours: QUIET, ...CANCELED },
  { at: 'cancel.told', dies: 'api', act: cancel, behaviours: QUIET, ...CANCELED },
  { at: 'cancel.recorded', dies: 'worker', act: cancelInTemporal, behaviours: QUIET, ...CANCELED },
  { at: 'timeout.committed', dies: 'worker', behaviours: QUIET, isBrisk: true, ends: 'error', calls: [1, 0], workflow: 'COMPLETED' },
  // The slow one: Temporal gives a lost call up after 30 seconds.
  { at: 'attempt.opened', dies: 'worker', ...SUCCESS },
];
/** Only where API and worker are one process: the callback is handed to the activity that waits for it. */
const HANDED: Window = { at: 'callback.handed', dies: 'api', ...SUCCESS };
/** Those that a single process passes in another way than its two halves. */
const WHOLE: readonly Crossing[] = ['attempt.answered', 'run.recorded', 'callback.committed'];

/** Temporal gives a lost activity up after 30 seconds. */
const LOST_ACTIVITY_MS = 100_000;
/** A machine under load starts processes slowly. */
const LIMIT_MS = 600_000;

test.after.always(stopAll);
test.after.always(destroyAll);

/** Lets the processes die in the window, each at its crossing; answers the id of the run. */
async function strike(crash: CrashStage, entry: PushEntry, { at, dies, act, after }: Window): Promise<string> {
  const name = (half: 'api' | 'worker') => (crash.stage.topology === 'split' ? half : 'hub');
  const deaths = [...(after ? [{ process: name('api'), at: after }] : []), { process: name(dies), at }];
  let runId = '';
  if (!act) {
    await crash.die(deaths, async () => { runId = await crash.push(entry); });
    return runId;
  }
  runId = await crash.push(entry);
  await crash.waitForRun(entry, 'waiting', ({ deliveries }) => deliveries[0]?.state === 'waiting');
  await crash.die(deaths, () => act(crash, entry, runId));
  return runId;
}

/** The windows one after the other, on one hub. */
function declareWindows(topology: Topology, windows: readonly Window[]): void {
  let crash: CrashStage;
  const ended: { runId: string; workflow: Window['workflow'] }[] = [];
  test.serial.before(`a hub starts (${topology})`, async () => {
    crash = await CrashStage.open(topology);
  });
  test.after.always(`the hub ends (${topology})`, () => crash.close());

  for (const window of windows) {
    const { at, dies, after, ends, calls, workflow, behaviours = [], isBrisk = false } = window;
    const who = topology === 'split' ? dies : 'hub';
    test.serial(`the ${who} dies at ${[after, at].filter(Boolean).join(' and ')}: the run ends as ${ends}, and nobody is called twice (${topology})`, async (t) => {
      t.timeout(LIMIT_MS);
      const entry = await crash.prepare({ tag: at, behaviours, isBrisk });
      const runId = await strike(crash, entry, window);
      const run = await crash.waitForRun(entry, 'over', ({ finished }) => finished !== null);
      t.deepEqual({ id: run.id, state: run.state, calls: crash.calls(entry) }, { id: runId, state: ends, calls: [...calls] });
      ended.push({ runId, workflow });
    });
  }

  test.serial(`after all these deaths every promise was kept, and every workflow is over (${topology})`, async (t) => {
    t.deepEqual(await crash.judge(), []);
    // An activity that was lost after its commit is repeated after 30 seconds; the rows were right all the time.
    for (const { runId, workflow } of ended) await waitForStatus(crash.stage, runId, workflow, LOST_ACTIVITY_MS);
  });
}

declareWindows('split', WINDOWS);
declareWindows('all-in-one', [...WINDOWS.filter(({ at }) => WHOLE.includes(at)), HANDED]);
