// A hub of its own for a bench: on free ports, with a data directory that is gone afterwards.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { fromRoot, run, ToolError } from './run.mjs';
import { provideTemporal } from './temporal.mjs';

const PASSWORD = 'correct horse battery';
const READY_MS = 120_000;

/** Builds what is needed and runs `action` with a new directory, which is removed afterwards. */
export async function withDirectory(action) {
  await ensureInstalled();
  await ensureBuilt();
  await provideTemporal();
  const dir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
  try {
    await action(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/**
 * Runs the bench of that name against a hub over the database. `env` is more of the hub's environment, `benchEnv` of
 * the bench's; `launcher` is a command that starts the hub in its place, under the same process id.
 */
export async function runBench(name, { databaseUrl, dir, env: hubEnv, benchEnv, launcher }) {
  await withHub({ databaseUrl, dir, hubEnv, launcher }, async (hub, pid) => {
    const env = { ...process.env, ...benchEnv, HUB_URL: hub, HUB_PASSWORD: PASSWORD, HUB_PID: String(pid) };
    const code = await run(process.execPath, [fromRoot('dist', 'bench', `${name}.js`)], { env });
    if (code !== 0) throw new ToolError('The bench failed, see above.');
  });
}

/** Runs `action` with the URL of a hub over the database, and stops it. */
async function withHub({ databaseUrl, dir, hubEnv, launcher = [] }, action) {
  const [port, temporal, ui] = [await freePort(), await freePort(), await freePort()];
  const env = {
    ...process.env, UV_THREADPOOL_SIZE: '16', HOOKLINE_DATABASE_URL: databaseUrl, HOOKLINE_DATA_DIR: dir, HOOKLINE_ADMIN_PASSWORD: PASSWORD,
    HOOKLINE_ADDRESS: `127.0.0.1:${port}`, HOOKLINE_TEMPORAL_PORT: String(temporal), HOOKLINE_TEMPORAL_UI_PORT: String(ui), ...hubEnv,
  };
  const [command, ...args] = [...launcher, process.execPath, fromRoot('dist', 'main.js')];
  const hub = spawn(command, args, { env, cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
  const closed = once(hub, 'close');
  try {
    await waitReady(`http://127.0.0.1:${port}`, hub);
    await action(`http://127.0.0.1:${port}`, hub.pid);
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
