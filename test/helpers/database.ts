import { randomBytes } from 'node:crypto';
import pLimit from 'p-limit';
import { openDatabase, type Db } from '../../db/connection.js';
import { migrate } from '../../db/migrate.js';

/** The part of ava's `t` that cleans up. */
export interface Cleaner {
  teardown(clean: () => Promise<void> | void): void;
}

/** A database that the tests of db/ run on. */
export interface Engine {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** A fresh migrated database of this test alone, gone when the test ends. */
  open(t: Cleaner): Promise<Db>;
  /** The same, empty: no migration has run. */
  openEmpty(t: Cleaner): Promise<Db>;
}

/** Every test has a pool of its own, and a server takes about a hundred connections. */
const POSTGRES_TESTS_AT_ONCE = 4;
const slots = pLimit(POSTGRES_TESTS_AT_ONCE);

/** A fresh migrated SQLite database in memory, closed when the test ends. */
export async function openTestDatabase(t: Cleaner): Promise<Db> {
  return migrated(await openMemory(t));
}

async function openMemory(t: Cleaner): Promise<Db> {
  const db = openDatabase('sqlite::memory:');
  t.teardown(() => db.destroy());
  return db;
}

async function migrated(db: Db): Promise<Db> {
  await migrate(db);
  return db;
}

/** Waits for one of the slots and holds it until the test ends. */
async function takeSlot(t: Cleaner): Promise<void> {
  await new Promise<void>((taken) => {
    void slots(async () => {
      const released = new Promise<void>((release) => t.teardown(release));
      taken();
      await released;
    });
  });
}

/** A schema of its own on the server that `url` names; the pool sees that schema alone. */
async function openSchema(t: Cleaner, url: string): Promise<Db> {
  await takeSlot(t);
  const schema = `test_${randomBytes(8).toString('hex')}`;
  const admin = openDatabase(url);
  t.teardown(async () => {
    await admin.raw('DROP SCHEMA ?? CASCADE', [schema]);
    await admin.destroy();
  });
  await admin.raw('CREATE SCHEMA ??', [schema]);
  const own = new URL(url);
  own.searchParams.set('options', `-c search_path=${schema}`);
  const db = openDatabase(own.href);
  t.teardown(() => db.destroy());
  return db;
}

function listEngines(postgresUrl: string | undefined): Engine[] {
  const sqlite: Engine = { name: 'SQLite', open: openTestDatabase, openEmpty: openMemory };
  if (!postgresUrl) return [sqlite];
  const openEmpty = (t: Cleaner) => openSchema(t, postgresUrl);
  return [sqlite, { name: 'PostgreSQL', openEmpty, open: async (t) => migrated(await openEmpty(t)) }];
}

/**
 * SQLite always; PostgreSQL too where TEST_POSTGRES_URL holds the postgres:// URL of a server on which schemas may
 * be created.
 */
export const ENGINES: readonly Engine[] = listEngines(process.env['TEST_POSTGRES_URL']);

/** How many statements `action` sends. */
export async function countQueries(db: Db, action: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const add = (): void => void (count += 1);
  db.on('query', add);
  await action();
  db.removeListener('query', add);
  return count;
}

/** What SQLite would read of these tables row by row, or by no index, for the statements that `action` sends. */
export async function listScans(db: Db, tables: readonly string[], action: () => Promise<unknown>): Promise<{ asked: number; scans: string[] }> {
  const statements: { readonly sql: string; readonly bindings: readonly string[] }[] = [];
  const keep = (statement: (typeof statements)[number]): void => void statements.push(statement);
  db.on('query', keep);
  await action();
  db.removeListener('query', keep);
  const steps: string[] = [];
  for (const { sql, bindings } of statements) {
    const plan = await db.raw<{ detail: string }[]>(`EXPLAIN QUERY PLAN ${sql}`, [...bindings]);
    steps.push(...plan.map(({ detail }) => detail).filter((detail) => tables.includes(/^(?:SCAN|SEARCH) (\w+)/.exec(detail)?.[1] ?? '')));
  }
  // An index that holds the open rows alone may be read from end to end.
  const partial = (await db('sqlite_master').where({ type: 'index' }).whereLike('sql', '% WHERE %').select<{ name: string }[]>('name')).map(({ name }) => name);
  const isShort = (step: string): boolean => /^SEARCH .* USING (COVERING )?INDEX/.test(step) || partial.includes(/^SCAN .* USING (?:COVERING )?INDEX (\w+)$/.exec(step)?.[1] ?? '');
  return { asked: steps.length, scans: steps.filter((step) => !isShort(step)) };
}
