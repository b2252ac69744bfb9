import { openDatabase } from './connection.js';
import { locateFile } from './damage.js';

/** A copy of a database is not what it should be. */
export class BadCopyError extends Error {
  constructor(file: string, found: unknown) {
    super(`The copy ${file} is not sound (${JSON.stringify(found).slice(0, 200)}): keep the backup before it, and look at the database.`);
    this.name = 'BadCopyError';
  }
}

/**
 * Copies a SQLite database as it is at one moment, while others read and write it, and checks the copy. The file must
 * not exist. Needs room for the whole database.
 * @throws BadCopyError
 */
export async function copySqlite(databaseUrl: string, file: string): Promise<void> {
  if (locateFile(databaseUrl) === undefined) throw new Error('only a SQLite database on disk is copied so');
  const db = openDatabase(databaseUrl);
  try {
    await db.raw('VACUUM INTO ?', [file]);
  } finally {
    await db.destroy();
  }
  await checkCopy(file);
}

/** Opened as the hub would open it, which leaves one file behind and no log. */
async function checkCopy(file: string): Promise<void> {
  const copy = openDatabase(`sqlite:${file}`);
  try {
    const [integrity] = await copy.raw<{ integrity_check: string }[]>('PRAGMA integrity_check(1)');
    const orphans = await copy.raw<unknown[]>('PRAGMA foreign_key_check');
    if (integrity?.integrity_check !== 'ok') throw new BadCopyError(file, integrity);
    if (orphans.length > 0) throw new BadCopyError(file, orphans[0]);
  } finally {
    await copy.destroy();
  }
}
