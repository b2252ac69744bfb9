import test from 'ava';
import { testWithPostgres } from '../helpers/postgres.js';
import { startPostgres } from '../helpers/postgresServer.js';
import { openDatabase } from '../../db/connection.js';
import { destroyAll } from '../helpers/hub.js';
import { stopAll } from '../temporal/testServer.js';
import { drillRestore } from './restoreDrill.js';

/** Chains in the middle at the backup; `npm run check:restore` asks for more of them. */
const OPEN = Number(process.env['TEST_RESTORE_CHAINS'] ?? 2);

test.after.always(stopAll);
test.after.always(destroyAll);

test('a hub on SQLite that lost everything goes on from a backup that was made while it ran', async (t) => {
  await t.notThrowsAsync(drillRestore({ owner: t, env: {}, open: OPEN, say: (line) => t.log(line) }));
});

testWithPostgres('a hub on PostgreSQL that lost everything goes on from a backup that was made while it ran', async (t) => {
  const postgres = await startPostgres(t);
  const wipe = async (): Promise<void> => {
    const db = openDatabase(postgres.url);
    await db.raw('DROP SCHEMA public CASCADE').finally(() => db.destroy());
    const admin = openDatabase(postgres.adminUrl);
    await admin.raw('CREATE SCHEMA public AUTHORIZATION hookline').finally(() => admin.destroy());
  };
  const env = { HOOKLINE_DATABASE_URL: postgres.url };
  await t.notThrowsAsync(drillRestore({ owner: t, env, wipe, open: OPEN, say: (line) => t.log(line) }));
});
