// npm run bench:search [-- postgres://…]: a catalogue of 100,000 repositories, a hub over it, and the time that its
// search takes. SQLite in a directory of its own by default; on PostgreSQL in a schema of its own. Both are removed.
import { join } from 'node:path';
import { runBench, withDirectory } from './benchHub.mjs';
import { fillCatalog } from './catalog.mjs';
import { importBuilt, runTool, say } from './run.mjs';

const SIZE = 100_000;
const SCHEMA = 'hookline_bench_search';

async function bench(server) {
  await withDirectory((dir) =>
    withDatabase(server, dir, async (databaseUrl) => {
      await fill(databaseUrl);
      await runBench('search', { databaseUrl, dir });
    }),
  );
}

/** Runs `action` with the URL of an empty database, which is gone afterwards. */
async function withDatabase(server, dir, action) {
  if (server === undefined) return action(`sqlite:${join(dir, 'hookline.db')}`);
  const { openDatabase } = await importBuilt('db/connection.js');
  const admin = openDatabase(server);
  const drop = () => admin.raw('DROP SCHEMA IF EXISTS ?? CASCADE', [SCHEMA]);
  try {
    await drop();
    await admin.raw('CREATE SCHEMA ??', [SCHEMA]);
    const url = new URL(server);
    url.searchParams.set('options', `-c search_path=${SCHEMA}`);
    await action(url.href);
  } finally {
    await drop();
    await admin.destroy();
  }
}

async function fill(url) {
  const { openDatabase } = await importBuilt('db/connection.js');
  const { migrate } = await importBuilt('db/migrate.js');
  const started = Date.now();
  const db = openDatabase(url);
  try {
    await migrate(db);
    await fillCatalog(db, SIZE);
    // What the server's autovacuum would do within a minute.
    await db.raw('ANALYZE');
  } finally {
    await db.destroy();
  }
  say(`${SIZE} repositories written in ${Math.round((Date.now() - started) / 1000)} s.`);
}

await runTool(() => bench(process.argv[2]));
