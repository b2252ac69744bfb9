import { availableParallelism } from 'node:os';
import type { Counts } from './chain.js';
import { drawCounts, drawFigures, drawRatios, isClean } from './figures.js';
import { quantile } from './measure.js';
import { readLoad } from './machine.js';
import { readPlan, type BenchPlan } from './plan.js';
import type { Series } from './plot.js';
import { describeCircumstances, writeReport } from './report.js';
import type { Side } from './side.js';
import { openSides, type Opened } from './sides.js';
import { runSlice, warmUp, type Slice } from './slice.js';
import { compare, summarize } from './summary.js';
import { show } from './table.js';

const SHARES = Array.from({ length: 100 }, (_, index) => index / 100);

const chainsOf = ({ chains }: BenchPlan, inFlight: number): number => chains ?? 20 + 10 * inFlight;

/** All slices: at each number in flight one of each side, one after the other, again and again. */
async function measure(plan: BenchPlan, { sides, load }: Opened): Promise<Slice[]> {
  const slices: Slice[] = [];
  for (const inFlight of plan.inFlight) {
    for (let round = 1; round <= plan.slices; round += 1) {
      for (const side of sides) {
        const options = load(side, { hops: plan.hops, inFlight, chains: chainsOf(plan, inFlight) });
        await warmUp(options, Math.max(5, inFlight));
        const slice = await runSlice(options);
        slices.push(slice);
        const rate = (slice.chains - slice.lost) / slice.seconds;
        console.log(`${side.name.padEnd(8)} ${String(inFlight).padStart(3)} in flight  slice ${round}/${plan.slices}  ${show(rate).padStart(6)} chains/s  hop p50 ${show(quantile(slice.hopTimes, 0.5))} ms`);
      }
    }
  }
  return slices;
}

/** Per side what its receivers counted, and what it lost: chains that did not get through, and runs that did not end well. */
async function count(sides: readonly Side[], slices: readonly Slice[], { receivers }: Opened): Promise<Record<string, Counts & { lost: number }>> {
  const counted: Record<string, Counts & { lost: number }> = {};
  for (const side of sides) {
    const stuck = slices.filter((slice) => slice.side === side.name).reduce((total, { lost }) => total + lost, 0);
    counted[side.name] = { ...(await receivers.counts(side.name)), lost: Math.max(stuck, await side.countLost()) };
  }
  return counted;
}

/** Of all hops the share that took at most so long. */
function drawDistribution(name: string, slices: readonly Slice[]): Series {
  const times = slices.flatMap(({ hopTimes }) => hopTimes);
  return { name, points: SHARES.map((share) => [quantile(times, share), share * 100] as const) };
}

async function bench(plan: BenchPlan): Promise<void> {
  const loadBefore = readLoad();
  const opened = await openSides(plan, plan);
  const { sides } = opened;
  try {
    const slices = await measure(plan, opened);
    const counts = await count(sides, slices, opened);
    const pick = (side: Side | undefined, inFlight: number) => slices.filter((slice) => slice.side === side?.name && slice.inFlight === inFlight);
    const groups = plan.inFlight.flatMap((inFlight) => sides.map((side) => pick(side, inFlight)));
    const figures = groups.map((group) => summarize(group, availableParallelism()));
    const ratios = sides.slice(1).flatMap((side) => plan.inFlight.map((inFlight) => compare(pick(sides[0], inFlight), pick(side, inFlight))));
    const series = groups.map((group, index) => drawDistribution(`${figures[index]?.side}, ${figures[index]?.inFlight} in flight`, group));
    writeReport(plan, {
      title: `Chains of ${plan.hops}, receivers that call back after ${plan.delay} ms`,
      body: [drawRatios(ratios), drawFigures(figures), drawCounts(counts)].filter(Boolean).join('\n\n'),
      circumstances: describeCircumstances(plan, loadBefore, sides),
      data: { figures, ratios, counts, windows: slices.map(({ side, window }) => ({ side, window })) },
      plots: { '': { title: 'Callback sent to next webhook received', x: { label: 'milliseconds', log: true }, y: { label: '% of hops within' }, series } },
    });
    if (!isClean(counts)) {
      console.error('Chains were lost, or callbacks refused: see the table.');
      process.exitCode = 1;
    }
  } finally {
    await opened.close();
  }
}

await bench(readPlan());
