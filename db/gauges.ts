import type { Db } from './connection.js';

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
  return queryOpenRuns(db, now);
}

/** The statement of `countOpenRuns`. */
export function queryOpenRuns(db: Db, now: number) {
  const ages = db.raw<string>(
    `CASE ${AGES.map(() => 'WHEN created > ? THEN ?').join(' ')} ELSE ? END`,
    [...AGES.flatMap(([name, ms]) => [new Date(now - ms).toISOString(), name]), OLDER],
  );
  const open = openRuns(db, 'queued').unionAll([openRuns(db, 'running')]);
  const aged = db.from(open.as('open')).select('state', 'created', { age: ages }).as('aged');
  return db.from(aged).groupBy('state', 'age').select<OpenRuns[]>('state', 'age', db.raw('count(*) AS count'), db.raw('min(created) AS oldest'));
}

function openRuns(db: Db, state: OpenRuns['state']) {
  return db.from(db('runs').where({ state }).limit(MOST).select('state', 'created', 'id').as(state)).select('state', 'created');
}

/** Runs under way whose next attempt or callback was due a while ago, and did not come about. */
export async function countOverdueRuns(db: Db, now = Date.now()): Promise<number> {
  const [row] = await queryOverdueRuns(db, now);
  return row?.count ?? 0;
}

/** The statement of `countOverdueRuns`. */
export function queryOverdueRuns(db: Db, now: number) {
  const due = new Date(now - GRACE).toISOString();
  const running = db('runs').where({ state: 'running' }).limit(MOST).select('id').as('running');
  return db
    .from(running)
    .join('deliveries', 'deliveries.run_id', 'running.id')
    .whereRaw(
      "((deliveries.state = 'waiting' AND deliveries.callback_due < ?) OR (deliveries.state = 'delivering' AND deliveries.next_attempt < ?))",
      [due, due],
    )
    .select<{ count: number }[]>(db.raw('count(DISTINCT running.id) AS count'));
}

/** Tags that are to be read back from the registry by now. */
export async function countDueChecks(db: Db, now = Date.now()): Promise<number> {
  const [row] = await queryDueChecks(db, now);
  return row?.count ?? 0;
}

/** The statement of `countDueChecks`. */
export function queryDueChecks(db: Db, now: number) {
  const due = db('registry_checks').where('due', '<=', new Date(now).toISOString()).limit(MOST).select('due').as('checks');
  return db.from(due).select<{ count: number }[]>(db.raw('count(*) AS count'));
}
