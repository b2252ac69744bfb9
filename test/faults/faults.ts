import { setTimeout as wait } from 'node:timers/promises';
import type { Random } from './random.js';
import type { Stage, Topology } from './stage.js';

/** One kind of fault: what it does to a hub, until what was struck is started again. */
export interface Fault {
  readonly kind: string;
  readonly weight: number;
  /** Where it can happen. */
  readonly on: readonly Topology[];
  /** Whether it needs a database server of ours. */
  readonly needsDatabase?: boolean;
  strike(stage: Stage, random: Random): Promise<void>;
}

const WHOLE: readonly Topology[] = ['all-in-one'];
const SPLIT: readonly Topology[] = ['split'];
const BOTH: readonly Topology[] = ['all-in-one', 'split'];

/** SIGKILL to processes of the hub at once, and a new start of each. */
async function killProcesses(stage: Stage, names: readonly string[], meanwhile: () => Promise<void> = async () => undefined): Promise<void> {
  await Promise.all(names.map(async (name) => stage.processes[name]?.kill('SIGKILL')));
  await meanwhile();
  for (const name of names) await stage.revive(name);
}

function killing(name: string): Fault['strike'] {
  return (stage) => killProcesses(stage, [name]);
}

/** Killed again while it starts, and once more: a start is a crash window too. */
function killingTwice(name: string): Fault['strike'] {
  return async (stage, random) => {
    await stage.processes[name]?.kill('SIGKILL');
    stage.processes[name]?.start();
    await wait(random.between(300, 2500));
    await killProcesses(stage, [name]);
  };
}

async function killTemporal(stage: Stage): Promise<void> {
  await stage.killTemporal();
  if (stage.topology === 'split') await stage.startTemporal();
}

async function freezeTemporal(stage: Stage, random: Random): Promise<void> {
  const pid = stage.temporalPid();
  if (pid === undefined) return;
  process.kill(pid, 'SIGSTOP');
  try {
    await stage.temporalFile.copy();
    await wait(random.between(1000, 4500));
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

async function rollBackTemporal(stage: Stage, random: Random): Promise<void> {
  await stage.killTemporal();
  await stage.temporalFile.rollBack(random.chance(30));
  await stage.startTemporal();
}

/** Temporal is the hub's own child here, which would be started again too soon. */
async function rollBackWhole(stage: Stage, random: Random): Promise<void> {
  await killProcesses(stage, ['hub'], async () => {
    await stage.killTemporal();
    await stage.temporalFile.rollBack(random.chance(30));
  });
}

async function killDatabase({ database }: Stage, random: Random): Promise<void> {
  await database.server?.kill();
  await wait(random.between(0, 2000));
  await database.server?.start();
}

/** What happens, how often beside the others, and where. */
export const FAULTS: readonly Fault[] = [
  { kind: 'hub killed', weight: 4, on: WHOLE, strike: killing('hub') },
  { kind: 'hub killed while it starts', weight: 1, on: WHOLE, strike: killingTwice('hub') },
  { kind: 'hub and Temporal killed', weight: 1, on: WHOLE, strike: (stage) => killProcesses(stage, ['hub'], stage.killTemporal) },
  { kind: 'API killed', weight: 4, on: SPLIT, strike: killing('api') },
  { kind: 'worker killed', weight: 4, on: SPLIT, strike: killing('worker') },
  { kind: 'worker killed while it starts', weight: 1, on: SPLIT, strike: killingTwice('worker') },
  {
    kind: 'API, worker and Temporal killed', weight: 1, on: SPLIT,
    strike: (stage) => killProcesses(stage, ['api', 'worker'], () => killTemporal(stage)),
  },
  { kind: 'Temporal killed', weight: 2, on: BOTH, strike: killTemporal },
  { kind: 'Temporal frozen', weight: 2, on: BOTH, strike: freezeTemporal },
  { kind: 'Temporal rolled back', weight: 2, on: SPLIT, strike: rollBackTemporal },
  { kind: 'hub killed, Temporal rolled back', weight: 2, on: WHOLE, strike: rollBackWhole },
  { kind: 'database killed', weight: 3, on: BOTH, needsDatabase: true, strike: killDatabase },
];

/** The faults that a hub can meet. */
export function listFaultsOf({ topology, database }: Pick<Stage, 'topology' | 'database'>): Fault[] {
  return FAULTS.filter(({ on, needsDatabase = false }) => on.includes(topology) && (!needsDatabase || database.server !== undefined));
}
