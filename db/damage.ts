import { open, stat } from 'node:fs/promises';
import knex from 'knex';

/** What every SQLite file begins with. */
const MAGIC = 'SQLite format 3\0';
/** Every page of a file up to this size is looked at, which takes about a second; of a larger one those that its schema needs. Bytes. */
const CHECKED_WHOLE = 512 * 1024 * 1024;
/** Codes by which SQLite says that a file is not what it should be. */
const DAMAGED = new Set<unknown>(['SQLITE_CORRUPT', 'SQLITE_NOTADB']);

/** The file of a database URL; undefined for a database that has none here. */
export function locateFile(databaseUrl: string): string | undefined {
  const file = databaseUrl.startsWith('sqlite:') ? databaseUrl.slice('sqlite:'.length) : undefined;
  return file === ':memory:' ? undefined : file;
}

/**
 * What is wrong with a SQLite file, in a few words; undefined where nothing is, or where there is no such file yet.
 * SQLite itself takes an empty file for a new database, and writes over the log of one that is missing.
 */
export async function findDamage(file: string, checkedWhole = CHECKED_WHOLE): Promise<string | undefined> {
  const [size, logged] = await Promise.all([readSize(file), readSize(`${file}-wal`)]);
  if (size === undefined) return logged ? `it is missing, and its log ${file}-wal is there` : undefined;
  if (size === 0) return 'it is empty, 0 bytes';
  if ((await readStart(file)) !== MAGIC) return 'it does not begin as a SQLite database does';
  return inspect(file, size > checkedWhole ? 'PRAGMA schema_version' : 'PRAGMA quick_check(1)');
}

async function readSize(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function readStart(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** What SQLite says; the look changes nothing. */
async function inspect(filename: string, pragma: string): Promise<string | undefined> {
  const db = knex({ client: 'sqlite3', connection: { filename }, useNullAsDefault: true, pool: { min: 1, max: 1 } });
  try {
    await db.raw('PRAGMA busy_timeout = 5000');
    const [row = {}] = await db.raw<Record<string, unknown>[]>(pragma);
    const [said] = Object.values(row);
    return typeof said !== 'string' || said === 'ok' ? undefined : said.replace(/\s+/g, ' ').slice(0, 200);
  } catch (error) {
    if (DAMAGED.has((error as { code?: unknown }).code)) return (error as Error).message;
    throw error;
  } finally {
    await db.destroy();
  }
}
