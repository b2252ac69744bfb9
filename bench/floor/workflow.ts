import { condition, defineSignal, proxyActivities, setHandler } from '@temporalio/workflow';
import type { FloorActivities } from './activities.js';

/** A chain as plain Temporal users write it. */
export interface FloorChain {
  readonly hooks: readonly string[];
  /** The position is appended to it. */
  readonly callbacks: string;
  readonly digest: string;
}

export const callbackSignal = defineSignal<[position: number]>('callback');

const { post } = proxyActivities<FloorActivities>({ startToCloseTimeout: '30s', retry: { initialInterval: '1s' } });

/** Each hop is a regular activity that posts, and a wait for the signal that a callback becomes; nobody waits for ever. */
export async function floorChain({ hooks, callbacks, digest }: FloorChain): Promise<void> {
  const answered = new Set<number>();
  setHandler(callbackSignal, (position) => void answered.add(position));
  for (const [index, hook] of hooks.entries()) {
    const position = index + 1;
    await post({ hook, callback: `${callbacks}/${position}`, digest });
    await condition(() => answered.has(position), '1h');
  }
}
