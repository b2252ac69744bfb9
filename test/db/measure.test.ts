import test from 'ava';
import { openDatabase } from '../../db/connection.js';
import { measureDatabase } from '../../db/measure.js';
import { readExposition } from '../helpers/exposition.js';
import { openTestDatabase } from '../helpers/database.js';
import { readMetrics } from '../../metrics.js';

async function read(name: string): Promise<number> {
  return readExposition((await readMetrics()).text).get(name) ?? 0;
}

test.serial('waits for a connection and statements are measured, those of transactions too', async (t) => {
  const db = await openTestDatabase(t);
  measureDatabase(db);
  await db.transaction(async (db) => {
    await db('probes').insert({ name: 'x', at: 'now' });
    await db('probes').where({ name: 'x' }).first('at');
  });
  t.is(await read('hookline_database_wait_seconds_count'), 1);
  t.is(await read('hookline_database_query_seconds_count{kind="insert"}'), 1);
  t.is(await read('hookline_database_query_seconds_count{kind="select"}'), 1);
});

test.serial('a statement that waits is counted with its wait', async (t) => {
  const db = await openTestDatabase(t);
  measureDatabase(db);
  const before = await read('hookline_database_wait_seconds_bucket{le="0.025"}');
  const slow = await read('hookline_database_wait_seconds_count');
  await Promise.all([
    db.transaction(async (db) => {
      await db.raw('SELECT 1');
      const until = performance.now() + 60;
      while (performance.now() < until) await db.raw('SELECT 1');
    }),
    db.raw('SELECT 1'),
  ]);
  t.is(await read('hookline_database_wait_seconds_count'), slow + 2);
  t.is(await read('hookline_database_wait_seconds_bucket{le="0.025"}'), before + 1);
});

test.serial('a database that is away is counted', async (t) => {
  const db = openDatabase('postgres://nobody@127.0.0.1:1/none');
  t.teardown(() => db.destroy());
  measureDatabase(db);
  await t.throwsAsync(() => db.raw('SELECT 1'));
  t.true(await read('hookline_database_unavailable_total{reason="connection"}') >= 1);
});

test.serial('a fault of a statement is none of the database', async (t) => {
  const db = await openTestDatabase(t);
  measureDatabase(db);
  const before = await read('hookline_database_query_seconds_count{kind="select"}');
  await t.throwsAsync(() => db.raw('SELECT nothing_of_that_name'));
  t.is(await read('hookline_database_query_seconds_count{kind="select"}'), before + 1);
  t.is(readExposition((await readMetrics()).text).get('hookline_database_unavailable_total{reason="error"}'), undefined);
});
