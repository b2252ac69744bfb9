import { meters } from '../metrics.js';
import type { Db } from './connection.js';
import { isUnavailable } from './errors.js';

/** What of tarn's pool is used here. */
interface Pool {
  on(event: 'acquireRequest' | 'acquireSuccess' | 'acquireFail', listener: (id: number, what?: unknown) => void): void;
}

/** What of knex's events is used here. */
interface Statement {
  readonly __knexQueryUid: string;
  readonly sql?: string;
}

const KINDS = new Set(['select', 'insert', 'update', 'delete', 'begin', 'commit', 'rollback']);

/** More statements are never under way at once. */
const MOST = 10_000;

/** Measures waits and statements of a database from now on. */
export function measureDatabase(db: Db): void {
  measureWaits((db.client as { pool: Pool }).pool);
  const started = new Map<string, { readonly at: number; readonly kind: string }>();
  const end = ({ __knexQueryUid: id }: Statement): void => {
    const statement = started.get(id);
    started.delete(id);
    if (statement) meters.databaseQuery.observe({ kind: statement.kind }, seconds(statement.at));
  };
  db.on('query', ({ __knexQueryUid: id, sql }: Statement) => {
    // Should a statement ever end without a word, what is kept of it must not pile up.
    if (started.size > MOST) started.clear();
    started.set(id, { at: performance.now(), kind: readKind(sql) });
  });
  db.on('query-response', (_: unknown, statement: Statement) => end(statement));
  db.on('query-error', (error: unknown, statement: Statement) => {
    end(statement);
    countFault(error);
  });
}

function measureWaits(pool: Pool): void {
  const asked = new Map<number, number>();
  const end = (id: number): void => {
    const at = asked.get(id);
    asked.delete(id);
    if (at !== undefined) meters.databaseWait.observe(seconds(at));
  };
  pool.on('acquireRequest', (id) => asked.set(id, performance.now()));
  pool.on('acquireSuccess', end);
  pool.on('acquireFail', (id, error) => {
    end(id);
    // Of the pool's own errors the one that there is means a wait without end.
    meters.databaseFaults.inc({ reason: isUnavailable(error) ? readReason(error) : 'pool' });
  });
}

function countFault(error: unknown): void {
  if (isUnavailable(error)) meters.databaseFaults.inc({ reason: readReason(error) });
}

/** Codes are the databases' own short words; sockets and PostgreSQL's classes are named together. */
function readReason(error: unknown): string {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return 'pool';
  if (code.startsWith('SQLITE_')) return code.slice('SQLITE_'.length).toLowerCase();
  return /^E[A-Z]+$/.test(code) ? 'connection' : 'postgres';
}

function readKind(sql = ''): string {
  const word = /^\s*([a-z]+)/i.exec(sql)?.[1]?.toLowerCase() ?? '';
  return KINDS.has(word) ? word : 'other';
}

function seconds(since: number): number {
  return (performance.now() - since) / 1000;
}
