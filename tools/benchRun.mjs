// Runs one measurement of npm run bench: a hub of its own, what it is compared with, and the profiles.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { askDatabase, withDatabase } from './benchDatabase.mjs';
import { describeFloor, describeTemporal } from './benchFloor.mjs';
import { HUB_ENV, runMeasurement, withHub } from './benchHub.mjs';
import { providePeer } from './benchPeer.mjs';
import { importBuilt, ROOT, say } from './run.mjs';

/** Of a bench on PostgreSQL. */
export const SCHEMA = 'hookline_bench';

/**
 * Runs what the arguments ask for, with its data in `dir`; `command` is what the report calls it. Throws a ToolError
 * where something was lost or failed. Needs TEMPORAL_BINARY and a finished build.
 */
export async function runBenchPlan({ measurement, plan, database, json, profile, ...others }, dir, command) {
  const profiles = profile && resolve(profile);
  const hubDir = join(dir, 'hub');
  for (const folder of [hubDir, ...(profiles ? [profiles] : [])]) mkdirSync(folder, { recursive: true });
  const profiled = (side) => (profiles ? ['--cpu-prof', `--cpu-prof-dir=${join(profiles, side)}`] : []);
  const compared = await describeOthers(others, dir, profiled('floor'));
  await withDatabase({ server: database, dir: hubDir, schema: SCHEMA }, (databaseUrl) =>
    withHub({ databaseUrl, dir: hubDir, nodeArgs: profiled('hub'), env: HUB_ENV }, async (hub) => {
      const described = { hub: await describeHub(hub, databaseUrl), dataDir: dir, databaseUrl, ...describeRun(), command };
      const whole = { ...plan, ...compared, ...described, json: json && resolve(json) };
      await runMeasurement(measurement, hub.url, { BENCH_PLAN: JSON.stringify(whole) });
    }));
  if (profiles) await showProfiles(profiles, join(plan.results, `${plan.name}.json`));
}

/** The floor and the peer, where they are asked for. */
async function describeOthers({ floor, peer }, dir, execArgv) {
  return {
    ...(floor ? { floor: { ...(await describeFloor(join(dir, 'floor'))), execArgv } } : {}),
    ...(peer ? { peer: await providePeer(join(dir, 'peer')) } : {}),
  };
}

/** The hub as the measurement knows it. */
export async function describeHub({ url, pid, temporalAddress, temporalPid }, databaseUrl) {
  const [{ versions, durability, server }, temporal] = [await askDatabase(databaseUrl), await describeTemporal()];
  const { version } = await fetch(`${url}/version`).then((answer) => answer.json());
  return {
    url, pid,
    temporal: { address: temporalAddress, namespace: temporal.namespace, pid: temporalPid },
    ...(server === undefined ? {} : { databasePid: server }),
    durability: { ...durability, ...temporal.durability },
    versions: { hub: version, ...versions, ...temporal.versions },
  };
}

/** By what the run can be repeated. */
export function describeRun() {
  const settings = Object.fromEntries(Object.entries(process.env).filter(([key]) => key.startsWith('HOOKLINE_') && !/SECRET|PASSWORD|URL|DIR/.test(key)));
  return { settings, commit: findCommit() };
}

/** The commit that is measured, marked where the sources differ from it. */
function findCommit() {
  try {
    const git = (...args) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!bench/results') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`;
  } catch {
    // No git, or no repository: an unpacked release.
    return 'unknown';
  }
}

async function showProfiles(dir, figures) {
  const { showTop } = await importBuilt('bench/profile.js');
  say(showTop(dir, figures));
}
