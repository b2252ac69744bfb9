import { availableParallelism } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { drawCounts } from './figures.js';
import { latency, now, slope, sum, type Latency } from './measure.js';
import { readLoad } from './machine.js';
import { readPlan, type BenchPlan } from './plan.js';
import type { Series } from './plot.js';
import { readMachineCpu, readMemory, readUsage } from './procfs.js';
import { describeCircumstances, writeReport } from './report.js';
import { openSides, type Opened } from './sides.js';
import { readChainTime, readHops, readMonotonic, runLoad } from './slice.js';
import { drawTable, show } from './table.js';

/** At most so many points, and a point at most so often: milliseconds. */
const POINTS = 60;
const SHORTEST = 2000;
/** The first part in which caches fill: it counts for the losses and not for the slopes. */
const WARM = 0.25;

/** One stretch of the load. Memory in MiB by process, CPU in milliseconds per chain. */
interface Point {
  readonly minute: number;
  readonly chainsPerSecond: number;
  readonly push: Latency;
  readonly hop: Latency;
  readonly chain: Latency;
  readonly memory: Readonly<Record<string, number>>;
  readonly cpuPerChain: Readonly<Record<string, number>>;
  /** % of the machine that processes outside the bench took: where that jumps, so does everything else. */
  readonly foreignCpu: number;
}

interface Gathered {
  readonly pushes: number[];
  readonly hops: number[];
  readonly chains: number[];
}

const MIB = 2 ** 20;
const toMap = <T>(groups: Readonly<Record<string, readonly number[]>>, read: (pids: readonly number[]) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(groups).map(([name, pids]) => [name, read(pids)]));

/** What stands in /proc at one moment; `ms` since the start. */
interface Look {
  readonly ms: number;
  readonly cpu: Readonly<Record<string, number>>;
  readonly memory: Readonly<Record<string, number>>;
  readonly machineCpu: number;
}

function look(processes: Readonly<Record<string, readonly number[]>>, started: number): Look {
  return {
    ms: now() - started, machineCpu: readMachineCpu(),
    cpu: toMap(processes, (pids) => readUsage(pids).cpuMs),
    memory: toMap(processes, (pids) => readMemory(pids) / MIB),
  };
}

function createPoint(before: Look, after: Look, { pushes, hops, chains }: Gathered): Point {
  const names = Object.keys(after.cpu);
  const cpu = names.map((name) => (after.cpu[name] ?? Number.NaN) - (before.cpu[name] ?? 0));
  const ms = after.ms - before.ms;
  return {
    minute: after.ms / 60_000,
    chainsPerSecond: chains.length / (ms / 1000),
    push: latency(pushes), hop: latency(hops), chain: latency(chains),
    memory: after.memory,
    cpuPerChain: Object.fromEntries(names.map((name, index) => [name, chains.length === 0 ? Number.NaN : (cpu[index] ?? Number.NaN) / chains.length])),
    foreignCpu: Math.max(0, (after.machineCpu - before.machineCpu - sum(cpu)) / (ms * availableParallelism())) * 100,
  };
}

/** Runs load for that long and looks every so often. */
async function measure(length: number, { sides, load }: Opened, { inFlight, hops }: { inFlight: number; hops: number }): Promise<{ points: Point[]; stuck: number }> {
  const [side] = sides;
  if (!side) throw new Error('there is no hub');
  const started = now();
  let gathered: Gathered = { pushes: [], hops: [], chains: [] };
  let stuck = 0;
  const options = load(side, { chains: 0, hops, inFlight });
  const running = runLoad(options, () => now() - started < length, (passed) => {
    gathered.pushes.push(passed.pushed.ms);
    if (!passed.trace) stuck += 1;
    else {
      gathered.hops.push(...readHops(passed.trace).hops);
      gathered.chains.push(readChainTime(passed));
    }
  });
  const points: Point[] = [];
  const processes = () => ({ ...side.processes(), ...options.others() });
  for (let before = look(processes(), started); now() - started < length;) {
    await Promise.race([wait(Math.max(length / POINTS, SHORTEST)), running]);
    const [seen, after] = [gathered, look(processes(), started)];
    gathered = { pushes: [], hops: [], chains: [] };
    const point = createPoint(before, after, seen);
    points.push(point);
    before = after;
    console.log(`${point.minute.toFixed(1).padStart(5)} min  ${show(point.chainsPerSecond)} chains/s  hop p50 ${show(point.hop.p50)} p99 ${show(point.hop.p99)} ms  memory ${Object.entries(point.memory).map(([name, value]) => `${name} ${show(value)}`).join(', ')} MiB`);
  }
  await running;
  await side.settle();
  return { points, stuck };
}

