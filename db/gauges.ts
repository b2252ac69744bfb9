import type { Db } from './connection.js';
import { openRuns } from './outbox.js';

/**
 * What a scrape asks of the database. Every question is served by an index that holds what is open alone, and looks at
 * so many rows of a state at most: beyond that the figure stands still, which is alarm enough.
 */
const MOST = 10_000;
/** Until a due time that has passed means something, in milliseconds: the clock of the workflow is not ours. */
const GRACE = 60_000;

/** Upper ends of the ages, in milliseconds. */
const AGES = [['1m', 60_000], ['10m', 600_000], ['1h', 3_600_000], ['6h', 21_600_000], ['1d', 86_400_000]] as const;
const OLDER = 'older';
/** How old an open run may be, as the metrics say it: up to a minute, ten minutes, …, or older than a day. */
export const OPEN_AGES: readonly string[] = [...AGES.map(([name]) => name), OLDER];

export interface OpenRuns {
  readonly state: 'queued' | 'running';
  readonly age: string;
  readonly count: number;
  /** When the first of them was recorded. */
  readonly oldest: string;
}

/** Open runs by state and age; a combination without runs is left out. */
export async function countOpenRuns(db: Db, now = Date.now()): Promise<OpenRuns[]> {
  const ages = db.raw<string>(
    `CASE ${AGES.map(() => 'WHEN created > ? THEN ?').join(' ')} ELSE ? END`,
    [...AGES.flatMap(([name, ms]) => [new Date(now - ms).toISOString(), name]), OLDER],
  );
  const open = someRuns(db, 'queued').unionAll([someRuns(db, 'running')]);
  const aged = db.from(open.as('open')).select('state', 'created', { age: ages }).as('aged');
  return db.from(aged).groupBy('state', 'age').select<OpenRuns[]>('state', 'age', db.raw('count(*) AS count'), db.raw('min(created) AS oldest'));
}

function someRuns(db: Db, state: OpenRuns['state']) {
  return db.from(openRuns(db, state).limit(MOST).select('state', 'created').as(state)).select('state', 'created');
}

/** Runs under way whose next attempt or callback was due a while ago, and did not come about. */
export async function countOverdueRuns(db: Db, now = Date.now()): Promise<number> {
  const due = new Date(now - GRACE).toISOString();
  const running = openRuns(db, 'running').limit(MOST).select('id').as('running');
  const [row] = await db
    .from(running)
    .join('deliveries', 'deliveries.run_id', 'running.id')
    .whereRaw(
      "((deliveries.state = 'waiting' AND deliveries.callback_due < ?) OR (deliveries.state = 'delivering' AND deliveries.next_attempt < ?))",
      [due, due],
    )
    .select<{ count: number }[]>(db.raw('count(DISTINCT running.id) AS count'));
  return row?.count ?? 0;
}

/** Webhooks whose endpoint is paused. */
export async function countPausedEndpoints(db: Db): Promise<number> {
  const paused = db('webhooks').whereNotNull('paused_until').limit(MOST).select('id').as('paused');
  const [row] = await db.from(paused).select<{ count: number }[]>(db.raw('count(*) AS count'));
  return row?.count ?? 0;
}

/** Tags that are to be read back from the registry by now. */
export async function countDueChecks(db: Db, now = Date.now()): Promise<number> {
  const due = db('registry_checks').where('due', '<=', new Date(now).toISOString()).limit(MOST).select('due').as('checks');
  const [row] = await db.from(due).select<{ count: number }[]>(db.raw('count(*) AS count'));
  return row?.count ?? 0;
}
