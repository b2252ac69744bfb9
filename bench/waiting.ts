import { setTimeout as wait } from 'node:timers/promises';
import type { HubSide } from './hubSide.js';
import { latency, type Latency } from './measure.js';
import type { Scale } from './scale.js';

/** Chains that are pushed at once, and callbacks that are sent, one after the other. */
const PUSHERS = 16;
const CALLBACKS = 200;
const QUICK_CALLBACKS = 40;
/** Without a further webhook for so long nothing more is to come: milliseconds. */
const PATIENCE = 60_000;
const POLL = 50;

/** Sends callbacks to chains drawn from so many waiting ones; the number is made up for those that end. */
export async function measureWaiting(scale: Scale, side: HubSide, count: number): Promise<Record<string, Latency>> {
  const [answers, hops]: [number[], number[]] = [[], []];
  const enough = scale.quick ? QUICK_CALLBACKS : CALLBACKS;
  while (answers.length < enough) {
    await topUp(scale, side, count);
    const released = await scale.receivers.release(side.name, Math.min(count, enough - answers.length));
    answers.push(...released.answers);
    hops.push(...released.hops);
    if (!hops.every(Number.isFinite)) throw new Error('a hop was not called after its callback');
  }
  await topUp(scale, side, count);
  return { 'callback answer to a waiting chain': latency(answers), 'hop of a waiting chain': latency(hops) };
}

/** Pushes until so many chains wait, and waits until they do. */
async function topUp({ receivers, nextChain }: Scale, side: HubSide, count: number): Promise<void> {
  const missing = count - (await receivers.held(side.name));
  if (missing >= 1000) console.log(`pushing ${missing} chains that wait`);
  let left = missing;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      await side.push(nextChain());
    }
  };
  await Promise.all(Array.from({ length: PUSHERS }, work));
  let [seen, since] = [-1, Date.now()];
  for (;;) {
    const held = await receivers.held(side.name);
    if (held >= count) return;
    if (held !== seen) [seen, since] = [held, Date.now()];
    if (Date.now() - since > PATIENCE) throw new Error(`only ${held} of ${count} chains wait`);
    await wait(POLL);
  }
}
