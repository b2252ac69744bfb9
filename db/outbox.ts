import type { Knex } from 'knex';
import type { Db } from './connection.js';
import { DELIVERY_COLUMNS, type DeliveryRow } from './deliveries.js';
import { nowIso } from './ids.js';
import { RUN_COLUMNS, type RunRow } from './runs.js';

/** What the sweep looks for: rows that Temporal may not know of. All lists are short and served by partial indexes. */

/** Clocks of several machines differ by less than this, in milliseconds. */
const CLOCKS_DIFFER = 60_000;

/** Untouched since `cutoff`; or dated in the future by a clock that has been set back, for which nobody should wait. */
function leftAlone(cutoff: string): (query: Knex.QueryBuilder) => void {
  const ahead = new Date(Date.now() + CLOCKS_DIFFER).toISOString();
  return (query) => void query.where('updated', '<', cutoff).orWhere('updated', '>', ahead);
}

/**
 * Open runs in one state. SQLite takes a partial index only where the statement repeats its condition in literal words;
 * a bound `state = ?` alone reads every run that ever was.
 */
export function openRuns(db: Db, state: 'queued' | 'running') {
  return db<RunRow>('runs').whereRaw("state IN ('queued', 'running')").where({ state });
}

/** Runs recorded before `cutoff` that no worker has begun. */
export async function listQueuedRuns(db: Db, cutoff: string, limit: number): Promise<RunRow[]> {
  return openRuns(db, 'queued')
    .where(leftAlone(cutoff))
    .orderBy('updated')
    .limit(limit)
    .select(...RUN_COLUMNS);
}

/** Runs whose last callback or cancellation was committed before `cutoff` and perhaps never reached Temporal. */
export async function listUnnotifiedRuns(db: Db, cutoff: string, limit: number): Promise<RunRow[]> {
  return db<RunRow>('runs')
    .whereNotNull('notify')
    .where(leftAlone(cutoff))
    .orderBy('updated')
    .limit(limit)
    .select(...RUN_COLUMNS);
}

/** Runs under way that nothing has touched since `cutoff`, after a given id: the audit goes through them in rounds. */
export async function listRunningRuns(
  db: Db,
  page: { cutoff: string; afterId: string; limit: number },
): Promise<RunRow[]> {
  return openRuns(db, 'running')
    .where(leftAlone(page.cutoff))
    .where('id', '>', page.afterId)
    .orderBy('id')
    .limit(page.limit)
    .select(...RUN_COLUMNS);
}

/** Of these runs, the ones that were over before `cutoff`. */
export async function listOverRuns(db: Db, ids: readonly string[], cutoff: string): Promise<RunRow[]> {
  if (ids.length === 0) return [];
  return db<RunRow>('runs').whereIn('id', [...ids]).where('finished', '<', cutoff).select(...RUN_COLUMNS);
}

/** The delivery of a run that was closed last, in the order of the chain; carried-over results do not count. */
export async function findLastClosed(db: Db, runId: string): Promise<DeliveryRow | undefined> {
  return db<DeliveryRow>('deliveries')
    .where({ run_id: runId })
    .whereIn('state', ['success', 'failure', 'error', 'canceled'])
    .whereNull('carried_over_from')
    .orderBy('position', 'desc')
    .first(...DELIVERY_COLUMNS);
}

/** Marks queued runs as just looked at, so that the next sweep takes others first. */
export async function touchQueuedRuns(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db('runs').whereIn('id', [...ids]).where({ state: 'queued' }).update({ updated: nowIso() });
}
