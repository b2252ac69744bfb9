import type { Random } from './random.js';

/** The middle of some numbers. */
export function findMedian(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[half] ?? NaN) : ((sorted[half - 1] ?? NaN) + (sorted[half] ?? NaN)) / 2;
}

/** How two series of times, taken in pairs, differ. */
export interface Difference {
  /** Of the medians, second less first, in the unit of the series. */
  readonly medians: number;
  /** Where it lies by 999 of 1,000 drawings of the pairs. */
  readonly low: number;
  readonly high: number;
  /** Half of the first series lies within this of its median. */
  readonly noise: number;
}

const DRAWINGS = 2000;
const TAIL = 0.0005;

/** The difference of the medians with a bootstrap interval of 99.9 %. */
export function compareSeries(first: readonly number[], second: readonly number[], random: Random): Difference {
  const center = findMedian(first);
  const drawn = Array.from({ length: DRAWINGS }, () => {
    const picked = first.map(() => random.between(0, first.length - 1));
    return findMedian(picked.map((at) => second[at] ?? NaN)) - findMedian(picked.map((at) => first[at] ?? NaN));
  }).sort((a, b) => a - b);
  return {
    medians: findMedian(second) - center,
    low: drawn[Math.floor(DRAWINGS * TAIL)] ?? NaN,
    high: drawn[Math.ceil(DRAWINGS * (1 - TAIL)) - 1] ?? NaN,
    noise: findMedian(first.map((number) => Math.abs(number - center))),
  };
}

/**
 * Whether somebody who asks a few times could tell the two apart: the interval leaves zero out, and the difference is
 * a tenth of the noise at least. A smaller one takes hundreds of samples on the hub's own machine.
 */
export function canTellApart({ medians, low, high, noise }: Difference): boolean {
  return (low > 0 || high < 0) && Math.abs(medians) > noise / 10;
}
