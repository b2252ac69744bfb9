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
 * Takes a file as a lock; returns what gives it back, or undefined where another process holds it. The lock is
 * SQLite's own on that file, so the operating system lifts it however the process ends.
 */
export async function lockFile(filename: string): Promise<(() => Promise<void>) | undefined> {
  const lock = knex({ client: 'sqlite3', connection: { filename }, useNullAsDefault: true, pool: { min: 1, max: 1 } });
  try {
    await lock.raw('PRAGMA locking_mode = EXCLUSIVE');
    // The first write takes the lock, and exclusive mode keeps it until the connection closes.
    await lock.raw('PRAGMA user_version = 1');
    return () => lock.destroy();
  } catch (error) {
    await lock.destroy();
    if ((error as { code?: unknown }).code === 'SQLITE_BUSY') return undefined;
    throw error;
  }
}

/**
 * Takes a data directory for this process; returns what gives it back.
 * @throws DataDirLockedError
 */
export async function lockDataDir(dataDir: string): Promise<() => Promise<void>> {
  mkdirSync(dataDir, { recursive: true });
  const pidFile = join(dataDir, 'hookline.pid');
  const unlock = await lockFile(join(dataDir, 'hookline.lock'));
  if (!unlock) throw new DataDirLockedError(dataDir, readPid(pidFile));
  writeFileSync(pidFile, String(process.pid));
  return unlock;
}

function readPid(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
