import { setTimeout as wait } from 'node:timers/promises';
import { isUnavailable } from '../db/errors.js';
import { meters } from '../metrics.js';
import { Sweep, type SweepHub } from './sweep.js';

/** A sweep that runs round after round. */
export interface RunningSweep {
  /** Ends after the round under way. */
  stop(): Promise<void>;
}

/** Sweeps every `interval` milliseconds. A round that fails is logged, and the next one tries again. */
export function keepSweeping(hub: SweepHub, interval: number): RunningSweep {
  const stop = new AbortController();
  const sweep = new Sweep(hub, interval);
  const ended = (async () => {
    while (await pause(interval, stop.signal)) await sweepOnce(sweep, hub);
  })();
  return {
    async stop() {
      stop.abort();
      await ended;
    },
  };
}

/** Waits; false where the signal ended it. */
async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return wait(ms, true, { signal }).catch(() => false);
}

async function sweepOnce(sweep: Sweep, { log }: SweepHub): Promise<void> {
  try {
    const counts = await sweep.run();
    meters.sweeps.inc({ result: 'done' });
    for (const [kind, count] of Object.entries(counts)) meters.swept.inc({ kind }, count);
    const { started, signaled, canceled, reset, closed, woken } = counts;
    if (started + signaled + canceled + reset + closed + woken > 0) log.info(counts, 'sweep');
  } catch (error) {
    meters.sweeps.inc({ result: isUnavailable(error) ? 'database_away' : 'failed' });
    if (isUnavailable(error)) log.warn('the database is not available; the next sweep tries again');
    else log.error({ err: error }, 'a sweep failed');
  }
}
