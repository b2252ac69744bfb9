import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from './random.js';
import type { Stage, Topology } from './stage.js';

/** One kind of fault: what it does to a hub. */
export interface Fault {
  readonly kind: string;
  readonly weight: number;
  /** Where it can happen. */
  readonly on: readonly Topology[];
  /** Whether it needs a database server of ours. */
  readonly needsDatabase?: boolean;
  /** Answers once everything is started again; the names of the processes that do not yet serve. */
  strike(stage: Stage, random: Random): Promise<readonly string[]>;
}

const WHOLE: readonly Topology[] = ['all-in-one'];
const SPLIT: readonly Topology[] = ['split'];
const CLUSTER: readonly Topology[] = ['cluster'];
const BOTH: readonly Topology[] = ['all-in-one', 'split'];
const NONE: readonly string[] = [];

/** SIGKILL to processes of the hub at once, and a new start of each, which is not waited for: other faults may meet it. */
async function killProcesses(stage: Stage, names: readonly string[], meanwhile: () => Promise<unknown> = async () => undefined): Promise<readonly string[]> {
  await Promise.all(names.map((name) => stage.serving(name)));
  const dead = names.filter((name) => !stage.processes[name]?.isRunning);
  if (dead.length > 0) throw new Error(`${dead.join(', ')} had ended before anybody struck`);
  await Promise.all(names.map(async (name) => stage.processes[name]?.kill('SIGKILL')));
  await meanwhile();
  // Whoever asks for it is told of a start that fails.
  for (const name of names) stage.revive(name).catch(() => undefined);
  return names;
}

function killing(...names: readonly string[]): Fault['strike'] {
  return (stage) => killProcesses(stage, names);
}

/** Killed again while it starts: a start is a crash window too. */
function killingTwice(name: string): Fault['strike'] {
  return async (stage, random) => {
    await stage.serving(name);
    await stage.processes[name]?.kill('SIGKILL');
    stage.processes[name]?.start();
    await wait(random.between(300, 2500));
    return killProcesses(stage, [name]);
  };
}

/** A hub that cannot start its own Temporal does not start: it must serve first. */
async function killTemporal(stage: Stage): Promise<readonly string[]> {
  await stage.serving('hub');
  await stage.killTemporal();
  await stage.startTemporal();
  return NONE;
}

async function freezeTemporal(stage: Stage, random: Random): Promise<readonly string[]> {
  await stage.serving('hub');
  const pid = stage.temporalPid();
  if (pid === undefined) return NONE;
  process.kill(pid, 'SIGSTOP');
  try {
    await stage.temporalFile.copy();
    await wait(random.between(1000, 4500));
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  return NONE;
}

async function rollBackTemporal(stage: Stage, random: Random): Promise<readonly string[]> {
  await stage.killTemporal();
  await stage.temporalFile.rollBack(random.chance(30));
  await stage.startTemporal();
  return NONE;
}

/** Temporal is the hub's own child here, which would be started again too soon. */
async function rollBackWhole(stage: Stage, random: Random): Promise<readonly string[]> {
  return killProcesses(stage, ['hub'], async () => {
    await stage.killTemporal();
    await stage.temporalFile.rollBack(random.chance(30));
  });
}

/** A process that starts without its database ends, and says so: that is for whoever starts it. */
async function killDatabase({ database, processes, serving }: Stage, random: Random): Promise<readonly string[]> {
  await Promise.all(Object.keys(processes).map(serving));
  await database.server?.kill();
  await wait(random.between(0, 2000));
  await database.server?.start();
  return NONE;
}

/** One of the processes of a role, by chance. */
function pickOf(stage: Stage, role: string, random: Random): string {
  const names = Object.keys(stage.processes).filter((name) => name.startsWith(role));
  return random.pick(names.map((name) => ({ name, weight: 1 }))).name;
}

async function freezeServer(stage: Stage, random: Random): Promise<readonly string[]> {
  const pid = stage.temporalPid();
  if (pid === undefined) return NONE;
  process.kill(pid, 'SIGSTOP');
  await wait(random.between(1000, 4500));
  process.kill(pid, 'SIGCONT');
  return NONE;
}

/** The hub's database and Temporal's at once. A server that gives up is for whoever starts it. */
async function killSharedDatabase(stage: Stage, random: Random): Promise<readonly string[]> {
  await killDatabase(stage, random);
  await stage.startTemporal();
  return NONE;
}

async function killProxy({ proxy }: Stage, random: Random): Promise<readonly string[]> {
  await proxy?.kill();
  await wait(random.between(0, 1000));
  await proxy?.start();
  return NONE;
}

/** What happens, how often beside the others, and where. */
export const FAULTS: readonly Fault[] = [
  { kind: 'hub killed', weight: 3, on: WHOLE, strike: killing('hub') },
  { kind: 'hub killed while it starts', weight: 1, on: WHOLE, strike: killingTwice('hub') },
  { kind: 'hub and Temporal killed', weight: 1, on: WHOLE, strike: (stage) => killProcesses(stage, ['hub'], stage.killTemporal) },
  { kind: 'API killed', weight: 4, on: SPLIT, strike: killing('api') },
  { kind: 'worker killed', weight: 4, on: SPLIT, strike: killing('worker') },
  { kind: 'worker killed while it starts', weight: 1, on: SPLIT, strike: killingTwice('worker') },
  {
    kind: 'API, worker and Temporal killed', weight: 1, on: SPLIT,
    strike: (stage) => killProcesses(stage, ['api', 'worker'], () => killTemporal(stage)),
  },
  { kind: 'Temporal killed', weight: 3, on: BOTH, strike: killTemporal },
  { kind: 'Temporal frozen', weight: 3, on: BOTH, strike: freezeTemporal },
  { kind: 'Temporal rolled back', weight: 3, on: SPLIT, strike: rollBackTemporal },
  { kind: 'hub killed, Temporal rolled back', weight: 2, on: WHOLE, strike: rollBackWhole },
  { kind: 'one API of two killed', weight: 4, on: CLUSTER, strike: (stage, random) => killProcesses(stage, [pickOf(stage, 'api', random)]) },
  { kind: 'one worker of two killed', weight: 4, on: CLUSTER, strike: (stage, random) => killProcesses(stage, [pickOf(stage, 'worker', random)]) },
  { kind: 'both workers killed', weight: 1, on: CLUSTER, strike: killing('worker 1', 'worker 2') },
  { kind: 'one API, one worker and Temporal killed', weight: 1, on: CLUSTER, strike: (stage) => killProcesses(stage, ['api 1', 'worker 2'], () => killTemporal(stage)) },
  { kind: 'temporal-server killed', weight: 3, on: CLUSTER, strike: killTemporal },
  { kind: 'temporal-server frozen', weight: 2, on: CLUSTER, strike: freezeServer },
  { kind: 'PostgreSQL of both killed', weight: 2, on: CLUSTER, strike: killSharedDatabase },
  { kind: 'proxy killed', weight: 1, on: CLUSTER, strike: killProxy },
  { kind: 'database killed', weight: 3, on: BOTH, needsDatabase: true, strike: killDatabase },
];

/** The faults that a hub can meet. */
export function listFaultsOf({ topology, database }: Pick<Stage, 'topology' | 'database'>): Fault[] {
  return FAULTS.filter(({ on, needsDatabase = false }) => on.includes(topology) && (!needsDatabase || database.server !== undefined));
}
