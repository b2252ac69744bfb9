import type { Db } from './connection.js';
import { isUnavailable } from './errors.js';
import { nowIso } from './ids.js';
import { countPendingMigrations } from './migrate.js';

/** Whether the database takes a write now; the row it writes is always the same one. */
export async function isWritable(db: Db): Promise<boolean> {
  try {
    await db('probes').insert({ name: 'ready', at: nowIso() }).onConflict('name').merge(['at']);
    return true;
  } catch (error) {
    if (isUnavailable(error)) return false;
    throw error;
  }
}

/** Whether the schema is that of this version. */
export async function isMigrated(db: Db): Promise<boolean> {
  try {
    return (await countPendingMigrations(db)) === 0;
  } catch (error) {
    if (isUnavailable(error)) return false;
    throw error;
  }
}
