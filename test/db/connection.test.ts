import { existsSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { openDatabase, type Db } from '../../db/connection.js';
import { isUnavailable } from '../../db/errors.js';
import { migrate } from '../../db/migrate.js';
import { isMigrated, isWritable } from '../../db/probe.js';
import { ENGINES } from '../helpers/database.js';
import { freePort, tempDir } from '../helpers/ports.js';

async function readPragma(db: Db, name: string): Promise<unknown> {
  const rows = await db.raw<Record<string, unknown>[]>(`PRAGMA ${name}`);
  return Object.values(rows[0] ?? {})[0];
}

test('a SQLite file is opened with WAL, full sync, foreign keys and patience, in a directory that is made', async (t) => {
  const file = join(await tempDir(t), 'new', 'hub.db');
  const db = openDatabase(`sqlite:${file}`);
  t.teardown(() => db.destroy());
  const names = ['journal_mode', 'synchronous', 'foreign_keys', 'busy_timeout'];
  const values: unknown[] = [];
  for (const name of names) values.push(await readPragma(db, name));
  t.deepEqual(values, ['wal', 2, 1, 5000]);
  t.true(existsSync(file));
});

test('a read-only database is not writable, and says so instead of failing', async (t) => {
  const db = openDatabase('sqlite::memory:');
  t.teardown(() => db.destroy());
  await migrate(db);
  await db.raw('PRAGMA query_only = ON');
  t.false(await isWritable(db));
});

test('a PostgreSQL server that is away is unavailable, not an unexpected error', async (t) => {
  const db = openDatabase(`postgres://nobody@127.0.0.1:${await freePort()}/none`);
  t.teardown(() => db.destroy());
  t.false(await isWritable(db));
  t.false(await isMigrated(db));
});

const CODES: readonly [code: string, unavailable: boolean][] = [
  ['SQLITE_BUSY', true], ['SQLITE_FULL', true], ['SQLITE_IOERR', true], ['SQLITE_READONLY', true], ['SQLITE_CORRUPT', true], ['SQLITE_NOTADB', true], ['ECONNREFUSED', true],
  ['57P01', true], ['57P03', true], ['53300', true], ['08006', true], ['40001', true], ['40P01', true], ['55P03', true],
  ['57014', true], ['25P03', true],
  ['SQLITE_CONSTRAINT', false], ['23505', false], ['42P01', false], ['22021', false], ['SQLITE_ERROR', false],
];
for (const [code, unavailable] of CODES) {
  test(`the code ${code} means ${unavailable ? 'unavailable' : 'a fault of ours'}`, (t) => {
    t.is(isUnavailable(Object.assign(new Error('x'), { code })), unavailable);
  });
}

test('only errors with a code can mean unavailable', (t) => {
  t.false(isUnavailable(new Error('SQLITE_BUSY')));
  t.false(isUnavailable({ code: 'SQLITE_BUSY' }));
  t.false(isUnavailable(undefined));
});

for (const { name, open } of ENGINES) {
  test(`${name}: what an error says of a statement holds no values`, async (t) => {
    const db = await open(t);
    await db('probes').insert({ name: 'canary', at: 'now' });
    const twice = await t.throwsAsync(db('probes').insert({ name: 'canary', at: 'now' }));
    const unknown = await t.throwsAsync(db('nowhere').where({ name: 'canary' }));
    for (const { message, stack = '' } of [twice, unknown]) {
      t.regex(message, /probes|nowhere/);
      t.notRegex(message + stack, /canary/);
    }
  });
}
