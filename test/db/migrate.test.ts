import test from 'ava';
import { countPendingMigrations, migrate, NewerDatabaseError } from '../../db/migrate.js';
import { isMigrated, isWritable } from '../../db/probe.js';
import { ENGINES } from '../helpers/database.js';

for (const { name, openEmpty, open } of ENGINES) {
  test(`${name}: the schema is brought up once and then left alone`, async (t) => {
    const db = await openEmpty(t);
    const pending = await countPendingMigrations(db);
    t.false(await isMigrated(db));
    const ran = await migrate(db);
    t.is(ran.length, pending);
    t.deepEqual(ran, [...ran].sort());
    t.deepEqual(await migrate(db), []);
    t.is(await countPendingMigrations(db), 0);
    t.true(await isMigrated(db));
  });

  test(`${name}: a database of a newer version is refused, naming what is unknown`, async (t) => {
    const db = await open(t);
    await db('knex_migrations').insert({ name: '999_from_the_future', batch: 2 });
    await t.throwsAsync(migrate(db), { instanceOf: NewerDatabaseError, message: /by a newer Hookline \(999_from_the_future\): start that version/ });
    t.true(await isMigrated(db), 'a process that runs already is still ready beside the newer version');
  });

  test(`${name}: a database that takes writes is writable, again and again with one row`, async (t) => {
    const db = await open(t);
    t.true(await isWritable(db));
    t.true(await isWritable(db));
    t.is((await db('probes').select('name')).length, 1);
  });
}
