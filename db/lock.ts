import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import knex from 'knex';

/** Another hub serves the data directory. */
export class DataDirLockedError extends Error {
  constructor(dataDir: string, pid: string) {
    super(`Another Hookline${pid && ` (process ${pid})`} already serves ${dataDir}: stop it first, or set HOOKLINE_DATA_DIR.`);
    this.name = 'DataDirLockedError';
  }
}

/**
 * Takes a data directory for this process; returns what gives it back. The lock is SQLite's own on a small file, so
 * the operating system lifts it however the process ends, and no stale lock is ever left behind.
 * @throws DataDirLockedError
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  mkdirSync(dataDir, { recursive: true });
  const pidFile = join(dataDir, 'hookline.pid');
  const lock = knex({
    client: 'sqlite3',
    connection: { filename: join(dataDir, 'hookline.lock') },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  });
  try {
    await lock.raw('PRAGMA locking_mode = EXCLUSIVE');
    // The first write takes the lock, and exclusive mode keeps it until the connection closes.
    await lock.raw('PRAGMA user_version = 1');
  } catch (error) {
    await lock.destroy();
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY') throw new DataDirLockedError(dataDir, readPid(pidFile));
    throw error;
  }
  writeFileSync(pidFile, String(process.pid));
  return () => lock.destroy();
}

function readPid(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
