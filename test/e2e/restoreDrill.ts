import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProjectRoot } from '../../programs/root.js';
import { startHub, type Hub, type Owner } from '../helpers/hub.js';
import { must } from '../helpers/builders.js';
import { summarize } from './api.js';
import { buildScenario, HAPPY, QUIET, type Scenario } from './scenario.js';

const TOOL = join(findProjectRoot(), 'tools', 'backup.mjs');
const THREE_GOOD = 'success: success, success, success';

/** What the drill needs to know, and whom it tells. */
export interface DrillOptions {
  /** Owns hub, receivers and files. */
  readonly owner: Owner;
  readonly env: Readonly<Record<string, string>>;
  /** Empties a database that is not a file of the data directory; it is then as new. */
  readonly wipe?: () => Promise<void>;
  /** Chains that are in the middle at the backup. */
  readonly open: number;
  say(line: string): void;
}

/** A hub with open chains is backed up while it runs, works on, is lost, and comes back from the backup. @throws Error where anything is not as promised */
export async function drillRestore(options: DrillOptions): Promise<void> {
  const { owner, env, say } = options;
  const clock = startClock(say);
  const hub = await startHub(owner, { env });
  const scenario = await buildScenario(owner, hub.api, [HAPPY, QUIET, HAPPY]);
  const { open, closedLater } = await work(scenario, options.open);
  clock(`${open.length + 1} chains stand at their second webhook`);
  const backup = `${hub.dataDir}-backup`;
  owner.teardown(() => rm(backup, { recursive: true, force: true }));
  await runTool(hub, [backup]);
  clock('the hub is backed up while it runs');
  const lost = await workOn(scenario, closedLater, open.length + 1);
  await destroyData(hub, options);
  clock('after more work the hub is killed; database, key and Temporal’s state are gone');
  await runTool(hub, ['restore', backup]);
  await hub.restart();
  clock('restored, started and ready');
  await checkRestored(hub, scenario, { open, closedLater, lost });
  clock('every chain of the backup completed; what the backup held as finished was called once');
  await hub.process.stop();
}

interface Work {
  readonly open: readonly string[];
  readonly closedLater: string;
  readonly lost: string;
}

async function work({ repository, receiver }: Scenario, count: number): Promise<Pick<Work, 'open' | 'closedLater'>> {
  const ids: string[] = [];
  for (let nth = 0; nth <= count; nth += 1) {
    const id = await repository.pushOnce({ tag: `before-${nth}` });
    await repository.waitForDelivery(id, 2, 'waiting');
    await receiver(2).request(nth + 1);
    ids.push(id);
  }
  return { open: ids.slice(0, -1), closedLater: must(ids.at(-1), 'a run') };
}

/** What the backup does not know: a callback, and a whole push. */
async function workOn({ repository, receiver }: Scenario, closedLater: string, nth: number): Promise<string> {
  expect('a callback after the backup', (await receiver(2).callBack('success', nth)).status, 200);
  expect('its run', describe(await repository.waitForEnd(closedLater)), THREE_GOOD);
  const lost = await repository.pushOnce({ tag: 'after' });
  await repository.waitForDelivery(lost, 2, 'waiting');
  return lost;
}

async function destroyData(hub: Hub, { wipe }: DrillOptions): Promise<void> {
  const temporal = hub.temporalPid();
  await hub.process.kill('SIGKILL');
  if (temporal !== undefined) process.kill(temporal, 'SIGKILL');
  for (const name of await readdir(hub.dataDir)) await rm(join(hub.dataDir, name), { recursive: true });
  await wipe?.();
}

async function checkRestored(hub: Hub, { repository, receiver, calls }: Scenario, { open, closedLater, lost }: Work): Promise<void> {
  const before = calls();
  const all = [...open, closedLater];
  for (const [index, id] of all.entries()) {
    expect(`run ${index + 1} after the restore`, describe(await repository.run(id)), 'running: success, waiting, pending');
    expect(`the callback of run ${index + 1}, at the URL of before`, (await receiver(2).callBack('success', index + 1)).status, 200);
    expect(`the end of run ${index + 1}`, describe(await repository.waitForEnd(id, 90_000)), THREE_GOOD);
  }
  expect('the push after the backup', (await hub.api.ask('GET', `${repository.path}/runs/${lost}/`)).status, 404);
  const [first = 0, second = 0, third = 0] = before;
  // The third of the run that was closed after the backup had been called before: the restored hub cannot know.
  expect('calls of the three webhooks', calls(), [first, second, third + all.length]);
  const later = await repository.pushOnce({ tag: 'anew' });
  await repository.waitForDelivery(later, 2, 'waiting');
  expect('a callback of a new push', (await receiver(2).callBack('success', second + 1)).status, 200);
  expect('a new push', describe(await repository.waitForEnd(later)), THREE_GOOD);
}

function describe(run: Parameters<typeof summarize>[0]): string {
  const { state, deliveries } = summarize(run);
  return `${state}: ${deliveries.join(', ')}`;
}

function expect(what: string, found: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: ${left}, and not ${right}`);
}

async function runTool({ process: { env, dataDir } }: Hub, args: readonly string[]): Promise<void> {
  const tool = spawn(process.execPath, [TOOL, ...args], { env, cwd: dataDir, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [tool.stdout, tool.stderr]) stream.setEncoding('utf8').on('data', (chunk: string) => { output += chunk; });
  const [code] = (await once(tool, 'close')) as [number | null];
  if (code !== 0) throw new Error(`the backup tool ended with ${code}:\n${output}`);
}

/** Says each step with the milliseconds that it took. */
function startClock(say: (line: string) => void): (step: string) => void {
  let last = Date.now();
  return (step) => {
    say(`${step} (${Date.now() - last} ms)`);
    last = Date.now();
  };
}
