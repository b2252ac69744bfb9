import { setTimeout as wait } from 'node:timers/promises';
import { isUnavailable } from '../db/errors.js';
import { pruneEvents } from '../db/registryEvents.js';
import { claimReconcile, extendReconcile, finishReconcile, requestReconcile } from '../db/registryReconciles.js';
import { RegistryAwayError } from '../registry/client.js';
import type { RunningSweep } from './keepSweeping.js';
import { reconcile, type ReconcileOptions } from './reconcile.js';
import { runChecks } from './registryChecks.js';
import type { RegistryHub } from './registryHub.js';

/** Between two looks for work. Milliseconds, as all here. */
const INTERVAL = 1000;
/** All tags are compared at least this often. */
const RECONCILE_EVERY = 3_600_000;
/** Whoever compares says so again and again; when it does not, another one does. */
const LEASE = 30_000;
/** After a comparison that the registry broke off. */
const RETRY = 5000;
/** Longer than the registry waits before it sends an event again. */
const GRACE = 10_000;
/** The registry sends no event again after so long. */
const KEPT = 7 * 86_400_000;

/** Looks into the registry as long as it runs, and through all its tags at first. */
export function keepRegistry(hub: RegistryHub, { interval = INTERVAL, grace = GRACE }: { interval?: number; grace?: number } = {}): RunningSweep {
  const stop = new AbortController();
  const loop = async (work: () => Promise<unknown>): Promise<void> => {
    while (await wait(interval, true, { signal: stop.signal }).catch(() => false)) await attempt(hub, work);
  };
  // A long comparison keeps no push waiting for its platforms.
  const ended = attempt(hub, () => requestReconcile(hub.db)).then(() => Promise.all([loop(() => runChecks(hub)), loop(() => reconcileOnce(hub, { grace, signal: stop.signal }))]));
  return {
    async stop() {
      stop.abort();
      await ended;
    },
  };
}

async function attempt({ log }: RegistryHub, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isUnavailable(error)) log.warn('the database is not available; the registry is looked at later');
    else log.error({ err: error }, 'a look into the registry failed');
  }
}

/** Compares all tags where it is time to, and nobody else does. */
export async function reconcileOnce(hub: RegistryHub, options: Omit<ReconcileOptions, 'isFirst'>): Promise<void> {
  const before = await claimReconcile(hub.db, { lease: after(LEASE), cutoff: after(-RECONCILE_EVERY) });
  if (!before) return;
  const hold = setInterval(() => void attempt(hub, () => extendReconcile(hub.db, after(LEASE))), LEASE / 3);
  try {
    const result = await reconcile(hub, { isFirst: before.finished === null, ...options });
    await finishReconcile(hub.db, result);
    await pruneEvents(hub.db, after(-KEPT));
    hub.log.info(result, 'the tags were compared with the registry’s');
  } catch (error) {
    // It is begun and not finished: whoever comes when the lease is over does it again.
    await extendReconcile(hub.db, after(options.signal?.aborted ? 0 : RETRY));
    if (options.signal?.aborted) return;
    if (!(error instanceof RegistryAwayError)) throw error;
    hub.log.warn({ reason: error.message }, 'the tags will be compared with the registry’s later');
  } finally {
    clearInterval(hold);
  }
}

function after(ms: number): string {
  return new Date(Date.now() + ms).toISOString();
}
