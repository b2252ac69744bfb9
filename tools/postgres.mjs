// One PostgreSQL server for a whole test run.
import { importBuilt, say } from './run.mjs';

/**
 * Sets TEST_POSTGRES_URL for what runs next, unless the caller has set it; the server ends with this process, however
 * it ends. The tests of the API then stay on SQLite, for time: `npm run check:postgres` runs them here. Where there is none on this machine it says so. Needs ensureBuilt() first.
 */
export async function providePostgres() {
  if (process.env.TEST_POSTGRES_URL) return;
  const { findPostgres } = await importBuilt('test/helpers/postgresPrograms.js');
  if (findPostgres() === undefined) {
    say('There is no PostgreSQL server on this machine: databases are tested on SQLite alone (Debian: apt-get install postgresql).');
    return;
  }
  const { startPostgres } = await importBuilt('test/helpers/postgresServer.js');
  const { url } = await startPostgres(undefined, { hasty: true });
  process.env.TEST_POSTGRES_URL = url;
  process.env.TEST_API_ENGINE ??= 'SQLite';
}
