import type { Db } from './connection.js';

/** A row of a run's history that became another; of a callback it is its delivery's id that names it. */
export type ChangeKind = 'run' | 'delivery' | 'attempt' | 'callback';

/** A place in the order of all changes: by transaction, and within one by number. SQLite has one writer: 0 and a number. */
export interface Position {
  readonly tx: number;
  readonly seq: number;
}

export interface Change extends Position {
  readonly kind: ChangeKind;
  readonly row_id: string;
}

/** A change, and whose history it is of. */
export interface LocatedChange extends Change {
  readonly run_id: string;
  readonly repository_id: string;
}

/** How many changes are looked through for those of one run. */
const LOOKED_AT = 500;
/** How many of the last changes are kept: what comes back later than that is told the present state. */
export const KEPT_CHANGES = 20_000;

export function isPostgres(db: Db): boolean {
  return (db.client as { config: { client: string } }).config.client === 'pg';
}

/** Whether `a` comes after `b`. */
export function isAfter(a: Position, b: Position): boolean {
  return a.tx > b.tx || (a.tx === b.tx && a.seq > b.seq);
}

/** No transaction below this id is under way, nor will there be one. */
const SETTLED = 'txid_snapshot_xmin(txid_current_snapshot())';

/** Where all that is committed and settled has been: what is listed after it is new. */
export async function findPosition(db: Db): Promise<Position> {
  if (isPostgres(db)) {
    const { rows } = await db.raw<{ rows: { tx: number }[] }>(`SELECT ${SETTLED} AS tx`);
    return { tx: Number(rows[0]?.tx), seq: 0 };
  }
  const [row] = await db('changes').max<{ seq: number | null }[]>({ seq: 'seq' });
  return { tx: 0, seq: row?.seq ?? 0 };
}

/** The last change that is committed, settled or not: what a row shows is known by then. */
export async function findLastChange(db: Db): Promise<Position> {
  const columns = isPostgres(db) ? ['tx', 'seq'] : ['seq'];
  const last = await db<Change>('changes').orderBy(columns.map((column) => ({ column, order: 'desc' }))).first<Partial<Position> | undefined>(columns);
  return { tx: last?.tx ?? 0, seq: last?.seq ?? 0 };
}

/** Changes with the transaction that made them: those that are settled, or all. */
function selectChanges(db: Db, areSettled = true) {
  if (!isPostgres(db)) return db<Change>('changes').select(db.raw('0 AS tx'), 'seq', 'kind', 'row_id');
  return db<Change>('changes').whereRaw(areSettled ? `tx < ${SETTLED}` : 'TRUE').select('tx', 'seq', 'kind', 'row_id');
}

/** Changes after a position, in order. Those of a transaction that is under way come after all that came before. */
export async function listChanges(db: Db, after: Position, limit: number): Promise<Change[]> {
  return selectAfter(db, after, limit);
}

function selectAfter(db: Db, after: Position, limit: number, areSettled = true) {
  const [where, values] = isPostgres(db) ? ['(tx, seq) > (?, ?)', [after.tx, after.seq]] as const : ['seq > ?', [after.seq]] as const;
  return selectChanges(db, areSettled).whereRaw(where, [...values]).orderBy(isPostgres(db) ? ['tx', 'seq'] : ['seq']).limit(limit);
}

/** Whether a run has not changed since a place that was told; false too where too much else has to find out. */
export async function isUnchangedSince(db: Db, after: Position, runId: string): Promise<boolean> {
  if (isAfter(after, await findPosition(db))) return false;
  // What is committed counts, settled or not.
  const changes = (await selectAfter(db, after, LOOKED_AT, false)) as Change[];
  return changes.length < LOOKED_AT && (await locateChanges(db, changes)).every(({ run_id }) => run_id !== runId);
}

/** The last changes, in order. */
export async function listLatestChanges(db: Db, limit: number): Promise<Change[]> {
  const columns = isPostgres(db) ? ['tx', 'seq'] : ['seq'];
  const rows = (await selectChanges(db).orderBy(columns.map((column) => ({ column, order: 'desc' }))).limit(limit)) as Change[];
  return rows.reverse();
}

/** Changes with their runs; those of rows that are gone are left out. Three queries, whatever their number. */
export async function locateChanges(db: Db, changes: readonly Change[]): Promise<LocatedChange[]> {
  if (changes.length === 0) return [];
  const list = (...kinds: ChangeKind[]) => [...new Set(changes.filter(({ kind }) => kinds.includes(kind)).map(({ row_id }) => row_id))];
  const deliveries = await db('deliveries').whereIn('id', list('delivery', 'callback')).select<RowOfRun[]>('id', 'run_id');
  const attempts = await db('attempts')
    .join('deliveries', 'deliveries.id', 'attempts.delivery_id')
    .whereIn('attempts.id', list('attempt'))
    .select<RowOfRun[]>('attempts.id', 'deliveries.run_id');
  const runOf = new Map([...deliveries, ...attempts].map(({ id, run_id }) => [id, run_id]));
  for (const id of list('run')) runOf.set(id, id);
  const runs = await db('runs').whereIn('id', [...new Set(runOf.values())]).select<{ id: string; repository_id: string }[]>('id', 'repository_id');
  const repositoryOf = new Map(runs.map(({ id, repository_id }) => [id, repository_id]));
  return changes.flatMap((change) => {
    const run_id = runOf.get(change.row_id);
    const repository_id = run_id === undefined ? undefined : repositoryOf.get(run_id);
    return run_id === undefined || repository_id === undefined ? [] : [{ ...change, run_id, repository_id }];
  });
}

interface RowOfRun {
  readonly id: string;
  readonly run_id: string;
}

/** Forgets all but the last changes; returns how many it forgot. Never the last: its number must not be given again. */
export async function pruneChanges(db: Db, keep = KEPT_CHANGES): Promise<number> {
  const column = isPostgres(db) ? 'tx' : 'seq';
  const order = isPostgres(db) ? ['tx', 'seq'] : ['seq'];
  const oldest = await db('changes')
    .orderBy(order.map((name) => ({ column: name, order: 'desc' })))
    .offset(Math.max(keep, 1) - 1)
    .first<Record<string, number> | undefined>(column);
  return oldest === undefined ? 0 : db('changes').where(column, '<', oldest[column] ?? 0).delete();
}
