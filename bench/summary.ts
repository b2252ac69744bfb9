import { latency, spread, sum, type Latency, type Spread } from './measure.js';
import type { EngineCost } from './side.js';
import type { Slice } from './slice.js';

/** The figures of one side at one number of chains in flight. Milliseconds and bytes. */
export interface Figures {
  readonly side: string;
  readonly inFlight: number;
  readonly hops: number;
  readonly slices: number;
  readonly chains: number;
  readonly chainsPerSecond: Spread;
  readonly hopsPerSecond: Spread;
  /** Until a push was answered. */
  readonly push: Latency;
  /** The bare start of a chain, where the side tells it. */
  readonly start: Latency;
  /** Callback sent until the next webhook arrived. */
  readonly hop: Latency;
  /** Callback sent until it was answered. */
  readonly callback: Latency;
  /** Push sent until the last callback was accepted. */
  readonly chain: Latency;
  /** CPU per chain by process, those that make the load included. */
  readonly cpuPerChain: Readonly<Record<string, number>>;
  /** Bytes written to storage per chain by process. */
  readonly writtenPerChain: Readonly<Record<string, number>>;
  readonly engine: EngineCost | undefined;
  /** Share of the machine's CPU time that processes outside the bench took: 0 to 1. */
  readonly foreignCpu: number;
  readonly lost: number;
}

/** Puts the slices of one side and one number in flight together. */
export function summarize(slices: readonly Slice[], cores: number): Figures {
  const [first] = slices;
  if (!first) throw new Error('there is no slice to sum up');
  const chains = sum(slices.map((slice) => slice.chains));
  const rates = slices.map((slice) => (slice.chains - slice.lost) / slice.seconds);
  const pool = (pick: (slice: Slice) => readonly number[]) => latency(slices.flatMap(pick));
  const perChain = (key: 'cpuMs' | 'written') =>
    Object.fromEntries(Object.keys(first.used).map((name) => [name, sum(slices.map(({ used }) => used[name]?.[key] ?? 0)) / chains]));
  return {
    side: first.side, inFlight: first.inFlight, hops: first.hops, slices: slices.length, chains,
    chainsPerSecond: spread(rates),
    hopsPerSecond: spread(rates.map((rate) => rate * first.hops)),
    push: pool(({ pushes }) => pushes),
    start: pool(({ starts }) => starts),
    hop: pool(({ hopTimes }) => hopTimes),
    callback: pool(({ callbackTimes }) => callbackTimes),
    chain: pool(({ chainTimes }) => chainTimes),
    cpuPerChain: perChain('cpuMs'),
    writtenPerChain: perChain('written'),
    engine: slices.at(-1)?.cost,
    foreignCpu: Math.max(0, sum(slices.map((slice) => slice.foreignCpuMs)) / (sum(slices.map(({ wallMs }) => wallMs)) * cores)),
    lost: sum(slices.map((slice) => slice.lost)),
  };
}

/** How the hub stands to another side: of each pair of slices that ran one after the other, a ratio. */
export interface Ratios {
  readonly to: string;
  readonly inFlight: number;
  readonly chainsPerSecond: Spread;
  readonly hop: Spread;
  /** The push's answer to the other side's bare start of a chain. */
  readonly push: Spread;
  /** CPU per chain of all processes of a side: the ratio that a busy machine disturbs least. */
  readonly cpu: Spread;
}

/** Milliseconds of CPU per chain, of the side's own processes. */
function sumCpu({ used, own, chains }: Slice): number {
  return sum(own.map((name) => used[name]?.cpuMs ?? 0)) / chains;
}

/** The ratios of the hub's slices to the other's, pair by pair. */
export function compare(ours: readonly Slice[], theirs: readonly Slice[]): Ratios {
  const pairs = ours.flatMap((our, index) => (theirs[index] ? [[our, theirs[index]] as const] : []));
  const rate = (slice: Slice) => (slice.chains - slice.lost) / slice.seconds;
  const middle = (values: readonly number[]) => latency(values).p50;
  return {
    to: theirs[0]?.side ?? '',
    inFlight: ours[0]?.inFlight ?? 0,
    chainsPerSecond: spread(pairs.map(([our, their]) => rate(our) / rate(their))),
    hop: spread(pairs.map(([our, their]) => middle(our.hopTimes) / middle(their.hopTimes))),
    push: spread(pairs.map(([our, their]) => middle(our.pushes) / middle(their.starts))),
    cpu: spread(pairs.map(([our, their]) => sumCpu(our) / sumCpu(their))),
  };
}
