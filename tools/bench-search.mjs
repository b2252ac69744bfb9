// npm run bench:search [-- postgres://…]: a catalogue of 100,000 repositories, a hub over it, and the time that its
// search takes. SQLite in a directory of its own by default; on PostgreSQL in a schema of its own. Both are removed.
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { fillCatalog } from './catalog.mjs';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { fromRoot, importBuilt, run, runTool, say, ToolError } from './run.mjs';
import { provideTemporal } from './temporal.mjs';

const SIZE = 100_000;
const SCHEMA = 'hookline_bench_search';
const PASSWORD = 'correct horse battery';
const READY_MS = 120_000;

async function bench(server) {
  await ensureInstalled();
  await ensureBuilt();
  await provideTemporal();
  const dir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
  try {
    await withDatabase(server, dir, async (url) => {
      await fill(url);
      await withHub(url, dir, async (hub) => {
        const env = { ...process.env, HUB_URL: hub, HUB_PASSWORD: PASSWORD };
        const code = await run(process.execPath, [fromRoot('dist', 'bench', 'search.js')], { env });
        if (code !== 0) throw new ToolError('The bench failed, see above.');
      });
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
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

/** Runs `action` with the URL of a hub over the database, and stops it. */
async function withHub(databaseUrl, dir, action) {
  const [port, temporal, ui] = [await freePort(), await freePort(), await freePort()];
  const env = {
    ...process.env, UV_THREADPOOL_SIZE: '16', HOOKLINE_DATABASE_URL: databaseUrl, HOOKLINE_DATA_DIR: dir, HOOKLINE_ADMIN_PASSWORD: PASSWORD,
    HOOKLINE_ADDRESS: `127.0.0.1:${port}`, HOOKLINE_TEMPORAL_PORT: String(temporal), HOOKLINE_TEMPORAL_UI_PORT: String(ui),
  };
  const hub = spawn(process.execPath, [fromRoot('dist', 'main.js')], { env, cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
  const closed = once(hub, 'close');
  try {
    await waitReady(`http://127.0.0.1:${port}`, hub);
    await action(`http://127.0.0.1:${port}`);
  } finally {
    hub.kill();
    await closed;
  }
}

async function waitReady(url, hub) {
  for (const end = Date.now() + READY_MS; Date.now() < end; await wait(200)) {
    if (hub.exitCode !== null) break;
    const answer = await fetch(`${url}/readyz`).then((response) => response.json(), () => undefined);
    if (answer?.status === 'ok') return;
  }
  throw new ToolError('The hub did not become ready.');
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

await runTool(() => bench(process.argv[2]));
