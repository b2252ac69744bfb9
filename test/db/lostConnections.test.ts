import test from 'ava';
import { openDatabase, type Db } from '../../db/connection.js';
import { isUnavailable } from '../../db/errors.js';
import { findPostgres } from '../helpers/postgresPrograms.js';
import { startPostgres } from '../helpers/postgresServer.js';
import { pollUntil } from '../helpers/poll.js';

const TITLE = 'a PostgreSQL server that is killed in the middle of statements and transactions is unavailable, and answers again when it is back';
const testWithPostgres = findPostgres() === undefined ? test.skip : test;

/** What a statement failed with. */
async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(() => undefined, (error: unknown) => error);
}

/** A transaction whose connection breaks between two of its statements; answers what the second one failed with. */
async function failBetween(db: Db, breakIt: () => Promise<void>): Promise<unknown> {
  return failure(db.transaction(async (db) => {
    await db.raw('SELECT 1');
    await breakIt();
    await db.raw('SELECT 2');
  }));
}

testWithPostgres(findPostgres() === undefined ? `${TITLE} (not run: there is no PostgreSQL)` : TITLE, async (t) => {
  const server = await startPostgres(t);
  const db = openDatabase(server.url);
  t.teardown(() => db.destroy());
  await db.raw('SELECT 1');
  const inFlight = failure(Promise.resolve(db.raw('SELECT pg_sleep(60)')));
  const between = failBetween(db, async () => {
    await server.kill('SIGKILL');
    // The end of the connection must have arrived, so that the next statement meets a client that knows of it.
    await inFlight;
  });
  for (const error of [await inFlight, await between, await failure(Promise.resolve(db.raw('SELECT 1')))]) {
    t.true(error instanceof Error);
    t.true(isUnavailable(error), String(error));
  }
  await server.start();
  await pollUntil('an answer', async () => failure(Promise.resolve(db.raw('SELECT 1'))).then((error) => error === undefined));
});
