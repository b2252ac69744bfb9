// npm run bench: how fast chains run, on a hub of its own, and with --floor and --peer beside it what it is compared with.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readArguments } from './benchArguments.mjs';
import { askDatabase, withDatabase } from './benchDatabase.mjs';
import { describeFloor, describeTemporal } from './benchFloor.mjs';
import { runMeasurement, withDirectory, withHub } from './benchHub.mjs';
import { providePeer } from './benchPeer.mjs';
import { importBuilt, ROOT, runTool, say } from './run.mjs';

const SCHEMA = 'hookline_bench';

async function bench() {
  const options = readArguments(process.argv.slice(2));
  await withDirectory(async (dir) => {
    const others = await describeOthers(options, dir);
    const profiles = options.profile ? resolve(options.profile) : undefined;
    if (profiles) mkdirSync(profiles, { recursive: true });
    const nodeArgs = profiles ? ['--cpu-prof', `--cpu-prof-dir=${join(profiles, 'hub')}`] : [];
    if (profiles && others.floor) others.floor.execArgv = ['--cpu-prof', `--cpu-prof-dir=${join(profiles, 'floor')}`];
    const hubDir = join(dir, 'hub');
    mkdirSync(hubDir);
    const json = options.json && resolve(options.json);
    await withDatabase({ server: options.database, dir: hubDir, schema: SCHEMA }, (databaseUrl) =>
      withHub({ databaseUrl, dir: hubDir, nodeArgs, env: { HOOKLINE_ALLOW_ADDRESSES: '127.0.0.1' } }, async (hub) => {
        const plan = { ...options.plan, ...others, json, hub: await describeHub(hub, databaseUrl), dataDir: dir, ...describeRun() };
        await runMeasurement(options.measurement, hub.url, { BENCH_PLAN: JSON.stringify(plan) });
      }));
    if (profiles) await showProfiles(profiles, join(options.plan.results, `${options.plan.name}.json`));
  });
}

/** The floor and the peer, where they are asked for. */
async function describeOthers({ floor, peer }, dir) {
  return {
    ...(floor ? { floor: await describeFloor(join(dir, 'floor')) } : {}),
    ...(peer ? { peer: await providePeer(join(dir, 'peer')) } : {}),
  };
}

async function describeHub({ url, pid, temporalAddress, temporalPid }, databaseUrl) {
  const [{ versions, durability, backend }, temporal] = [await askDatabase(databaseUrl), await describeTemporal()];
  const { version } = await fetch(`${url}/version`).then((answer) => answer.json());
  return {
    url, pid,
    temporal: { address: temporalAddress, namespace: temporal.namespace, pid: temporalPid },
    ...(backend === undefined ? {} : { databasePid: backend }),
    durability: { ...durability, ...temporal.durability },
    versions: { hub: version, ...versions, ...temporal.versions },
  };
}

/** By what the run can be repeated. */
function describeRun() {
  const settings = Object.fromEntries(Object.entries(process.env).filter(([key]) => key.startsWith('HOOKLINE_') && !/SECRET|PASSWORD|URL|DIR/.test(key)));
  const words = process.argv.slice(2).map((word) => word.replace(/:\/\/.*/, '://…'));
  return { settings, commit: findCommit(), command: ['npm run bench', ...(words.length > 0 ? ['--', ...words] : [])].join(' ') };
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

await runTool(bench);
