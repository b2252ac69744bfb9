import { setTimeout as wait } from 'node:timers/promises';
import type { Db } from './connection.js';
import { lockFile } from './lock.js';

/** Any number, the same for every version: who migrates holds PostgreSQL's advisory lock of it. */
const ADVISORY_KEY = 7_080_2026;
const POLL_MS = 50;
const PATIENCE_MS = 60_000;

/**
 * Runs `action` while no other process migrates the same database: processes that start together wait for each
 * other. Both kinds of lock end with their process, so a crash in the middle of a migration leaves none behind.
 */
export async function withMigrationLock<T>(db: Db, action: () => Promise<T>): Promise<T> {
  const { client, connection } = (db.client as { config: { client: string; connection: { filename?: string } } }).config;
  if (client === 'pg') return withAdvisoryLock(db, action);
  if (connection.filename === undefined || connection.filename === ':memory:') return action();
  return withFileLock(`${connection.filename}.migrating`, action);
}

async function withAdvisoryLock<T>(db: Db, action: () => Promise<T>): Promise<T> {
  return db.transaction(async (lock) => {
    // This connection only waits and holds; the migrations run on another one of the pool.
    await lock.raw('SET LOCAL statement_timeout = 0');
    await lock.raw('SET LOCAL lock_timeout = 0');
    await lock.raw('SET LOCAL idle_in_transaction_session_timeout = 0');
    await lock.raw('SELECT pg_advisory_xact_lock(?)', [ADVISORY_KEY]);
    return action();
  });
}

async function withFileLock<T>(file: string, action: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await wait(POLL_MS)) {
    const unlock = await lockFile(file);
    if (unlock) return action().finally(unlock);
  }
  throw new Error(`Another process has been migrating the database for a minute (${file}): wait for it, or stop it.`);
}
