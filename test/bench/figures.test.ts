import test from 'ava';
import { chainDigest, formatPlace, parsePlace, readChain } from '../../bench/chain.js';
import { drawCounts, drawFigures, isClean } from '../../bench/figures.js';
import { latency, quantile, slope, spread } from '../../bench/measure.js';
import { drawPlot } from '../../bench/plot.js';
import { readHops, type Slice } from '../../bench/slice.js';
import { compare, summarize } from '../../bench/summary.js';

const NONE = { webhooks: 9, duplicates: 0, afterClose: 0, refused: 0, retried: 0, lost: 0 };

/** A slice of ten chains in that many seconds, whose hops all take so long. */
function slice(side: string, seconds: number, hop: number, fields: Partial<Slice> = {}): Slice {
  return {
    side, seconds, inFlight: 1, chains: 10, hops: 3, pushes: [4], starts: [2], hopTimes: [hop, hop], callbackTimes: [1], chainTimes: [9],
    used: { [side]: { cpuMs: 500 * seconds, written: 10_240 }, load: { cpuMs: 70, written: 0 } }, own: [side], foreignCpuMs: 200, wallMs: 1000, window: [0, 1], lost: 0, cost: undefined, ...fields,
  };
}

test('quantiles, spreads and slopes are what they are by hand', (t) => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  t.deepEqual(latency(hundred), { p50: 51, p99: 100, count: 100 });
  t.is(quantile([7], 0.99), 7);
  t.true(Number.isNaN(quantile([], 0.5)));
  t.deepEqual(spread([1, 4, Number.NaN, 2, 3]), { median: 2.5, lowest: 1, highest: 4 });
  t.is(slope([[0, 5], [1, 7], [2, 9]]), 2);
});

test('a digest carries the number of a chain, a path the place of a hop', (t) => {
  t.is(readChain(chainDigest(123_456_789)), 123_456_789);
  t.is(chainDigest(1).length, 'sha256:'.length + 64);
  for (const place of [{ side: 'hub', position: 2, hops: 3, delay: 0 }, { side: 'floor', position: 1, hops: 1, delay: 'hold' as const }]) {
    t.deepEqual(parsePlace(formatPlace(place)), place);
  }
});

test('a hop is the time from a callback to the next webhook', (t) => {
  t.deepEqual(readHops({ chain: 1, called: [100, 130], sent: [110, 140], answered: [115, 150] }), { hops: [20], callbacks: [5, 10] });
});

test('figures are sums over the slices per chain, ratios are taken pair by pair', (t) => {
  const ours = [slice('hub', 2, 10), slice('hub', 1, 20)];
  const figures = summarize(ours, 2);
  t.deepEqual(figures.chainsPerSecond, { median: 7.5, lowest: 5, highest: 10 });
  t.is(figures.hopsPerSecond.median, 22.5);
  t.is(figures.cpuPerChain['hub'], 75);
  t.is(figures.writtenPerChain['hub'], 1024);
  t.is(figures.foreignCpu, 0.1);
  const ratios = compare(ours, [slice('floor', 1, 5), slice('floor', 1, 5)]);
  t.deepEqual(ratios.chainsPerSecond, { median: 0.75, lowest: 0.5, highest: 1 });
  t.deepEqual(ratios.hop, { median: 3, lowest: 2, highest: 4 });
  t.deepEqual(ratios.cpu, { median: 1.5, lowest: 1, highest: 2 }, 'without the makers of the load');
  t.is(ratios.push.median, 2, 'the push to the bare start of the other');
});

test('chains that were lost are not counted as throughput', (t) => {
  const figures = summarize([slice('hub', 1, 1, { lost: 4 })], 2);
  t.is(figures.chainsPerSecond.median, 6);
  t.is(figures.lost, 4);
  t.regex(drawFigures([figures]), /\| lost +\| +4 \|/);
});

test('a run with a lost chain or a refused callback is not clean', (t) => {
  t.true(isClean({ hub: NONE }));
  t.false(isClean({ hub: NONE, floor: { ...NONE, lost: 1 } }));
  t.false(isClean({ hub: { ...NONE, refused: 1 } }));
  t.regex(drawCounts({ hub: { ...NONE, lost: 2 } }), /\| hub \| +9 \| +2 \|/);
});

test('a plot holds a line for each series and no markup of its words', (t) => {
  const picture = drawPlot({
    title: 'a <b>', note: '', x: { label: 'ms', log: true }, y: { label: '%' },
    series: [{ name: 'one & two', points: [[1, 0], [1000, 100]] }],
  });
  t.regex(picture, /d="M70\.0 350\.0L570\.0 40\.0"/);
  t.false(picture.includes('<b>'));
  t.true(picture.includes('one &#38; two'));
});
