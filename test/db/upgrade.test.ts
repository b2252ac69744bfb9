import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { findChainById } from '../../db/chains.js';
import type { Db } from '../../db/connection.js';
import { findRunHistory } from '../../db/history.js';
import { migrate, migrationSource } from '../../db/migrate.js';
import { deleteRepository, updateRepository } from '../../db/repositories.js';
import { searchRepositories } from '../../db/search.js';
import { findProjectRoot } from '../../programs/root.js';
import { buildRun, must } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

/** Rows as they were written at each level of the schema; a file holds what its migration made room for. */
const FOLDER = join(findProjectRoot(), 'test', 'fixtures', 'databases');
const LEVELS = readdirSync(FOLDER).map((file) => file.replace(/\.sql$/, '')).sort();

/** A database as the version left it whose newest migration is the `level`-th: the schema of that time, with rows. */
async function buildOld(db: Db, level: number): Promise<void> {
  for (let ran = 0; ran < level; ran += 1) await db.migrate.up({ migrationSource });
  for (const name of LEVELS.slice(0, level)) {
    const statements = readFileSync(join(FOLDER, `${name}.sql`), 'utf8').split(';\n').filter((text) => text.trim() !== '');
    for (const statement of statements) await db.raw(statement);
  }
}

/** Every row of every table, with these columns or with all of them, in an order of their own. */
async function readAll(db: Db, columns: ReadonlyMap<string, readonly string[]>): Promise<Map<string, string[]>> {
  const all = new Map<string, string[]>();
  for (const [table, names] of columns) {
    const rows = await db(table).select<Record<string, unknown>[]>(names.map((name) => `${table}.${name}`));
    all.set(table, rows.map((row) => JSON.stringify(row)).sort());
  }
  return all;
}

/** The hub's own tables with their columns: not knex's, and not the index of search, which the database fills. */
async function readColumns(db: Db, isSqlite: boolean): Promise<Map<string, string[]>> {
  const sql = isSqlite
    ? "SELECT m.name AS t, c.name AS c FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c WHERE m.type = 'table'"
    : 'SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_schema = current_schema()';
  const answer = await db.raw<{ rows: { t: string; c: string }[] } | { t: string; c: string }[]>(sql);
  const columns = new Map<string, string[]>();
  for (const { t, c } of Array.isArray(answer) ? answer : answer.rows) {
    // Who waits for changes says so for seconds at a time.
    if (!/^(knex|sqlite|search)_|^change_watchers$/.test(t)) columns.set(t, [...(columns.get(t) ?? []), c].sort());
  }
  return columns;
}

async function find(db: Db, text: string): Promise<string[]> {
  const { rows } = await searchRepositories(db, undefined, text, { limit: 10, offset: 0 });
  return rows.map(({ namespace, name }) => `${namespace}/${name}`).sort();
}

/** That the database's own index followed, and follows. */
async function checkSearch(t: ExecutionContext, db: Db, level: number): Promise<void> {
  t.deepEqual(await find(db, 'nginx'), level >= 10 ? ['alice/app', 'library/nginx'] : ['alice/app']);
  t.deepEqual(await find(db, 'größe'), ['alice/app']);
  t.deepEqual(await find(db, 'hidden'), []);
  await updateRepository(db, 'rep_1', { description: 'renamed entirely' });
  t.deepEqual(await find(db, 'entirely'), ['alice/app']);
  t.deepEqual(await find(db, 'größe'), []);
}

/** That a chain of the old version takes a push of the new one, and that the old history is told. */
async function checkChains(t: ExecutionContext, db: Db, level: number): Promise<void> {
  const { deliveries } = await buildRun(db, { of: must(await findChainById(db, 'chn_1'), 'the chain') });
  t.is(deliveries.length, 2);
  if (level < 5) return;
  const history = await findRunHistory(db, 'rep_1', 'run_2');
  t.deepEqual(history?.deliveries.map(({ id, state }) => [id, state]), [['dlv_2', 'success'], ['dlv_3', 'waiting']]);
}

async function checkIntegrity(t: ExecutionContext, db: Db): Promise<void> {
  t.deepEqual(await db.raw('PRAGMA foreign_key_check'), []);
  t.deepEqual(await db.raw('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
}

test('every level of the schema has its rows', async (t) => {
  t.deepEqual(LEVELS, await migrationSource.getMigrations([]));
});

for (const { name: engine, openEmpty } of ENGINES) {
  for (const [index, name] of LEVELS.entries()) {
    const level = index + 1;
    test(`${engine}: a database of the level ${name} is brought up with every row intact`, async (t) => {
      const db = await openEmpty(t);
      await buildOld(db, level);
      const columns = await readColumns(db, engine === 'SQLite');
      const before = await readAll(db, columns);
      const ran = await migrate(db);
      t.deepEqual(ran.slice(0, LEVELS.length - level), LEVELS.slice(level));
      t.deepEqual(await readAll(db, columns), before);
      if (level >= 2) await checkSearch(t, db, level);
      if (level >= 3) await checkChains(t, db, level);
      if (level >= 2) await deleteRepository(db, 'rep_1');
      if (level >= 2) t.deepEqual(await find(db, 'entirely'), []);
      if (engine === 'SQLite') await checkIntegrity(t, db);
    });
  }

  test(`${engine}: the rows of old levels leave no table of theirs empty`, async (t) => {
    const db = await openEmpty(t);
    await buildOld(db, LEVELS.length);
    const all = await readAll(db, await readColumns(db, engine === 'SQLite'));
    t.deepEqual([...all].filter(([, rows]) => rows.length === 0).map(([table]) => table), []);
  });
}
