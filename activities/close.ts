import { cross } from '../crossings.js';
import { closeDelivery, findDelivery, type DeliveryRow } from '../db/deliveries.js';
import { cancelRuns, clearNotify } from '../db/runs.js';
import type { Outcome } from '../workflows/contract.js';
import type { Hub } from './hub.js';

/** The rows went away under the run: its repository was deleted. */
export const DELETED: Outcome = { state: 'canceled', reason: 'deleted' };

/**
 * Closes a delivery whose callback did not come in time, and answers with what the database holds: a callback
 * that was committed first is the outcome.
 */
export async function close({ db }: Pick<Hub, 'db'>, deliveryId: string): Promise<Outcome> {
  await closeDelivery(db, { id: deliveryId, state: 'error', reason: 'callback_timeout' });
  cross('timeout.committed', deliveryId);
  const delivery = await findDelivery(db, deliveryId);
  return delivery ? getOutcome(delivery) : DELETED;
}

/** Closes a run whose workflow was cancelled; a run that is over stays as it is. */
export async function cancel({ db }: Pick<Hub, 'db'>, runId: string): Promise<void> {
  await cancelRuns(db, { id: runId });
  cross('cancel.recorded', runId);
  await clearNotify(db, runId);
}

/** The recorded end of a closed delivery. */
export function getOutcome({ id, state, reason }: DeliveryRow): Outcome {
  if (state === 'pending' || state === 'delivering' || state === 'waiting') {
    throw new Error(`delivery ${id} is still ${state}`);
  }
  return { state, reason };
}
