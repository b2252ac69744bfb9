import { writeFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { listFamily, readUsage } from '../../bench/procfs.js';
import type { Repository } from '../e2e/api.js';
import { pollUntil } from '../helpers/poll.js';
import { startReceiver } from '../helpers/receiver.js';
import { openCluster, type ClusterHub } from './clusterHub.js';

/** PostgreSQL writes its counters down once a second; so that all of a run are in. */
const COUNTERS_MS = 2500;
const TRANSITIONS_OF = 5;
const LIMIT_MS = 300_000;

/** What was used up to a moment, or, as a difference, by something. */
type Costs = Record<'hubCpuMs' | 'temporalCpuMs' | 'postgresCpuMs' | 'hubCommits' | 'temporalCommits' | 'walKiB', number>;

/** What chains of one length cost, each of them. */
export interface Measured extends Costs {
  readonly hops: number;
  readonly chains: number;
  readonly chainsPerSecond: number;
  readonly transitions: number;
}

export interface CostPlan {
  readonly chains: number;
  readonly inFlight: number;
  readonly hops: readonly number[];
  readonly json: string | undefined;
}

/** Measures what a chain costs a cluster on this machine, by its length. Receivers answer and call back at once. */
export async function measureCosts({ chains, inFlight, hops, json }: CostPlan): Promise<void> {
  const cluster = await openCluster({ shape: 'whole', env: { HOOKLINE_LOG_LEVEL: 'info' } });
  const cleanups: (() => Promise<void>)[] = [];
  try {
    await cluster.startAll();
    await cluster.settle();
    await cluster.api.login('admin', 'correct horse battery');
    const all: Measured[] = [];
    for (const length of hops) {
      const receivers = await Promise.all(Array.from({ length }, () => startReceiver({ teardown: (clean) => cleanups.push(clean) }, { callback: 'success' })));
      const repository = await cluster.api.createRepository();
      await repository.createChain(receivers, { expect_final_callback: true });
      await push(repository, Math.ceil(chains / 4), inFlight);
      all.push(await measure(cluster, repository, { hops: length, chains, inFlight }));
      console.log(JSON.stringify(all.at(-1)));
    }
    console.log(draw(all));
    if (json !== undefined) await writeFile(json, `${JSON.stringify(all, null, 2)}\n`);
  } finally {
    for (const clean of cleanups) await clean();
    await cluster.closeAll();
  }
}

async function push(repository: Repository, count: number, inFlight: number): Promise<string[]> {
  const ids: string[] = [];
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const id = await repository.pushOnce({ tag: `t${left}` });
      ids.push(id);
      const { state } = await repository.waitForEnd(id, LIMIT_MS);
      if (state !== 'success') throw new Error(`run ${id} ended as ${state}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, one));
  return ids;
}

async function measure(cluster: ClusterHub, repository: Repository, { hops, chains, inFlight }: { hops: number; chains: number; inFlight: number }): Promise<Measured> {
  const before = await read(cluster);
  const started = performance.now();
  const ids = await push(repository, chains, inFlight);
  const seconds = (performance.now() - started) / 1000;
  const after = await read(cluster);
  const each = Object.fromEntries(Object.entries(after).map(([key, value]) => [key, (value - before[key as keyof Costs]) / chains])) as Costs;
  return { hops, chains, chainsPerSecond: chains / seconds, transitions: await countTransitions(cluster, ids.slice(-TRANSITIONS_OF)), ...each };
}

async function read({ processes, temporal, postgres }: ClusterHub): Promise<Costs> {
  await wait(COUNTERS_MS);
  const hub = Object.values(processes).flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  const cpu = (pids: readonly number[]) => readUsage(pids).cpuMs;
  const client = new pg.Client({ connectionString: postgres.adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ datname: string; commits: string; wal: string }>(
      "SELECT datname, xact_commit AS commits, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal FROM pg_stat_database WHERE datname IS NOT NULL");
    const commits = (pattern: RegExp) => rows.filter(({ datname }) => pattern.test(datname)).reduce((sum, row) => sum + Number(row.commits), 0);
    return {
      hubCpuMs: cpu(hub), temporalCpuMs: cpu(temporal.pid === undefined ? [] : [temporal.pid]),
      postgresCpuMs: cpu(postgres.pid === undefined ? [] : listFamily(postgres.pid)),
      hubCommits: commits(/^hookline$/), temporalCommits: commits(/^temporal/), walKiB: Number(rows[0]?.wal) / 1024,
    };
  } finally {
    await client.end();
  }
}

async function countTransitions({ temporal }: ClusterHub, ids: readonly string[]): Promise<number> {
  const connection = await Connection.connect({ address: temporal.address });
  const { workflow } = new Client({ connection });
  try {
    const counts = await Promise.all(ids.map((id) => pollUntil('the end of a workflow', async () => {
      const { status, raw } = await workflow.getHandle(`run/${id}`).describe();
      return status.name === 'COMPLETED' && Number(raw.workflowExecutionInfo?.stateTransitionCount);
    })));
    return counts.reduce((sum, count) => sum + count, 0) / counts.length;
  } finally {
    await connection.close();
  }
}

/** A line for each kind of cost: what each length cost, and what those between would by a line through the ends. */
function draw(all: readonly Measured[]): string {
  const [first, last] = [all[0], all.at(-1)];
  if (!first || !last) return '';
  const keys = ['hubCpuMs', 'temporalCpuMs', 'postgresCpuMs', 'hubCommits', 'temporalCommits', 'walKiB', 'transitions', 'chainsPerSecond'] as const;
  const header = `| a chain of | ${all.map(({ hops }) => hops).join(' | ')} | per chain + per hop | between, predicted / measured |`;
  const lines = keys.map((key) => {
    const slope = last.hops === first.hops ? 0 : (last[key] - first[key]) / (last.hops - first.hops);
    const base = first[key] - slope * first.hops;
    const checks = all.slice(1, -1).map((one) => ((base + slope * one.hops) / one[key]).toFixed(2));
    const model = key === 'chainsPerSecond' ? ['', ''] : [`${base.toFixed(1)} + ${slope.toFixed(1)}`, checks.join(', ')];
    return `| ${key} | ${all.map((one) => one[key].toFixed(1)).join(' | ')} | ${model.join(' | ')} |`;
  });
  return [header, `|${'---|'.repeat(all.length + 3)}`, ...lines].join('\n');
}
