import type { NativeConnection } from '@temporalio/worker';
import type { House } from '../house.js';
import { findLocalUrl } from '../registry/configuration.js';
import { createRegistryClient } from '../registry/client.js';
import type { Upstream } from '../registry/upstream.js';
import type { Temporal } from '../temporal/client.js';
import { createBackground } from './background.js';
import { createActivities } from './index.js';
import { keepRegistry } from './keepRegistry.js';
import { keepSweeping } from './keepSweeping.js';
import { createPace } from './pace.js';
import { Places } from './places.js';
import { createPoster } from './post.js';
import { keepWorker, type RunningWorker } from './runWorker.js';
import { Turns } from './turns.js';
import { tracePoster } from './tracePoster.js';

/** The working half of the hub: the worker, once there is a connection, the sweep, and the looks into the registry. */
export interface Work {
  /** To be called when Temporal is there. */
  begin(connection: NativeConnection): void;
  /** Lets activities under way finish. */
  stop(): Promise<void>;
}

export interface WorkOptions {
  readonly namespace: string;
  /** The registry to look into; undefined: there is none. */
  readonly registry: Pick<Upstream, 'origin'> | undefined;
}

/** Prepares the worker, starts sweeping and looking into the registry. */
export function prepareWork(house: House, temporal: Temporal, { namespace, registry }: WorkOptions): Work {
  const { config, log, db, keyring, guard, registryKeys, settings, waiting } = house;
  const poster = tracePoster(createPoster({ guard, hub: findLocalUrl(config.address) }));
  // Half of all slots at the most are one repository's, wherever its webhooks go.
  const places = new Places({ perOrigin: config.endpoint.concurrency, perRepository: Math.ceil(settings.worker.activitySlots / 2) });
  const background = createBackground(log);
  const own = { places, turns: new Turns(config.endpoint.rate), pace: createPace(), background };
  const activities = createActivities({ db, config, keyring, poster, waiting, ...own, log });
  const sweep = keepSweeping({ db, temporal, config, log }, config.sweepInterval);
  const looks = registry && keepRegistry({ db, temporal, registry: createRegistryClient(registry.origin, registryKeys), config, log });
  let worker: RunningWorker | undefined;
  return {
    begin(connection) {
      worker = keepWorker({ connection, namespace, settings, activities, log });
    },
    async stop() {
      await Promise.all([sweep.stop(), looks?.stop(), worker?.stop()]);
      await background.settle();
      await poster.close();
    },
  };
}
