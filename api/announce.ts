import { cross } from '../crossings.js';
import { clearFinalNotify, clearNotify, type RunRow } from '../db/runs.js';
import type { PushReceipt } from '../db/pushes.js';
import { TemporalAwayError } from '../temporal/client.js';
import { startFresh, startRun, type Recorded } from '../temporal/start.js';
import { wakeHeld } from '../temporal/wake.js';
import type { CallbackMessage } from '../workflows/contract.js';
import type { Hub } from './hub.js';

/**
 * Telling Temporal of what is already committed. When no server answers the rows stay as they are, and the sweep
 * says it later: who waits for our answer is not concerned.
 */

/** Starts the workflows of queued runs. */
export async function announceRuns(hub: Hub, runs: readonly RunRow[]): Promise<void> {
  await Promise.all(runs.map((run) => announceStart(hub, run.id, () => startRun(hub, run))));
}

/** The same for the runs of a push that was written just now. */
export async function announcePush(hub: Hub, repository: Recorded['repository'], { push, fresh }: PushReceipt): Promise<void> {
  await Promise.all(fresh.map(({ run, deliveries }) => announceStart(hub, run.id, () => startFresh(hub, { run, push, repository, deliveries }))));
}

async function announceStart(hub: Hub, run: string, start: () => Promise<unknown>): Promise<void> {
  await unlessAway(hub, { run, what: 'start' }, async () => {
    cross('run.recorded', run);
    await start();
    cross('run.started', run);
  });
}

/** The same for a caller that waits for no server: it is told nothing of faults, and the sweep makes good what is left. */
export function announceRunsLater(hub: Hub, runs: readonly RunRow[]): void {
  announceRuns(hub, runs).catch((error: unknown) => hub.log.error({ err: error }, 'runs were not started; the sweep will start them'));
}

/** Signals a committed callback. */
export async function announceCallback(hub: Hub, runId: string, message: CallbackMessage): Promise<void> {
  await unlessAway(hub, { run: runId, what: 'signal' }, async () => {
    await hub.temporal.signalCallback(runId, message);
    cross('callback.signaled', runId);
    await clearFinalNotify(hub.db, runId);
  });
}

/** Cancels the workflows of cancelled runs. */
export async function announceCancel(hub: Hub, runIds: readonly string[]): Promise<void> {
  await Promise.all(
    runIds.map((id) =>
      unlessAway(hub, { run: id, what: 'cancel' }, async () => {
        cross('cancel.committed', id);
        await hub.temporal.cancelRun(id);
        cross('cancel.told', id);
        await clearNotify(hub.db, id);
      }),
    ),
  );
}

/** Has one delivery that waits behind a pause that was ended called at once; the sweep wakes the others in their turn. */
export async function announceResumed(hub: Hub, webhookId: string): Promise<void> {
  const now = new Date().toISOString();
  await unlessAway(hub, { webhook: webhookId, what: 'wake' }, () => wakeHeld(hub, webhookId, { later: now, times: [now] }));
}

async function unlessAway(hub: Hub, note: object, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof TemporalAwayError)) throw error;
    hub.log.warn(note, 'Temporal does not answer; the sweep will tell it');
  }
}
