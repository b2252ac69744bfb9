import { rm } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { destroy, HubProcess, readServerPid, tail } from '../e2e/hubProcess.js';
import { prepare, WORKER_RUNS } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import type { DevServer } from '../../temporal/devServer.js';
import { isAlive, startTestServer } from '../temporal/testServer.js';
import { openClusterStage } from './clusterStage.js';
import type { Database } from './database.js';
import { SETTINGS } from './settings.js';
import { TemporalFile } from './temporalFile.js';

/** A machine under load starts processes slowly: milliseconds. */
const READY_MS = 300_000;

export type Topology = 'all-in-one' | 'split' | 'cluster';

/** A hub that can be struck: its processes by name. */
export interface Stage {
  readonly topology: Topology;
  readonly url: string;
  readonly password: string;
  readonly dataDir: string;
  /** HOST:PORT of Temporal. */
  readonly temporalAddress: string;
  readonly database: Database;
  readonly temporalFile: TemporalFile;
  /** What stands in front, where something does. */
  readonly proxy?: { kill(): Promise<void>; start(): Promise<void> };
  /** `hub` alone, `api` and `worker`, or `api 1`, `api 2`, `worker 1`, `worker 2`. */
  readonly processes: Readonly<Record<string, HubProcess>>;
  /** The id of Temporal's process, while it is known to run. */
  temporalPid(): number | undefined;
  /** SIGKILL to Temporal, and its end. Nobody starts it again before `startTemporal`, but the hub where it is its own. */
  killTemporal(): Promise<void>;
  /** Where Temporal is not the hub's own. */
  startTemporal(): Promise<void>;
  /** Starts a process that was killed, and waits until it serves again, whatever else is down. */
  revive(name: string): Promise<void>;
  /** Waits until a process that is being started serves; at once where none is. */
  serving(name: string): Promise<void>;
  /** Waits until the hub says that all is well. */
  settle(): Promise<void>;
  /** All that its processes have said. */
  output(): string;
  close(): Promise<void>;
}

/** What a stage is made of. */
export interface StageOptions {
  readonly database: Database;
  readonly env?: Readonly<Record<string, string>>;
  /** HOST:PORT at which the API of a split hub finds the Temporal of that port, where it is not to find it directly. */
  readonly via?: (temporalPort: number) => Promise<string>;
}

/** Starts the hub in one process or in three, over the database, or as a cluster of seven, and waits until it is ready. */
export async function openStage(topology: Topology, { database, env, via }: StageOptions): Promise<Stage> {
  // Its database is the one that its Temporal is on, too.
  if (topology === 'cluster') return openClusterStage(env);
  const prepared = await prepare({ env: { ...SETTINGS, ...database.env, ...env } });
  const door = (await via?.(prepared.temporalPort)) ?? prepared.temporalAddress;
  const stage = topology === 'split' ? openSplit(prepared, database, door) : openWhole(prepared, database);
  try {
    if (topology === 'split') await stage.startTemporal();
    for (const name of Object.keys(stage.processes)) await stage.revive(name);
    await stage.settle();
  } catch (error) {
    await stage.close();
    throw error;
  }
  return stage;
}

type Prepared = Awaited<ReturnType<typeof prepare>>;

function openWhole(prepared: Prepared, database: Database): Stage {
  const { dataDir, env } = prepared;
  const hub = new HubProcess('main.js', env, dataDir);
  const temporalPid = () => {
    const [pid] = readServerPid(dataDir);
    return pid !== undefined && isAlive(pid) ? pid : undefined;
  };
  return {
    ...describe('all-in-one', prepared, { database, processes: { hub } }),
    temporalPid,
    killTemporal: async () => kill(temporalPid()),
    startTemporal: async () => undefined,
    close: () => destroy(hub),
  };
}

function openSplit(prepared: Prepared, database: Database, door: string): Stage {
  const { dataDir, env, temporalAddress, temporalPort: port, uiPort } = prepared;
  const processes = {
    api: new HubProcess('api/server.js', { ...env, TEMPORAL_ADDRESS: door }, dataDir),
    worker: new HubProcess('activities/worker.js', { ...env, TEMPORAL_ADDRESS: temporalAddress }, dataDir),
  };
  let temporal: DevServer | undefined;
  const killTemporal = async () => {
    await kill(temporal?.pid());
    await temporal?.stop();
    temporal = undefined;
  };
  return {
    ...describe('split', prepared, { database, processes }),
    temporalPid: () => temporal?.pid(),
    killTemporal,
    async startTemporal() {
      temporal = await startTestServer({ dataDir, port, uiPort });
    },
    async close() {
      await killTemporal();
      for (const one of Object.values(processes)) await destroy(one);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

type Common = 'topology' | 'url' | 'password' | 'dataDir' | 'temporalAddress' | 'database' | 'temporalFile' | 'processes' | 'revive' | 'serving' | 'settle' | 'output';

function describe(topology: Topology, { url, dataDir, env, temporalAddress }: Prepared, { database, processes }: Pick<Stage, 'database' | 'processes'>): Pick<Stage, Common> {
  const all = Object.values(processes);
  const starts = new Map<string, Promise<void>>();
  return {
    topology, url, dataDir, temporalAddress, database, processes,
    password: env.HOOKLINE_ADMIN_PASSWORD,
    temporalFile: new TemporalFile(dataDir),
    revive(name) {
      const one = processes[name];
      one?.start();
      const serves = name === 'worker' ? one?.said(WORKER_RUNS, READY_MS) : one && waitReady(url, [one], ['ok', 'degraded']);
      const start = serves ?? Promise.resolve();
      starts.set(name, start);
      return start;
    },
    serving: async (name) => starts.get(name),
    settle: () => waitReady(url, all, ['ok']),
    output: () => all.map((one) => one.output).join('\n'),
  };
}

async function kill(pid: number | undefined): Promise<void> {
  if (pid === undefined || !isAlive(pid)) return;
  process.kill(pid, 'SIGKILL');
  await pollUntil('the end of Temporal', async () => !isAlive(pid));
}

/** A process that ends by itself will not come back: nobody waits for it. */
async function waitReady(url: string, processes: readonly HubProcess[], accepted: readonly string[]): Promise<void> {
  await pollUntil(`/readyz saying ${accepted.join(' or ')}`, async () => {
    const dead = processes.find(({ isRunning }) => !isRunning);
    if (dead) throw new Error(`a process of the hub ended:\n${tail(dead.output)}`);
    const status = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) }).then(readStatus, () => undefined);
    if (status === undefined) await wait(50);
    return status !== undefined && accepted.includes(status);
  }, READY_MS);
}

async function readStatus(response: Response): Promise<string | undefined> {
  return ((await response.json()) as { status?: string }).status;
}
