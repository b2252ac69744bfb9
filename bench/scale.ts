import { availableParallelism } from 'node:os';
import { HubSide, type ChainShape, type HubPlan } from './hubSide.js';
import { latency, type Latency } from './measure.js';
import { readLoad } from './machine.js';
import type { BenchPlan } from './plan.js';
import type { Plot, Series } from './plot.js';
import { readMemory } from './procfs.js';
import { startReceivers, type Receivers } from './receiverPool.js';
import { describeCircumstances, writeReport } from './report.js';
import { runSlice, warmUp } from './slice.js';
import { summarize, type Figures } from './summary.js';
import { drawTable, show } from './table.js';
import { measureWaiting } from './waiting.js';

/** What is varied and how far; a dimension without a step is left out. */
export interface ScaleSteps {
  readonly length: readonly number[];
  readonly payload: readonly number[];
  readonly history: readonly number[];
  readonly open: readonly number[];
}

/** Writes that many finished runs into a repository, past the API: through it they would take hours. */
export type Fill = (repository: string, runs: number) => Promise<void>;

/** One step of one dimension. Memory in MiB. */
export interface Step {
  readonly dimension: keyof ScaleSteps;
  readonly size: number;
  readonly figures: Figures;
  readonly memory: Readonly<Record<string, number>>;
  /** Of dimensions that have something of their own: milliseconds. */
  readonly extra: Readonly<Record<string, Latency>>;
}

/** The hub, its receivers, and what the run has noted. */
export interface Scale {
  readonly hub: HubPlan;
  readonly receivers: Receivers;
  readonly quick: boolean;
  nextChain(): number;
}

const IN_FLIGHT = 8;
const HOPS = 3;
/** Hops of a probe, whatever the length of its chains. */
const PROBE_HOPS = 300;
const LISTS = 20;
const MIB = 2 ** 20;

const DIMENSIONS: Readonly<Record<keyof ScaleSteps, string>> = {
  length: 'webhooks of a chain',
  payload: 'characters of full_description',
  history: 'stored runs',
  open: 'chains waiting for a callback',
};

/** Load on one repository: its figures, and the memory afterwards. */
async function probe(scale: Scale, side: HubSide, hops: number): Promise<Pick<Step, 'figures' | 'memory'>> {
  const { receivers, nextChain, quick } = scale;
  const others = () => ({ load: [process.pid], receivers: [receivers.pid] });
  const chains = Math.max(Math.ceil((quick ? PROBE_HOPS / 5 : PROBE_HOPS) / hops), IN_FLIGHT);
  const options = { side, receivers, hops, inFlight: IN_FLIGHT, chains, nextChain, others };
  await warmUp(options, IN_FLIGHT);
  const figures = summarize([await runSlice(options)], availableParallelism());
  const memory = Object.fromEntries(Object.entries(side.processes()).map(([name, pids]) => [name, readMemory(pids) / MIB]));
  return { figures, memory };
}

async function withSide<T>({ hub, receivers }: Scale, shape: ChainShape, use: (side: HubSide) => Promise<T>): Promise<T> {
  const side = await HubSide.open(hub, receivers, shape);
  try {
    const result = await use(side);
    const lost = await side.countLost();
    if (lost > 0 && shape.delay !== 'hold') throw new Error(`${lost} chains were lost`);
    return result;
  } finally {
    await side.stop();
  }
}

/** How long a page of the runs takes. */
async function timeLists(side: HubSide): Promise<Latency> {
  const times: number[] = [];
  for (let index = 0; index < LISTS; index += 1) times.push(await side.timeList());
  return latency(times);
}

async function measureShapes(scale: Scale, steps: ScaleSteps, add: (step: Step) => void): Promise<void> {
  for (const size of steps.length) {
    await withSide(scale, { hops: size, delay: 0 }, async (side) => add({ dimension: 'length', size, ...(await probe(scale, side, size)), extra: {} }));
  }
  for (const size of steps.payload) {
    const shape = { hops: HOPS, delay: 0, description: size };
    await withSide(scale, shape, async (side) => add({ dimension: 'payload', size, ...(await probe(scale, side, HOPS)), extra: {} }));
  }
}

async function measureHistory(scale: Scale, steps: ScaleSteps, { fill, add }: { fill: Fill; add: (step: Step) => void }): Promise<void> {
  if (steps.history.length === 0) return;
  const side = await HubSide.open(scale.hub, scale.receivers, { hops: HOPS, delay: 0 });
  let stored = 0;
  for (const size of steps.history) {
    console.log(`writing ${size - stored} runs`);
    await fill(side.fullName, size - stored);
    stored = size;
    const measured = await probe(scale, side, HOPS);
    if (measured.figures.lost > 0) throw new Error(`${measured.figures.lost} chains were lost`);
    add({ dimension: 'history', size, ...measured, extra: { 'list of runs': await timeLists(side) } });
  }
  await side.stop();
}

