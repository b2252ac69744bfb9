import type { NativeConnection } from '@temporalio/worker';
import type { House } from '../house.js';
import type { Temporal } from '../temporal/client.js';
import { createActivities } from './index.js';
import { keepSweeping } from './keepSweeping.js';
import { createPoster } from './post.js';
import { keepWorker, type RunningWorker } from './runWorker.js';

/** The working half of the hub: the worker, once there is a connection, and the sweep. */
export interface Work {
  /** To be called when Temporal is there. */
  begin(connection: NativeConnection): void;
  /** Lets activities under way finish. */
  stop(): Promise<void>;
}

/** Prepares the worker and starts sweeping. */
export function prepareWork(house: House, temporal: Temporal, namespace: string): Work {
  const { config, log, db, keyring, guard, settings } = house;
  const poster = createPoster({ guard });
  const activities = createActivities({ db, config, keyring, poster, log });
  const sweep = keepSweeping({ db, temporal, log }, config.sweepInterval);
  let worker: RunningWorker | undefined;
  return {
    begin(connection) {
      worker = keepWorker({ connection, namespace, settings, activities, log });
    },
    async stop() {
      await Promise.all([sweep.stop(), worker?.stop()]);
      await poster.close();
    },
  };
}
