import type { Trace } from './chain.js';
import { now, sum } from './measure.js';
import { readMachineCpu, readUsage, type Usage } from './procfs.js';
import type { Receivers } from './receiverPool.js';
import type { EngineCost, Pushed, Side } from './side.js';

/** A chain that is not through by then is lost: milliseconds. */
const LIMIT = 120_000;

/** One stretch of load on one side. Milliseconds throughout. */
export interface Slice {
  readonly side: string;
  readonly inFlight: number;
  readonly chains: number;
  readonly hops: number;
  /** From the first push to the acceptance of the last callback. */
  readonly seconds: number;
  readonly pushes: readonly number[];
  readonly starts: readonly number[];
  /** From a callback's sending to the next webhook's arrival. */
  readonly hopTimes: readonly number[];
  /** From a callback's sending to its answer. */
  readonly callbackTimes: readonly number[];
  /** From a push's sending to the answer to the last callback. */
  readonly chainTimes: readonly number[];
  /** By process, until the engine was done with all of it. */
  readonly used: Readonly<Record<string, Usage>>;
  /** Which of these are the side's own. */
  readonly own: readonly string[];
  /** Milliseconds of CPU that processes outside the bench took meanwhile, and that there were. */
  readonly foreignCpuMs: number;
  readonly wallMs: number;
  /** When it ran, in microseconds of the machine's monotonic clock: the clock of CPU profiles. */
  readonly window: readonly [from: number, to: number];
  readonly lost: number;
  readonly cost: EngineCost | undefined;
}

/** What a slice runs with. */
export interface SliceOptions {
  readonly side: Side;
  readonly receivers: Receivers;
  readonly chains: number;
  readonly hops: number;
  readonly inFlight: number;
  /** Numbers for chains, each given once in a run of the bench. */
  readonly nextChain: () => number;
  /** Processes whose CPU is measured besides those of the side: who makes the load, the other sides. */
  readonly others: () => Readonly<Record<string, readonly number[]>>;
}

interface Passed {
  readonly at: number;
  readonly pushed: Pushed;
  readonly trace: Trace | undefined;
}

async function passOne({ side, receivers, nextChain }: SliceOptions): Promise<Passed> {
  const chain = nextChain();
  const done = receivers.whenDone(chain, LIMIT);
  const at = now();
  const pushed = await side.push(chain);
  return { at, pushed, trace: await done };
}

/** Runs chains through a side, `inFlight` at once, the next as soon as one is through. */
export async function runLoad(options: SliceOptions, goesOn: (started: number) => boolean, onPassed: (passed: Passed) => void): Promise<void> {
  let started = 0;
  const work = async () => {
    while (goesOn(started)) {
      started += 1;
      onPassed(await passOne(options));
    }
  };
  await Promise.all(Array.from({ length: options.inFlight }, work));
}

/** Warms the side up and does nothing with what comes of it. */
export async function warmUp(options: SliceOptions, chains: number): Promise<void> {
  await runLoad(options, (started) => started < chains, () => undefined);
  await options.side.settle();
}

function readAll(groups: Readonly<Record<string, readonly number[]>>): Record<string, Usage> {
  return Object.fromEntries(Object.entries(groups).map(([name, pids]) => [name, readUsage(pids)]));
}

function subtract(after: Readonly<Record<string, Usage>>, before: Readonly<Record<string, Usage>>): Record<string, Usage> {
  const since = (name: string, key: keyof Usage) => (after[name]?.[key] ?? Number.NaN) - (before[name]?.[key] ?? 0);
  return Object.fromEntries(Object.keys(after).map((name) => [name, { cpuMs: since(name, 'cpuMs'), written: since(name, 'written') }]));
}

/** Microseconds of the machine's monotonic clock. */
export function readMonotonic(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Times of a chain's hops, from its trace. */
export function readHops({ called, sent, answered }: Trace): { hops: number[]; callbacks: number[] } {
  return {
    hops: sent.flatMap((at, index) => (called[index + 1] === undefined ? [] : [(called[index + 1] ?? Number.NaN) - at])),
    callbacks: sent.map((at, index) => (answered[index] ?? Number.NaN) - at),
  };
}

/** Milliseconds from a push to the last callback's acceptance; NaN where it did not come to that. */
export function readChainTime({ at, trace }: Passed): number {
  return (trace?.answered.at(-1) ?? Number.NaN) - at;
}

/** Runs one slice and measures it. */
export async function runSlice(options: SliceOptions): Promise<Slice> {
  const { side, inFlight, hops, others } = options;
  const groups = () => ({ ...side.processes(), ...others() });
  const [before, machineBefore, started, from] = [readAll(groups()), readMachineCpu(), now(), readMonotonic()];
  const passed: Passed[] = [];
  await runLoad(options, (begun) => begun < options.chains, (one) => passed.push(one));
  const traces = passed.flatMap(({ trace }) => trace ?? []);
  const ended = Math.max(...traces.map(({ answered }) => answered.at(-1) ?? 0));
  await side.settle();
  const used = subtract(readAll(groups()), before);
  const ours = sum(Object.values(used).map(({ cpuMs }) => cpuMs));
  const times = traces.map(readHops);
  const shared = { side: side.name, inFlight, hops, chains: passed.length, lost: passed.length - traces.length };
  const machine = { foreignCpuMs: readMachineCpu() - machineBefore - ours, wallMs: now() - started };
  return {
    ...shared, ...machine, used,
    own: Object.keys(side.processes()),
    window: [from, readMonotonic()],
    seconds: (ended - started) / 1000,
    pushes: passed.map(({ pushed }) => pushed.ms),
    starts: passed.flatMap(({ pushed }) => pushed.startMs ?? []),
    hopTimes: times.flatMap((time) => time.hops),
    callbackTimes: times.flatMap(({ callbacks }) => callbacks),
    chainTimes: passed.filter(({ trace }) => trace).map(readChainTime),
    cost: await side.cost(),
  };
}
