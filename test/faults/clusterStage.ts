import { openCluster } from '../cluster/clusterHub.js';
import { TemporalFile } from './temporalFile.js';
import { SETTINGS } from './settings.js';
import type { Stage } from './stage.js';

/**
 * A hub of four processes behind a proxy, over the real temporal-server, both on one PostgreSQL: each of the seven can
 * be struck. Temporal's state is PostgreSQL's and is not rolled back.
 */
export async function openClusterStage(env: Readonly<Record<string, string>> = {}): Promise<Stage> {
  const cluster = await openCluster({ shape: 'apart', env: { ...SETTINGS, ...env } });
  const { temporal, postgres, proxy, processes } = cluster;
  const starts = new Map<string, Promise<void>>();
  const [first] = Object.values(processes);
  const stage: Stage = {
    topology: 'cluster', url: cluster.url, processes,
    password: first?.env['HOOKLINE_ADMIN_PASSWORD'] ?? '',
    dataDir: first?.dataDir ?? '',
    temporalAddress: temporal.address,
    temporalFile: new TemporalFile(first?.dataDir ?? ''),
    database: {
      env: {}, secrets: [new URL(postgres.url).password, cluster.env['HOOKLINE_SECRET_KEYS']?.split(':')[1] ?? ''].filter(Boolean),
      server: { kill: () => postgres.kill('SIGKILL'), start: () => postgres.start() },
      close: () => postgres.stop(),
    },
    proxy: { kill: () => proxy.kill(), start: () => proxy.start() },
    temporalPid: () => temporal.pid,
    killTemporal: () => temporal.kill('SIGKILL'),
    startTemporal: async () => (temporal.pid === undefined ? temporal.start() : undefined),
    revive(name) {
      const start = cluster.start(name);
      starts.set(name, start);
      return start;
    },
    serving: async (name) => starts.get(name),
    settle: () => cluster.settle(),
    output: () => cluster.output,
    close: () => cluster.closeAll(),
  };
  try {
    await Promise.all(Object.keys(processes).map((name) => stage.revive(name)));
    await stage.settle();
  } catch (error) {
    await stage.close();
    throw error;
  }
  return stage;
}
