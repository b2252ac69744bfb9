import type { DeliveryRow } from '../db/deliveries.js';
import type { RunRow } from '../db/runs.js';

const CLOSED: ReadonlySet<string> = new Set(['success', 'failure', 'error', 'canceled']);
/** An attempt that nobody has recorded after so long was interrupted: milliseconds. */
export const INTERRUPTED_AFTER = 60_000;

/**
 * Whether the delivery that a run is at should have moved on before `cutoff`: its workflow may have been rolled back to
 * before answers that the database holds. ISO times.
 */
export function isStuck(run: Pick<RunRow, 'updated'>, deliveries: readonly DeliveryRow[], cutoff: string): boolean {
  const current = findCurrent(deliveries);
  return current !== undefined && findDue(run, current) < cutoff;
}

/** The delivery that a run is at, or that ended it; undefined where all have succeeded. */
export function findCurrent(deliveries: readonly DeliveryRow[]): DeliveryRow | undefined {
  return deliveries.find(({ state }) => state !== 'success');
}

/** When a delivery moves on at the latest, while its workflow is well. */
function findDue({ updated }: Pick<RunRow, 'updated'>, { state, next_attempt, callback_due }: DeliveryRow): string {
  if (state === 'waiting') return callback_due ?? updated;
  if (next_attempt !== null) return next_attempt;
  return state === 'delivering' ? new Date(Date.parse(updated) + INTERRUPTED_AFTER).toISOString() : updated;
}

/** What was closed by this run itself, in order: what its workflow must have heard of. */
export function listClosed(deliveries: readonly DeliveryRow[]): DeliveryRow[] {
  return deliveries.filter(({ state, carried_over_from }) => CLOSED.has(state) && carried_over_from === null);
}
