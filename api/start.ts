import { locateTemporal, locateWorkflows, openHouse } from '../house.js';
import { observe, traceProcess } from '../observe.js';
import type { Running } from '../process.js';
import type { Config } from '../config.js';
import type { Logger } from '../log.js';
import { attachRegistry } from '../registry/upstream.js';
import { createTemporal } from '../temporal/client.js';
import { openLink } from '../temporal/link.js';
import { installRuntime } from '../temporal/runtime.js';
import { findPublicUrlFault, serve } from './serve.js';

/** The API alone, for a hub whose workers run in processes of their own. */
export async function startApi(config: Config, log: Logger): Promise<Running> {
  traceProcess(config, 'api', log);
  installRuntime(log, config.temporalMetricsAddress);
  const house = await openHouse(config, log);
  const place = locateTemporal(house);
  const link = openLink({ ...place, settings: house.settings, log });
  const { taskQueue } = house.settings.worker;
  // No worker shares this connection, so no start can be eager.
  const temporal = createTemporal({ ...link, namespace: place.namespace, taskQueue, eager: false, localFirst: config.fastCallback > 0 });
  const { mode, url } = config.registry;
  if (mode === 'embedded') log.warn('only the all-in-one hub (npm start) runs a registry of its own');
  const observation = await observe(house, { role: 'api', temporal });
  const served = await serve({ ...house, workflowsUrl: locateWorkflows(house) }, temporal, url === undefined ? undefined : attachRegistry(url));
  log.info({ url: config.publicUrl }, 'the API listens');
  if (served.generatedPassword) console.log(`Admin: ${config.adminUsername}, password (shown once): ${served.generatedPassword}`);
  const fault = await findPublicUrlFault(config.publicUrl, house.keyring);
  if (fault) log.warn(fault);
  return {
    async stop() {
      await served.close();
      await link.close();
      await observation.stop();
      await house.db.destroy();
    },
  };
}
