import { randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { stopAll } from '../temporal/testServer.js';
import { runCampaign, type CampaignResult } from './campaign.js';
import { Random } from './random.js';
import { addFigures, NO_FIGURES } from './recovery.js';
import type { Topology } from './stage.js';

/** The last one is asked for by name: it needs programs that the others do not. */
const TOPOLOGIES: readonly Topology[] = ['all-in-one', 'split', 'cluster'];
const USUAL = TOPOLOGIES.slice(0, 2);
const USAGE = 'npm run check:faults -- [--rounds N] [--seed S] [--database sqlite|postgres|URL] [--topology all-in-one|split|cluster] [--window N] [--json FILE]';

/** What a check is asked to do. */
interface Plan {
  readonly rounds: number;
  readonly seed: string;
  readonly database: string;
  readonly topologies: readonly Topology[];
  readonly window: number;
  readonly json: string | undefined;
}

/** @throws Error that shows how the check is called */
function readPlan(args: readonly string[]): Plan {
  const text = { type: 'string' } as const;
  const options = { rounds: text, seed: text, database: text, topology: text, window: text, json: text };
  const { values } = parseArgs({ args: [...args], options });
  const [rounds, window] = [Number(values.rounds ?? 10), Number(values.window ?? 25)];
  const topologies = values.topology === undefined ? USUAL : TOPOLOGIES.filter((one) => values.topology === one);
  if (!(rounds >= 1) || !(window >= 1) || topologies.length === 0) throw new Error(USAGE);
  return { rounds, window, topologies, seed: values.seed ?? String(randomInt(1_000_000)), database: values.topology === 'cluster' ? 'postgres' : (values.database ?? 'sqlite'), json: values.json };
}

/** Every fault of a hub in one process costs a start of all of it: it gets fewer rounds. */
const WHOLE_SHARE = 0.4;

/** Shares the rounds out among the topologies. */
async function check({ rounds, seed, database, topologies, window }: Plan): Promise<CampaignResult[]> {
  const results: CampaignResult[] = [];
  for (const [index, topology] of topologies.entries()) {
    const whole = topologies.length === 1 ? rounds : Math.ceil(rounds * WHOLE_SHARE);
    const share = index === 0 ? whole : rounds - whole;
    if (share === 0) continue;
    const random = new Random(`${seed}/${topology}`);
    // A cluster brings its own PostgreSQL.
    const name = topology === 'cluster' ? 'sqlite' : database;
    results.push(await runCampaign({ topology, database: name, rounds: share, window, random, say }));
    if ((results.at(-1)?.violations.length ?? 0) > 0) break;
  }
  return results;
}

function say(line: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)}  ${line}`);
}

function report(plan: Plan, results: readonly CampaignResult[], seconds: number) {
  const struck: Record<string, number> = {};
  for (const [kind, times] of results.flatMap((result) => Object.entries(result.struck))) struck[kind] = (struck[kind] ?? 0) + times;
  return {
    seed: plan.seed,
    database: plan.database.startsWith('postgres://') ? 'postgres' : plan.database,
    date: new Date().toISOString(),
    seconds,
    rounds: results.reduce((sum, result) => sum + result.rounds, 0),
    ...results.map(({ figures }) => figures).reduce(addFigures, NO_FIGURES),
    struck,
    violations: results.flatMap(({ violations }) => violations),
  };
}

/** Runs the check that the arguments ask for; answers the exit code: 0 without, 1 with violations. */
export async function main(args: readonly string[]): Promise<number> {
  const plan = readPlan(args);
  say(`seed ${plan.seed}, ${plan.rounds} rounds, ${plan.database.split(':')[0]}`);
  const started = Date.now();
  const results = await check(plan);
  const summary = report(plan, results, Math.round((Date.now() - started) / 1000));
  if (plan.json !== undefined) await writeFile(plan.json, `${JSON.stringify(summary, null, 2)}\n`);
  const { violations, ...figures } = summary;
  console.log(JSON.stringify(figures, null, 2));
  for (const { invariant, evidence } of violations.slice(0, 50)) console.log(`VIOLATION ${invariant}: ${evidence}`);
  console.log(`${violations.length} violations in ${summary.rounds} rounds; the same again: --seed ${plan.seed} --rounds ${plan.rounds}`);
  await stopAll();
  return violations.length === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
// Connections of killed processes may linger; everything has been said.
process.exit();
