// A hub of its own for a bench: on free ports, with a data directory that is gone afterwards.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ensureBuilt, ensureInstalled } from './ensure.mjs';
import { fromRoot, importBuilt, run, ToolError } from './run.mjs';
import { provideTemporal } from './temporal.mjs';

const PASSWORD = 'correct horse battery';
const READY_MS = 120_000;
/** The receivers of a bench are on loopback. */
export const HUB_ENV = { HOOKLINE_ALLOW_ADDRESSES: '127.0.0.1' };

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
export async function runBench(name, { benchEnv = {}, ...options }) {
  await withHub(options, ({ url, pid }) => runMeasurement(name, url, { ...benchEnv, HUB_PID: String(pid) }));
}

/** Runs dist/bench/NAME.js against the hub at that URL; `env` is added to its environment. */
export async function runMeasurement(name, url, env = {}) {
  const known = { ...process.env, ...env, HUB_URL: url, HUB_PASSWORD: PASSWORD };
  const code = await run(process.execPath, [fromRoot('dist', 'bench', `${name}.js`)], { env: known });
  if (code !== 0) throw new ToolError('The bench failed, see above.');
}

/** The module dist/bench/NAME.js in this process, for the hub at that URL: where a measurement needs the tool's help. */
export function importMeasurement(name, url) {
  Object.assign(process.env, { HUB_URL: url, HUB_PASSWORD: PASSWORD });
  return importBuilt(`bench/${name}.js`);
}

/**
 * Runs `action` with a hub over the database and stops it: its URL, its process, the address and process of its
 * Temporal server. `env` goes to the hub, `nodeArgs` to its Node; `launcher` is a command that starts it in its place.
 */
export async function withHub({ databaseUrl, dir, env = {}, nodeArgs = [], launcher = [] }, action) {
  const [port, temporal, ui] = [await freePort(), await freePort(), await freePort()];
  const known = {
    ...process.env, UV_THREADPOOL_SIZE: '16', HOOKLINE_DATABASE_URL: databaseUrl, HOOKLINE_DATA_DIR: dir, HOOKLINE_ADMIN_PASSWORD: PASSWORD,
    HOOKLINE_ADDRESS: `127.0.0.1:${port}`, HOOKLINE_TEMPORAL_PORT: String(temporal), HOOKLINE_TEMPORAL_UI_PORT: String(ui), ...env,
  };
  const [command, ...args] = [...launcher, process.execPath, ...nodeArgs, fromRoot('dist', 'main.js')];
  const hub = spawn(command, args, { env: known, cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] });
  const closed = once(hub, 'close');
  // Ctrl-C reaches the measurement too, whose end ends us; whatever else ends this process takes the hub along.
  const [abandon, hold, leave] = [() => void hub.kill(), () => undefined, () => process.exit(143)];
  process.once('exit', abandon).on('SIGINT', hold).once('SIGTERM', leave);
  const url = `http://127.0.0.1:${port}`;
  try {
    await waitReady(url, hub);
    const [temporalPid] = readFileSync(join(dir, 'temporal.pid'), 'utf8').trim().split('\n').map(Number);
    await action({ url, pid: hub.pid, temporalAddress: `127.0.0.1:${temporal}`, temporalPid });
  } finally {
    hub.kill();
    await closed;
    process.off('exit', abandon).off('SIGINT', hold).off('SIGTERM', leave);
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

/** A port of loopback that was free a moment ago. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
