// npm run bench:search [-- postgres://…]: a catalogue of 100,000 repositories, a hub over it, and the time that its
// search takes. SQLite in a directory of its own by default; on PostgreSQL in a schema of its own. Both are removed.
import { withDatabase } from './benchDatabase.mjs';
import { runBench, withDirectory } from './benchHub.mjs';
import { fillCatalog } from './catalog.mjs';
import { importBuilt, runTool, say } from './run.mjs';

const SIZE = 100_000;
const SCHEMA = 'hookline_bench_search';

async function bench(server) {
  await withDirectory((dir) =>
    withDatabase({ server, dir, schema: SCHEMA }, async (databaseUrl) => {
      await fill(databaseUrl);
      await runBench('search', { databaseUrl, dir });
    }),
  );
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
