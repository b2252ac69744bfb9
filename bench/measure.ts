/** Milliseconds since the epoch, with fractions: comparable between the processes of one machine. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** Of these numbers the one at that share (0.5 is the middle), in any order; NaN of none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN;
}

/** The middle of few numbers: of an even count the mean of the two in the middle. */
function findMedian(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [Math.ceil(sorted.length / 2) - 1, Math.floor(sorted.length / 2)];
  return ((sorted[low] ?? Number.NaN) + (sorted[high] ?? Number.NaN)) / 2;
}

/** The figures of several slices: their middle, and how far they lie apart. */
export interface Spread {
  readonly median: number;
  readonly lowest: number;
  readonly highest: number;
}

/** The spread of numbers, those that are none left out. */
export function spread(values: readonly number[]): Spread {
  const known = values.filter(Number.isFinite);
  return { median: findMedian(known), lowest: quantile(known, 0), highest: quantile(known, 1) };
}

/** The middle and the worst hundredth of single measurements, in their unit. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly count: number;
}

/** Middle and worst hundredth. */
export function latency(values: readonly number[]): Latency {
  return { p50: quantile(values, 0.5), p99: quantile(values, 0.99), count: values.length };
}

/** By how much y grows per unit of x: the straight line with the least squares. NaN of fewer than two points. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (pick: 0 | 1) => points.reduce((sum, point) => sum + point[pick], 0) / points.length;
  const [x, y] = [mean(0), mean(1)];
  const top = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0);
  return points.length < 2 ? Number.NaN : top / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0);
}

/** The sum. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
