import { setTimeout as wait } from 'node:timers/promises';
import { chainDigest } from '../chain.js';
import { BenchChild } from '../child.js';
import type { ChainShape } from '../hubSide.js';
import { post } from '../http.js';
import type { Receivers } from '../receiverPool.js';
import type { Side } from '../side.js';
import type { PeerPlace, PeerPlan } from './process.js';

const SETTLE_MS = 500;

/** The peer's plan, and the Node that its SDK wants. */
export interface PeerOptions {
  readonly plan: PeerPlan;
  readonly execPath: string;
}

/** The same chain on Restate: its server, and a handler in a process of its own. */
export async function openPeer({ plan, execPath }: PeerOptions, receivers: Receivers, { hops, delay }: ChainShape): Promise<Side> {
  const child = new BenchChild({ module: './peer/process.js', execPath, env: { RESTATE_LOGGING: 'ERROR' } });
  const { ingress, serverPid, durability, versions } = await child.ask<PeerPlace>('start', plan);
  const hooks = Array.from({ length: hops }, (_, index) => receivers.hook({ side: 'restate', position: index + 1, hops, delay }));
  return {
    name: 'restate',
    durability,
    versions,
    processes: () => ({ 'restate handler': [child.pid], 'restate server': [serverPid] }),
    async push(chain) {
      const { status, text, ms } = await post(`${ingress}/chain/run/send`, { digest: chainDigest(chain), hooks });
      if (status >= 300) throw new Error(`a push to the peer was answered ${status}: ${text}`);
      return { ms, startMs: ms };
    },
    // It has no call that tells; the little work after a chain's last callback is done by then.
    settle: () => wait(SETTLE_MS),
    cost: async () => undefined,
    countLost: async () => 0,
    stop: () => child.stop(),
  };
}
