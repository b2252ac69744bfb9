import { basename, delimiter, dirname } from 'node:path';
import { Api } from '../e2e/api.js';
import { destroy, HubProcess, readServerPid, READY_MS, tail } from '../e2e/hubProcess.js';
import type { DevServer } from '../../temporal/devServer.js';
import { BINARY, isAlive, startTestServer } from '../temporal/testServer.js';
import { pollUntil } from './poll.js';
import { freePort, tempDir } from './ports.js';

export { destroyAll, listFaults, tail } from '../e2e/hubProcess.js';

const PASSWORD = 'correct horse battery';
/** What a worker logs once it polls for tasks. */
export const WORKER_RUNS = 'the worker runs';

/** The part of ava's `t` that processes need; without it `destroyAll` cleans up. */
export interface Owner {
  readonly passed: boolean;
  teardown(clean: () => Promise<void>): void;
  log(...values: unknown[]): void;
}

/** What a test varies. */
export interface HubOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly dataDir?: string;
  readonly httpPort?: number;
  /** The administrator's, where `env` sets another. */
  readonly password?: string;
  /** A folder of programs that are found before those on PATH. */
  readonly programs?: string;
}

/** A whole hub in one process. */
export interface Hub {
  readonly url: string;
  readonly dataDir: string;
  /** HOST:PORT of its Temporal. */
  readonly temporalAddress: string;
  /** Logged in as the administrator. */
  readonly api: Api;
  readonly process: HubProcess;
  /** Starts the process again and waits until everything is ready. */
  restart(): Promise<void>;
  /** The id of its Temporal server's process. */
  temporalPid(): number | undefined;
}

/** The hub in three processes over one SQLite file, each of which can be stopped and started alone. */
export interface SplitHub {
  readonly url: string;
  readonly dataDir: string;
  readonly temporalAddress: string;
  readonly api: Api;
  readonly server: HubProcess;
  readonly worker: HubProcess;
  readonly temporal: { stop(): Promise<void>; start(): Promise<void> };
  /** Waits until the API says so. */
  waitReady(status: 'ok' | 'degraded'): Promise<void>;
}

/** The hub as users run it, `main.js`, on free ports and a data directory of its own, ready and logged in. */
export async function startHub(t?: Owner, options: HubOptions = {}): Promise<Hub> {
  const { dataDir, env, url, temporalAddress } = await prepare(options);
  const hub = new HubProcess('main.js', env, dataDir);
  cleanUp(t, [hub]);
  const api = new Api(url);
  const restart = async () => {
    hub.start();
    await waitReady(api, 'ok', [hub]);
  };
  await restart();
  await api.login('admin', options.password ?? PASSWORD);
  return { url, dataDir, temporalAddress, api, process: hub, restart, temporalPid: () => readServerPid(dataDir)[0] };
}

/**
 * Starts a hub that is to refuse; answers its exit code and what it said. Its Temporal server, if it came so far,
 * must be gone too.
 */
export async function startRefused(t: Owner, options: HubOptions): Promise<{ code: unknown; output: string }> {
  const { dataDir, env } = await prepare(options);
  const hub = new HubProcess('main.js', env, dataDir);
  // Another hub's directory is that one's to remove.
  if (options.dataDir === undefined) cleanUp(t, [hub]);
  else t.teardown(async () => hub.destroy());
  const code = await hub.start().ended();
  const [server, owner] = readServerPid(dataDir);
  if (server && owner === hub.pid) await pollUntil('the end of its Temporal', async () => !isAlive(server));
  return { code, output: hub.output };
}

/** API, worker and Temporal as processes of their own. */
export async function startSplitHub(t: Owner): Promise<SplitHub> {
  const { dataDir, env, url, temporalAddress, temporalPort: port, uiPort } = await prepare({});
  let running: DevServer | undefined;
  const temporal = {
    async start() {
      running = await startTestServer({ dataDir, port, uiPort });
    },
    stop: async () => running?.stop(),
  };
  const attached = { ...env, TEMPORAL_ADDRESS: temporalAddress };
  const server = new HubProcess('api/server.js', attached, dataDir);
  const worker = new HubProcess('activities/worker.js', attached, dataDir);
  cleanUp(t, [server, worker], temporal.stop);
  await temporal.start();
  const api = new Api(url);
  const ready = (status: 'ok' | 'degraded') => waitReady(api, status, [server]);
  server.start();
  await ready('ok');
  worker.start();
  await worker.said(WORKER_RUNS);
  await api.login('admin', PASSWORD);
  return { url, dataDir, temporalAddress, api, server, worker, temporal, waitReady: ready };
}

async function prepare({ env, dataDir, httpPort, programs }: HubOptions) {
  const port = httpPort ?? (await freePort());
  const [temporalPort, uiPort] = [await freePort(), await freePort()];
  const dir = dataDir ?? (await tempDir());
  const settings = {
    HOOKLINE_ADDRESS: `127.0.0.1:${port}`,
    HOOKLINE_DATA_DIR: dir,
    HOOKLINE_TEMPORAL_PORT: String(temporalPort),
    HOOKLINE_TEMPORAL_UI_PORT: String(uiPort),
    HOOKLINE_ALLOW_ADDRESSES: '127.0.0.0/8',
    HOOKLINE_ADMIN_PASSWORD: PASSWORD,
    HOOKLINE_RETRY_DELAYS: '100ms,200ms,300ms',
    HOOKLINE_SWEEP_INTERVAL: '1s',
    ...env,
  };
  const url = `http://127.0.0.1:${port}`;
  return { dataDir: dir, env: { ...inheritEnv(programs), ...settings }, url, temporalAddress: `127.0.0.1:${temporalPort}`, temporalPort, uiPort };
}

/** Our environment without anything that configures a hub, and with the Temporal binary of the tests on PATH. */
function inheritEnv(programs?: string): Record<string, string> {
  const kept = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(HOOKLINE|TEMPORAL)_|^FORCE_COLOR$/.test(entry[0]),
  );
  const env = Object.fromEntries(kept);
  const isOwn = dirname(BINARY) !== '.' && basename(BINARY) === 'temporal';
  const folders = [programs, isOwn ? dirname(BINARY) : undefined, env['PATH']].filter((folder) => folder !== undefined);
  return { ...env, PATH: folders.join(delimiter) };
}

async function waitReady(api: Api, status: string, processes: readonly HubProcess[]): Promise<void> {
  await pollUntil(`/readyz saying ${status}`, async () => {
    const dead = processes.find(({ isRunning }) => !isRunning);
    if (dead) throw new Error(`the hub ended:\n${tail(dead.output)}`);
    const answer = await api.ask<{ status: string }>('GET', '/readyz').catch(() => undefined);
    return answer?.body.status === status;
  }, READY_MS);
}

/** Ends the processes with the test, and shows what they said where it failed. */
function cleanUp(t: Owner | undefined, processes: readonly HubProcess[], more?: () => Promise<unknown>): void {
  t?.teardown(async () => {
    if (!t.passed) for (const { output } of processes) t.log(tail(output));
    await more?.();
    for (const one of processes) await destroy(one);
  });
}
