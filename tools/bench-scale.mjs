// npm run bench:scale: throughput, latency and memory of a hub as chains get longer, webhooks larger, its history
// longer, and as more and more chains wait.
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeCommand, parse } from './benchArguments.mjs';
import { withDatabase } from './benchDatabase.mjs';
import { HUB_ENV, importMeasurement, withDirectory, withHub } from './benchHub.mjs';
import { describeHub, describeRun, SCHEMA } from './benchRun.mjs';
import { fillHistory } from './history.mjs';
import { fromRoot, runTool, ToolError } from './run.mjs';

const OPTIONS = {
  length: { type: 'string' }, payload: { type: 'string' }, history: { type: 'string' }, open: { type: 'string' },
  database: { type: 'string' }, json: { type: 'string' }, results: { type: 'string' }, quick: { type: 'boolean' },
};
const USUAL = { length: '1,3,10,25,50', payload: '0,1000,10000,25000', history: '1000,10000,100000', open: '10,100,1000,10000' };
const QUICK = { length: '1,10', payload: '0,10000', history: '1000,5000', open: '10,100' };
const USAGE = `npm run bench:scale -- [options]; each list may be empty
  --length ${USUAL.length}             webhooks of a chain
  --payload ${USUAL.payload}       characters of full_description
  --history ${USUAL.history}     stored runs; 1000000 takes a quarter of an hour and some gigabytes
  --open ${USUAL.open}          chains that wait for a callback
  --database URL --json FILE --results DIR --quick`;

function readSteps(given) {
  const lists = { ...(given.quick ? QUICK : USUAL), ...given };
  return Object.fromEntries(Object.keys(USUAL).map((name) => {
    const steps = lists[name].split(',').filter(Boolean).map(Number);
    if (!steps.every((step, index) => Number.isInteger(step) && (index === 0 || step > steps[index - 1]))) {
      throw new ToolError(`--${name}: write growing whole numbers with commas.\n${USAGE}`);
    }
    return [name, steps];
  }));
}

async function bench(words) {
  const given = parse(words, OPTIONS, USAGE);
  const steps = readSteps(given);
  await withDirectory((dir) =>
    withDatabase({ server: given.database, dir, schema: SCHEMA }, (databaseUrl) =>
      withHub({ databaseUrl, dir, env: HUB_ENV }, async (hub) => {
        const plan = {
          quick: given.quick ?? false, name: `scale-${given.database ? 'postgres' : 'sqlite'}`, dataDir: dir,
          results: given.results ?? fromRoot('bench', 'results'), json: given.json && resolve(given.json),
          ...describeRun(), command: describeCommand('npm run bench:scale', words), hub: await describeHub(hub, databaseUrl),
        };
        mkdirSync(plan.results, { recursive: true });
        const { measureScale } = await importMeasurement('scale', hub.url);
        await measureScale(plan, steps, (repository, runs) => fillHistory(databaseUrl, repository, runs));
      })));
}

await runTool(() => bench(process.argv.slice(2)));
