import { chainDigest } from '../chain.js';
import { BenchChild } from '../child.js';
import type { ChainShape } from '../hubSide.js';
import { post } from '../http.js';
import type { Receivers } from '../receiverPool.js';
import type { Side } from '../side.js';
import { openInspector } from './inspect.js';
import type { FloorPlace, FloorPlan } from './process.js';

/** The floor's plan, what is to be said of it, and Node's options for its process. */
export interface FloorOptions {
  readonly plan: FloorPlan;
  readonly durability: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly execArgv: readonly string[];
}

const WATCHED = 16;

/** The same chain on bare Temporal: client and worker in one process, over a server of its own. */
export async function openFloor({ plan, durability, versions, execArgv }: FloorOptions, receivers: Receivers, { hops, delay }: ChainShape): Promise<Side> {
  const child = new BenchChild({ module: './floor/process.js', execArgv, env: { UV_THREADPOOL_SIZE: '16' } });
  const { url, temporalPid } = await child.ask<FloorPlace>('start', plan);
  const inspector = await openInspector(plan.address, plan.namespace);
  const hooks = Array.from({ length: hops }, (_, index) => receivers.hook({ side: 'floor', position: index + 1, hops, delay }));
  const recent: string[] = [];
  return {
    name: 'floor',
    durability,
    versions,
    processes: () => ({ floor: [child.pid], 'floor temporal': [temporalPid] }),
    async push(chain) {
      const { status, text, ms } = await post(`${url}/push`, { chain, digest: chainDigest(chain), hooks });
      if (status !== 200) throw new Error(`a push to the floor was answered ${status}`);
      recent.push(`chain/${chain}`);
      recent.splice(0, recent.length - WATCHED);
      return { ms, ...(JSON.parse(text) as { startMs: number }) };
    },
    settle: () => inspector.settle(recent),
    cost: () => inspector.cost(recent),
    // What its receivers saw is all the record there is; slices count chains that did not get through.
    countLost: async () => 0,
    async stop() {
      await inspector.close();
      await child.stop();
    },
  };
}
