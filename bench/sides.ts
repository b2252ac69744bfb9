import { openFloor } from './floor/side.js';
import { HubSide, type ChainShape } from './hubSide.js';
import { openPeer } from './peer/side.js';
import type { BenchPlan } from './plan.js';
import { startReceivers, type Receivers } from './receiverPool.js';
import type { Side } from './side.js';
import type { SliceOptions } from './slice.js';

/** Receivers and sides, opened. */
export interface Opened {
  readonly receivers: Receivers;
  /** The hub first. */
  readonly sides: readonly Side[];
  /** The options of load on one of the sides. */
  load(side: Side, options: Pick<SliceOptions, 'chains' | 'hops' | 'inFlight'>): SliceOptions;
  close(): Promise<void>;
}

let chains = 0;

/** Starts the receivers and opens what the plan names. */
export async function openSides(plan: BenchPlan, shape: ChainShape): Promise<Opened> {
  const receivers = await startReceivers();
  const sides: Side[] = [];
  const close = async () => {
    await Promise.all(sides.map((side) => side.stop()));
    await receivers.stop();
  };
  try {
    sides.push(await HubSide.open(plan.hub, receivers, shape));
    if (plan.floor) sides.push(await openFloor(plan.floor, receivers, shape));
    if (plan.peer) sides.push(await openPeer(plan.peer, receivers, shape));
  } catch (error) {
    await close();
    throw error;
  }
  const makers = { load: [process.pid], receivers: [receivers.pid] };
  return {
    receivers, sides, close,
    load: (side, options) => ({ ...options, side, receivers, nextChain: () => ++chains, others: () => ({ ...makers, ...idleProcesses(sides, side) }) }),
  };
}

/** The processes of the sides that have their pause now: what they take belongs to nobody, and is shown. */
function idleProcesses(sides: readonly Side[], busy: Side): Record<string, readonly number[]> {
  const pids = sides.filter((side) => side !== busy).flatMap((side) => Object.values(side.processes()).flat());
  return pids.length > 0 ? { 'the other sides, idle': pids } : {};
}
