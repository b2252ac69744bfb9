import { readFileSync } from 'node:fs';
import { startHub, type Hub } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import { startReceiver } from '../helpers/receiver.js';
import { destroy, listFaults } from '../e2e/hubProcess.js';
import { drawGuess } from './callbackGuesses.js';
import { fuzz, type FuzzReport } from './fuzz.js';

/** Deliveries that wait for their callback when the fuzzing begins. */
const OPEN = 8;
/** How often the memory is looked at, as a share of the bodies. */
const SAMPLES = 50;
/** What the hub may hold more at the end than when it was warm, in MiB. */
const GROWTH = 64;

export interface FuzzHubOptions {
  readonly bodies: number;
  readonly seed: number;
  readonly connections: number;
  /** The tokens are guessed, and the bodies are right. */
  readonly guesses: boolean;
  readonly say: (line: string) => void;
}

/** What came of it. `faults` holds everything that must not be, in words. */
export interface FuzzHubReport extends FuzzReport {
  /** Of the hub's process, in MiB. */
  readonly memory: readonly number[];
  readonly seconds: number;
}

/** Fuzzes the callbacks of a whole hub that runs in a process of its own, and watches that process. */
export async function fuzzHub({ bodies, seed, connections, guesses, say }: FuzzHubOptions): Promise<FuzzHubReport> {
  const clean: (() => Promise<void>)[] = [];
  const hub = await startHub(undefined, { env: { HOOKLINE_LOG_LEVEL: 'warn' } });
  try {
    const paths = await preparePaths(hub, { teardown: (step) => void clean.push(step) });
    const { pid } = hub.process;
    const memory: number[] = [];
    const started = Date.now();
    const every = Math.max(1, Math.floor(bodies / SAMPLES));
    const onProgress = (tried: number): void => {
      if (tried % every !== 0) return;
      memory.push(readMemory(pid));
      const rate = Math.round(tried / ((Date.now() - started) / 1000));
      say(`${tried} bodies, ${rate} a second, the hub holds ${memory.at(-1) ?? 0} MiB`);
    };
    const draw = guesses ? drawGuess : undefined;
    const report = await fuzz({ port: Number(new URL(hub.url).port), paths, bodies, seed, connections, onProgress, ...(draw && { draw }) });
    const faults = [...report.faults, ...(await listHubFaults(hub, pid)), ...listGrowth(memory)];
    return { ...report, faults, faultCount: report.faultCount + faults.length - report.faults.length, memory, seconds: (Date.now() - started) / 1000 };
  } finally {
    for (const step of clean) await step();
    await destroy(hub.process);
  }
}

/** Callback paths of deliveries that wait, of one that is over, and of none. */
async function preparePaths({ api, url }: Hub, owner: { teardown(clean: () => Promise<void>): void }): Promise<string[]> {
  const receiver = await startReceiver(owner);
  const repository = await api.createRepository();
  await repository.createChain([receiver, receiver]);
  for (let count = 0; count < OPEN; count += 1) await repository.push({ tag: `t${count}` });
  const late = await api.createRepository();
  await late.createChain([receiver, receiver], {}, [{ callback_timeout: '1s' }]);
  await late.waitForEnd(await late.pushOnce());
  const paths = await pollUntil('the webhooks', async () => {
    const found = receiver.requests.map(({ payload }) => payload.callback_url.slice(url.length));
    return found.length > OPEN && found;
  });
  return [...paths, (paths[0] ?? '').replace(/.{4}\/$/, 'AAAA/')];
}

/** Resident memory of a process in MiB. */
function readMemory(pid: number | undefined): number {
  const [, kilobytes = ''] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid ?? 'self'}/status`, 'utf8')) ?? [];
  return Math.round(Number(kilobytes) / 1024);
}

async function listHubFaults({ process: hub, api }: Hub, pid: number | undefined): Promise<string[]> {
  if (!hub.isRunning || hub.pid !== pid) return ['the hub has ended'];
  const ready = await api.ask<{ status: string }>('GET', '/readyz');
  return [...(ready.status === 200 ? [] : [`/readyz answers ${ready.status}`]), ...listFaults(hub.output).map((line) => `the hub logged: ${line}`)];
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / Math.max(1, numbers.length);
}

/** The first fifth is for warming up. */
function listGrowth(memory: readonly number[]): string[] {
  const fifth = Math.floor(memory.length / 5);
  const growth = Math.round(mean(memory.slice(-fifth)) - mean(memory.slice(fifth, 2 * fifth)));
  return growth > GROWTH ? [`the hub holds ${growth} MiB more at the end than when it was warm`] : [];
}
