import { BenchChild } from './child.js';
import { formatPlace, type Counts, type Place, type Released, type Trace } from './chain.js';

/** The receivers of all webhooks, in a process of their own. */
export interface Receivers {
  readonly pid: number;
  /** The URL of a webhook. */
  hook(place: Place): string;
  /** Settles when the last callback of that chain was accepted; undefined: not within `limit` milliseconds. */
  whenDone(chain: number, limit: number): Promise<Trace | undefined>;
  counts(side: string): Promise<Counts>;
  /** How many callbacks are held. */
  held(side: string): Promise<number>;
  /** Sends held callbacks, one after the other. */
  release(side: string, count: number): Promise<Released>;
  stop(): Promise<void>;
}

/** Starts the receivers on a free port of loopback. */
export async function startReceivers(): Promise<Receivers> {
  const child = new BenchChild({ module: './receivers.js' });
  const waiting = new Map<number, (trace: Trace | undefined) => void>();
  child.on('done', (trace: Trace) => waiting.get(trace.chain)?.(trace));
  const port = await child.ask<number>('start');
  return {
    pid: child.pid,
    hook: (place) => `http://127.0.0.1:${port}${formatPlace(place)}`,
    whenDone(chain, limit) {
      return new Promise<Trace | undefined>((resolve) => {
        const timer = setTimeout(() => settle(undefined), limit);
        const settle = (trace: Trace | undefined) => {
          clearTimeout(timer);
          waiting.delete(chain);
          resolve(trace);
        };
        waiting.set(chain, settle);
      });
    },
    counts: (side) => child.ask('counts', side),
    held: (side) => child.ask('held', side),
    release: (side, count) => child.ask('release', { side, count }),
    stop: () => child.stop(),
  };
}
