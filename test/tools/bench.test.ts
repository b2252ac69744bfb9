import { execFile } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import type { Counts } from '../../bench/chain.js';
import type { Figures, Ratios } from '../../bench/summary.js';
import { tempDir } from '../helpers/ports.js';

// Compiled tests lie in dist/test/tools/.
const TOOLS = new URL('../../../tools/', import.meta.url).href;
const [CHAINS, HOPS, IN_FLIGHT, WARM_UP] = [4, 2, 2, 5];

interface Result {
  readonly figures: readonly Figures[];
  readonly ratios: readonly Ratios[];
  readonly counts: Readonly<Record<string, Counts & { lost: number }>>;
  readonly durability: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** The bench of `npm run bench`, without its look whether everything is built. */
async function bench(args: readonly string[], dir: string, signal: AbortSignal): Promise<string> {
  const script = [
    `const { readArguments } = await import('${TOOLS}benchArguments.mjs');`,
    `const { provideTemporal } = await import('${TOOLS}temporal.mjs');`,
    `const { runBenchPlan } = await import('${TOOLS}benchRun.mjs');`,
    `await provideTemporal(); await runBenchPlan(readArguments(${JSON.stringify(args)}), ${JSON.stringify(dir)}, 'the test');`,
  ].join('\n');
  return (await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { maxBuffer: 2 ** 24, signal })).stdout;
}

test('npm run bench: the figures of hub and floor add up', async (t) => {
  t.timeout(300_000);
  const [dir, results, stop] = [await tempDir(t), await tempDir(t), new AbortController()];
  // However the test ends, the tool takes its processes along.
  t.teardown(() => stop.abort());
  const said = await bench(['--floor', '--slices', '1', '--chains', `${CHAINS}`, '--hops', `${HOPS}`, '--in-flight', `${IN_FLIGHT}`, '--results', results], dir, stop.signal);
  t.regex(said, /\| floor, 2 in flight +\|.* × \|/, 'the ratio to the floor');
  t.deepEqual((await readdir(results)).sort(), ['chains-sqlite.json', 'chains-sqlite.md', 'chains-sqlite.svg']);
  const { figures, ratios, counts, durability } = JSON.parse(await readFile(join(results, 'chains-sqlite.json'), 'utf8')) as Result;
  t.deepEqual(figures.map(({ side }) => side), ['hub', 'floor']);
  for (const { side, chains, push, hop, callback, chain, cpuPerChain, engine, lost } of figures) {
    t.deepEqual([chains, push.count, chain.count, lost], [CHAINS, CHAINS, CHAINS, 0], side);
    t.deepEqual([hop.count, callback.count], [CHAINS * (HOPS - 1), CHAINS * HOPS], side);
    t.true(hop.p50 > 0 && chain.p50 > hop.p50 && chain.p99 >= chain.p50, side);
    const engineCpu = cpuPerChain[side === 'hub' ? 'temporal' : 'floor temporal'] ?? 0;
    t.true((cpuPerChain[side] ?? 0) > 0 && engineCpu > 0, `${side}: its processes were found`);
    // A chain whose callbacks come at once is a few transitions, however long it is.
    t.true((engine?.transitions ?? 0) > 1 && (engine?.events ?? 0) > HOPS, side);
    const { webhooks, duplicates, afterClose, refused, lost: missing } = counts[side] ?? { webhooks: 0 };
    t.deepEqual([webhooks, duplicates, afterClose, refused, missing], [(CHAINS + WARM_UP) * HOPS, 0, 0, 0, 0], side);
  }
  const [ours, theirs] = figures.map(({ chainsPerSecond }) => chainsPerSecond.median);
  t.is(ratios[0]?.chainsPerSecond.median, (ours ?? 0) / (theirs ?? 0));
  t.is(durability['hub']?.['database synchronous'], 'FULL', 'asked through the product’s own connection');
});
