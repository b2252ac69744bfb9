import { statfs } from 'node:fs/promises';
import { formatAddress, type Config } from './config.js';
import { countDueChecks, countOpenRuns, countOverdueRuns, countPausedEndpoints, OPEN_AGES } from './db/gauges.js';
import { measureDatabase } from './db/measure.js';
import { isUnavailable } from './db/errors.js';
import { isWritable } from './db/probe.js';
import type { House } from './house.js';
import type { Logger } from './log.js';
import { addCollector, meters, openMetrics, PatienceError, startProcessMetrics, type Collector } from './metrics.js';
import { news, type RunEnd } from './news.js';
import type { Running } from './process.js';
import { findRegistryOrigin, isReachable } from './registry/upstream.js';
import { OPEN_RUN_STATES } from './states.js';
import type { Temporal } from './temporal/client.js';
import { findTracing, startTracing } from './tracing.js';
import { VERSION } from './version.js';

/** Begins to trace where an address is set for it. To be called before anything else of the process that is to be traced. */
export function traceProcess({ tracing }: Pick<Config, 'tracing'>, role: ObserveOptions['role'], log: Logger): void {
  if (!tracing) return;
  const onFault = (reason: string): void => log.warn({ reason }, 'spans could not be sent');
  startTracing({ ...tracing, role, version: VERSION, onFault });
  log.info({ endpoint: new URL(tracing.endpoint).origin }, 'spans are sent');
}

/** Who is observed: what this process is, and what it reaches. */
export interface ObserveOptions {
  readonly role: 'hookline' | 'api' | 'worker';
  readonly temporal: Pick<Temporal, 'isReachable'>;
}

/**
 * Writes down what the rows tell of, and, where an address is set for it, offers this process's metrics there.
 * @throws an Error that names the address where it is taken or not ours.
 */
export async function observe(house: House, options: ObserveOptions): Promise<Running> {
  const stopListening = listenToNews(house);
  const { metricsAddress: address, metricsToken: token } = house.config;
  const metrics = address && (await offerMetrics(house, options, {
    address, token, onFault: (error) => house.log.error({ err: error }, 'the metrics could not be written'),
  }));
  return {
    async stop() {
      stopListening();
      await metrics?.stop();
      await findTracing()?.stop();
    },
  };
}

function listenToNews({ log }: Pick<House, 'log'>): () => void {
  const ended = ({ run, state, created }: RunEnd): void => {
    const seconds = Math.max(Date.now() - Date.parse(created), 0) / 1000;
    meters.runsEnded.inc({ state });
    meters.runSeconds.observe(seconds);
    log.info({ run, state, duration_ms: Math.round(seconds * 1000) }, 'run ended');
  };
  const interrupted = (count: number): void => {
    meters.attempts.inc({ outcome: 'interrupted' }, count);
    log.warn({ count }, 'attempts were interrupted; the next ones carry the same webhook-id');
  };
  news.on('runEnded', ended).on('attemptsInterrupted', interrupted);
  return () => void news.off('runEnded', ended).off('attemptsInterrupted', interrupted);
}

async function offerMetrics(house: House, { role, temporal }: ObserveOptions, at: Parameters<typeof openMetrics>[0]): Promise<Running> {
  startProcessMetrics(role, VERSION);
  measureDatabase(house.db);
  const groups = [runs(house), endpoints(house), database(house), disk(house), reach(temporal), registry(house)].filter((group) => group !== undefined);
  const removals = groups.map((group) => addCollector({ ...group, onFault: (error) => reportGroup(house, group.group, error) }));
  const { port, close } = await openMetrics(at);
  house.log.info({ address: formatAddress({ ...at.address, port }) }, 'metrics are offered');
  return {
    async stop() {
      await close();
      for (const remove of removals) remove();
    },
  };
}

/** A database that is away is nothing new, and no reason for a stack every few seconds. */
function reportGroup({ log }: Pick<House, 'log'>, group: string, error: unknown): void {
  const isAway = isUnavailable(error) || error instanceof PatienceError;
  if (isAway) log.warn({ group, reason: 'no answer' }, 'some metrics could not be collected');
  else log.error({ group, err: error }, 'some metrics could not be collected');
}

type Group = Omit<Collector, 'onFault'>;

/** All ages of both states stand there, so that a figure falls to 0 instead of going away. */
function runs({ db }: House): Group {
  return {
    group: 'runs',
    gauges: {
      open: { name: 'hookline_open_runs', help: 'Open runs by state and age; up to 10000 of a state are counted', labelNames: ['state', 'age'] },
      oldest: { name: 'hookline_oldest_queued_run_seconds', help: 'Age of the oldest run that no worker has begun' },
      overdue: { name: 'hookline_overdue_runs', help: 'Runs under way whose next attempt or callback timeout passed more than a minute ago' },
    },
    async ask() {
      const [runs, overdue] = await Promise.all([countOpenRuns(db), countOverdueRuns(db)]);
      const find = (state: string, age: string) => runs.find((one) => one.state === state && one.age === age)?.count ?? 0;
      const open = OPEN_RUN_STATES.flatMap((state) => OPEN_AGES.map((age) => ({ labels: { state, age }, value: find(state, age) })));
      const queued = runs.filter(({ state }) => state === 'queued').map(({ oldest }) => (Date.now() - Date.parse(oldest)) / 1000);
      return { open, oldest: [{ value: Math.max(0, ...queued) }], overdue: [{ value: overdue }] };
    },
  };
}

function endpoints({ db }: House): Group {
  return {
    group: 'endpoints',
    gauges: { paused: { name: 'hookline_paused_endpoints', help: 'Webhooks whose endpoint is paused; up to 10000 are counted' } },
    ask: async () => ({ paused: [{ value: await countPausedEndpoints(db) }] }),
  };
}

function database({ db }: House): Group {
  return {
    group: 'database',
    gauges: { writable: { name: 'hookline_database_writable', help: 'Whether the database takes a write, 1 or 0' } },
    ask: async () => ({ writable: [{ value: Number(await isWritable(db)) }] }),
  };
}

function disk({ config }: House): Group {
  return {
    group: 'disk',
    gauges: {
      free: { name: 'hookline_data_dir_free_bytes', help: 'Free on the file system of the data directory' },
      size: { name: 'hookline_data_dir_size_bytes', help: 'Size of the file system of the data directory' },
    },
    async ask() {
      const { bavail, blocks, bsize } = await statfs(config.dataDir);
      return { free: [{ value: bavail * bsize }], size: [{ value: blocks * bsize }] };
    },
  };
}

function reach(temporal: ObserveOptions['temporal']): Group {
  return {
    group: 'temporal',
    gauges: { reachable: { name: 'hookline_temporal_reachable', help: 'Whether Temporal answers, 1 or 0' } },
    ask: async () => ({ reachable: [{ value: Number(await temporal.isReachable()) }] }),
  };
}

/** Where there is a registry. */
function registry({ db, config }: House): Group | undefined {
  const origin = findRegistryOrigin(config.registry);
  if (origin === undefined) return undefined;
  return {
    group: 'registry',
    gauges: {
      reachable: { name: 'hookline_registry_reachable', help: 'Whether the registry answers, 1 or 0' },
      checks: { name: 'hookline_registry_checks_due', help: 'Tags that are to be read back from the registry by now; up to 10000 are counted' },
    },
    async ask() {
      const [answers, due] = await Promise.all([isReachable({ origin: () => origin }), countDueChecks(db)]);
      return { reachable: [{ value: Number(answers) }], checks: [{ value: due }] };
    },
  };
}
