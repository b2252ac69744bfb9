import { startHub, type Hub } from '../helpers/hub.js';
import { openCluster } from './clusterHub.js';

/** A hub as the scenarios need it, of one process or of many. */
export interface ScenarioHub extends Pick<Hub, 'url' | 'temporalAddress' | 'api'> {
  readonly process: {
    readonly output: string;
    /** @throws Error where SIGTERM does not lead to exit code 0 */
    stop(): Promise<void>;
  };
}

/** The hub in one process, or, with TEST_TOPOLOGY=cluster, two APIs and two workers over the real temporal-server. */
export async function startScenarioHub(): Promise<ScenarioHub> {
  if (process.env['TEST_TOPOLOGY'] !== 'cluster') return startHub();
  const cluster = await openCluster({ shape: 'apart' });
  await cluster.startAll();
  await cluster.settle();
  await cluster.api.login('admin', 'correct horse battery');
  const stop = async (): Promise<void> => {
    try {
      for (const one of Object.values(cluster.processes)) await one.stop();
    } finally {
      await cluster.closeAll();
    }
  };
  return { url: cluster.url, temporalAddress: cluster.temporal.address, api: cluster.api, process: { get output() { return cluster.output; }, stop } };
}
