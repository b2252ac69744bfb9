import pLimit from 'p-limit';
import { destroy } from '../e2e/hubProcess.js';
import type { Repository } from '../e2e/api.js';
import { startHub } from '../helpers/hub.js';
import { reserveReceiver, type LateCall, type LateReceiver } from '../helpers/lateReceiver.js';
import { pollUntil } from '../helpers/poll.js';
import type { Receiver } from '../helpers/receiver.js';

/** Pushes that are under way at once. */
const AT_ONCE = 8;
/** How long nothing may arrive before the rest counts as lost, in milliseconds. */
const SILENCE_MS = 180_000;

export interface BacklogOptions {
  readonly pushes: number;
  /** Deliveries a second that go on after the pause. */
  readonly rate: number;
  readonly say: (line: string) => void;
}

export interface BacklogReport {
  readonly pushes: number;
  /** Deliveries of which the receiver never heard. */
  readonly lost: number;
  /** Calls that the receiver had answered already. */
  readonly repeated: number;
  /** From the first call to the last, in seconds. */
  readonly seconds: number;
  /** Calls a second on the whole, and in the fullest second. */
  readonly rate: number;
  readonly peak: number;
  /** Runs that ended otherwise than with success. */
  readonly unhappy: number;
  /** What must not be, in words. */
  readonly faults: readonly string[];
}

/** Pushes to a webhook at which nobody listens until it is paused and all wait, then opens it and watches the backlog drain. */
export async function drainBacklog({ pushes, rate, say }: BacklogOptions): Promise<BacklogReport> {
  const clean: (() => Promise<void>)[] = [];
  const hub = await startHub(undefined, { env: { HOOKLINE_ENDPOINT_RATE: String(rate), HOOKLINE_ENDPOINT_PAUSES: '1s,2s,5s', HOOKLINE_LOG_LEVEL: 'warn' } });
  try {
    const receiver = await reserveReceiver({ teardown: (step) => void clean.push(step) });
    const repository = await hub.api.createRepository();
    await repository.createChain([{ url: receiver.url } as Receiver]);
    const runs = await fill(repository, pushes, say);
    await receiver.open();
    await watch(receiver, pushes, say);
    return judge(pushes, receiver.calls, await countUnhappy(repository, runs));
  } finally {
    for (const step of clean) await step();
    await destroy(hub.process);
  }
}

/** Pushes, and waits until the last one waits behind the pause. */
async function fill(repository: Repository, pushes: number, say: BacklogOptions['say']): Promise<string[]> {
  const limit = pLimit(AT_ONCE);
  const runs = await Promise.all(Array.from({ length: pushes }, (_, nth) => limit(() => repository.pushOnce({ tag: `t${nth}` }))));
  const [last = ''] = runs.slice(-1);
  await repository.waitForRun(last, 'the wait behind the pause', ({ deliveries }) => deliveries[0]?.reason === 'endpoint_paused', SILENCE_MS);
  say(`${pushes} pushes wait for a receiver that is away`);
  return runs;
}

/** Until everything has arrived, or nothing does any more. */
async function watch({ calls }: LateReceiver, pushes: number, say: BacklogOptions['say']): Promise<void> {
  const opened = Date.now();
  let shown = 0;
  await pollUntil('the end of the backlog', async () => {
    const arrived = new Set(calls.map(({ id }) => id)).size;
    if (arrived >= shown + pushes / 10) {
      shown = arrived;
      say(`${arrived} of ${pushes} arrived after ${Math.round((Date.now() - opened) / 1000)} s`);
    }
    return arrived === pushes || Date.now() - (calls.at(-1)?.at ?? opened) > SILENCE_MS;
  }, Number.MAX_SAFE_INTEGER);
}

async function countUnhappy(repository: Repository, runs: readonly string[]): Promise<number> {
  const limit = pLimit(AT_ONCE);
  const states = await Promise.all(runs.map((id) => limit(async () => (await repository.waitForEnd(id, SILENCE_MS)).state)));
  return states.filter((state) => state !== 'success').length;
}

function judge(pushes: number, calls: readonly LateCall[], unhappy: number): BacklogReport {
  const arrived = new Set(calls.map(({ id }) => id)).size;
  const seconds = ((calls.at(-1)?.at ?? 0) - (calls[0]?.at ?? 0)) / 1000;
  const figures = { pushes, lost: pushes - arrived, repeated: calls.length - arrived, seconds, rate: (calls.length - 1) / seconds, peak: findPeak(calls), unhappy };
  const faults = [
    ...(figures.lost > 0 ? [`${figures.lost} never arrived`] : []),
    ...(figures.repeated > 0 ? [`${figures.repeated} arrived again`] : []),
    ...(unhappy > 0 ? [`${unhappy} runs did not end with success`] : []),
  ];
  return { ...figures, faults };
}

/** Most calls within any one second. */
function findPeak(calls: readonly LateCall[]): number {
  return Math.max(0, ...calls.map(({ at }) => calls.filter((other) => other.at >= at && other.at < at + 1000).length));
}
