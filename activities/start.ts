import { locateTemporal, openHouse } from '../house.js';
import { observe, traceProcess } from '../observe.js';
import type { Running } from '../process.js';
import type { Config } from '../config.js';
import type { Logger } from '../log.js';
import { attachRegistry } from '../registry/upstream.js';
import { createTemporal } from '../temporal/client.js';
import { openLink } from '../temporal/link.js';
import { installRuntime } from '../temporal/runtime.js';
import { prepareWork } from './work.js';

/** The worker and the sweep alone, for a hub whose API runs in a process of its own. */
export async function startWorker(config: Config, log: Logger): Promise<Running> {
  traceProcess(config, 'worker', log);
  installRuntime(log, config.temporalMetricsAddress);
  const house = await openHouse(config, log);
  const place = locateTemporal(house);
  const { taskQueue } = house.settings.worker;
  const link = openLink({
    ...place,
    settings: house.settings,
    log,
    onReady: (connection) => {
      work.begin(connection);
      log.info({ address: place.connection.address }, 'the worker runs');
    },
  });
  const temporal = createTemporal({ ...link, namespace: place.namespace, taskQueue, eager: false, localFirst: config.fastCallback > 0 });
  const { url } = config.registry;
  // No API shares this process, so nobody could hand a callback over to who waits here, nor find it.
  const alone = { ...house, config: { ...config, fastCallback: 0, node: undefined } };
  const work = prepareWork(alone, temporal, { namespace: place.namespace, registry: url === undefined ? undefined : attachRegistry(url) });
  const observation = await observe(house, { role: 'worker', temporal });
  return {
    async stop() {
      await work.stop();
      await link.close();
      await observation.stop();
      await house.db.destroy();
    },
  };
}
