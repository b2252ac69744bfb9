import test from 'ava';
import { testWithPostgres } from '../helpers/postgres.js';
import { startPostgres } from '../helpers/postgresServer.js';
import { openDatabase } from '../../db/connection.js';
import { destroyAll } from '../helpers/hub.js';
import { stopAll } from '../temporal/testServer.js';
import { drillRestore } from './restoreDrill.js';

/** Chains in the middle at the backup; `npm run check:restore` asks for more of them. */
const OPEN = Number(process.env['TEST_RESTORE_CHAINS'] ?? 1);

test.after.always(stopAll);
test.after.always(destroyAll);

async function ask(url: string, sql: string): Promise<void> {
  const db = openDatabase(url);
  try {
    await db.raw(sql);
  } finally {
    await db.destroy();
  }
}

test.serial('a hub on SQLite that lost everything goes on from a backup that was made while it ran', async (t) => {
  await t.notThrowsAsync(drillRestore({ owner: t, env: {}, open: OPEN, say: (line) => t.log(line) }));
});

testWithPostgres.serial('a hub on PostgreSQL that lost everything goes on from a backup that was made while it ran', async (t) => {
  const postgres = await startPostgres(t);
  const wipe = async (): Promise<void> => {
    await ask(postgres.adminUrl, 'DROP SCHEMA public CASCADE');
    await ask(postgres.adminUrl, 'CREATE SCHEMA public AUTHORIZATION hookline');
  };
  const env = { HOOKLINE_DATABASE_URL: postgres.url };
  await t.notThrowsAsync(drillRestore({ owner: t, env, wipe, open: OPEN, say: (line) => t.log(line) }));
});