/** What may grow, by name. */
function listTracks(points: readonly Point[]): Series[] {
  const track = (name: string, pick: (point: Point) => number): Series => ({ name, points: points.map((point) => [point.minute, pick(point)] as const) });
  const names = Object.keys(points[0]?.memory ?? {});
  return [
    track('chains/s', (point) => point.chainsPerSecond),
    track('push p50, ms', (point) => point.push.p50),
    track('hop p50, ms', (point) => point.hop.p50),
    track('hop p99, ms', (point) => point.hop.p99),
    track('chain p50, ms', (point) => point.chain.p50),
    track('CPU taken by others, %', (point) => point.foreignCpu),
    ...names.map((name) => track(`memory of ${name}, MiB`, (point) => point.memory[name] ?? Number.NaN)),
    ...names.map((name) => track(`CPU of ${name}, ms per chain`, (point) => point.cpuPerChain[name] ?? Number.NaN)),
  ];
}

/** First and last after the warm-up by the fitted line, and what it gains per minute. */
function drawGrowth(tracks: readonly Series[], minutes: number): string {
  const rows = tracks.map(({ name, points }) => {
    const settled = points.filter(([minute, value]) => minute >= minutes * WARM && Number.isFinite(value));
    const values = settled.map(([, value]) => value);
    const growth = slope(settled);
    const mean = values.reduce((total, value) => total + value, 0) / values.length;
    return [name, show(mean), show(Math.min(...values)), show(Math.max(...values)), show(growth), `${show((growth * minutes * 100) / mean)} %`];
  });
  return drawTable([['after the warm-up', 'mean', 'lowest', 'highest', 'slope per minute', 'over the whole run'], ...rows]);
}

async function sustain(plan: BenchPlan): Promise<void> {
  const [loadBefore, length, inFlight] = [readLoad(), plan.sustain ?? 0, plan.inFlight.at(-1) ?? 1];
  const opened = await openSides(plan, plan);
  try {
    const from = readMonotonic();
    const { points, stuck } = await measure(length, opened, { inFlight, hops: plan.hops });
    const [side] = opened.sides;
    const counts = { ...(await opened.receivers.counts('hub')), lost: Math.max(stuck, (await side?.countLost()) ?? 0) };
    const tracks = listTracks(points);
    const pick = (word: RegExp) => tracks.filter(({ name }) => word.test(name));
    writeReport(plan, {
      title: `${show(length / 60_000)} minutes of load, ${inFlight} chains of ${plan.hops} in flight`,
      body: `${drawGrowth(tracks, length / 60_000)}\n\n${drawCounts({ hub: counts })}`,
      circumstances: describeCircumstances(plan, loadBefore, opened.sides),
      data: { points, counts, windows: [{ side: 'hub', window: [from, readMonotonic()] }] },
      plots: {
        '-latency': { title: 'Latency over time', x: { label: 'minutes' }, y: { label: 'milliseconds' }, series: pick(/^(push|hop|chain) p/) },
        '-memory': { title: 'Memory over time', x: { label: 'minutes' }, y: { label: 'MiB' }, series: pick(/^memory/) },
      },
    });
    const faults = counts.lost + counts.afterClose + counts.duplicates + counts.refused;
    if (faults === 0) return;
    console.error('Something was lost, posted twice or after its end, or refused: see the table.');
    process.exitCode = 1;
  } finally {
    await opened.close();
  }
}

await sustain(readPlan());