async function measureOpen(scale: Scale, steps: ScaleSteps, add: (step: Step) => void): Promise<void> {
  if (steps.open.length === 0) return;
  const waiting = await HubSide.open(scale.hub, scale.receivers, { hops: HOPS, delay: 'hold' });
  for (const size of steps.open) {
    const extra = await measureWaiting(scale, waiting, size);
    const measured = await withSide(scale, { hops: HOPS, delay: 0 }, (side) => probe(scale, side, HOPS));
    add({ dimension: 'open', size, ...measured, extra });
  }
  await waiting.stop();
}

function drawSteps(steps: readonly Step[], dimension: keyof ScaleSteps): string {
  const own = steps.filter((step) => step.dimension === dimension);
  if (own.length === 0) return '';
  const row = (name: string, pick: (step: Step) => string) => [name, ...own.map(pick)];
  const middles = (of: Latency | undefined) => `${show(of?.p50)} / ${show(of?.p99)}`;
  const [processes, extras] = [Object.keys(own[0]?.memory ?? {}), Object.keys(own[0]?.extra ?? {})];
  return drawTable([
    row(DIMENSIONS[dimension], ({ size }) => size.toLocaleString('en')),
    row('chains/s', ({ figures }) => show(figures.chainsPerSecond.median)),
    row('hops/s', ({ figures }) => show(figures.hopsPerSecond.median)),
    row('push answer p50 / p99, ms', ({ figures }) => middles(figures.push)),
    row('hop p50 / p99, ms', ({ figures }) => middles(figures.hop)),
    ...extras.map((name) => row(`${name} p50 / p99, ms`, ({ extra }) => middles(extra[name]))),
    ...processes.map((name) => row(`CPU ms per hop: ${name}`, ({ figures }) => show((figures.cpuPerChain[name] ?? 0) / figures.hops))),
    ...processes.map((name) => row(`memory of ${name}, MiB`, ({ memory }) => show(memory[name]))),
    row('CPU taken by others, %', ({ figures }) => show(figures.foreignCpu * 100)),
  ]);
}

/** Each dimension's growth relative to its first step: a flat line costs nothing. */
function drawGrowth(steps: readonly Step[]): Omit<Plot, 'note'> {
  const series = Object.keys(DIMENSIONS).flatMap((dimension): Series[] => {
    const own = steps.filter((step) => step.dimension === dimension && step.size > 0);
    const first = own[0]?.figures.hopsPerSecond.median ?? Number.NaN;
    return own.length < 2 ? [] : [{ name: dimension, points: own.map(({ size, figures }) => [size, figures.hopsPerSecond.median / first] as const) }];
  });
  return { title: 'Hops per second as things grow, to each first step', x: { label: 'size', log: true }, y: { label: 'ratio' }, series };
}

/** Runs all dimensions on one hub, the one that leaves open chains behind last, and writes the report. */
export async function measureScale(plan: BenchPlan, steps: ScaleSteps, fill: Fill): Promise<void> {
  const [loadBefore, receivers, done] = [readLoad(), await startReceivers(), [] as Step[]];
  let chains = 0;
  const scale: Scale = { hub: plan.hub, receivers, quick: plan.quick, nextChain: () => ++chains };
  const add = (step: Step) => {
    done.push(step);
    const { figures, memory } = step;
    console.log(`${step.size.toLocaleString('en')} ${DIMENSIONS[step.dimension]}: ${show(figures.hopsPerSecond.median)} hops/s, hop p50 ${show(figures.hop.p50)} ms, hub ${show(memory['hub'])} MiB`);
  };
  try {
    await measureShapes(scale, steps, add);
    await measureHistory(scale, steps, { fill, add });
    await measureOpen(scale, steps, add);
    const counts = await receivers.counts('hub');
    writeReport(plan, {
      title: `What grows with what, ${IN_FLIGHT} chains in flight`,
      body: [...(Object.keys(DIMENSIONS) as (keyof ScaleSteps)[]).map((dimension) => drawSteps(done, dimension)), `Duplicates ${counts.duplicates}, posted after close ${counts.afterClose}, callbacks refused ${counts.refused}.`].filter(Boolean).join('\n\n'),
      circumstances: describeCircumstances(plan, loadBefore, [{ name: 'hub', versions: plan.hub.versions, durability: plan.hub.durability }]),
      data: { steps: done, counts },
      plots: { '': drawGrowth(done) },
    });
    if (counts.duplicates + counts.afterClose + counts.refused > 0) throw new Error('A webhook was posted twice or after its end, or a callback refused');
  } finally {
    await receivers.stop();
  }
}
