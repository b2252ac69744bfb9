import { setTimeout as wait } from 'node:timers/promises';
import type { PushView } from '../e2e/api.js';
import type { PushEntry } from './logs.js';
import type { Random } from './random.js';
import type { Recorder } from './recorder.js';
import type { Target } from './window.js';

/** A push that found nobody is repeated under its key after so long, in milliseconds. */
const AGAIN_MS = 200;
const PAUSE_MS = { least: 100, most: 900 };
/** Of a hundred pushes, those whose run is cancelled. */
const CANCELED_PERCENT = 4;

/** What a pusher works with; all of them together make the load. */
export interface PusherOptions {
  readonly name: string;
  readonly random: Random;
  readonly targets: readonly Target[];
  readonly recorder: Recorder;
  readonly stop: AbortSignal;
}

/** Pushes, one push after the other, until told to stop; each is repeated under its key until it is accepted. */
export async function keepPushing(options: PusherOptions): Promise<void> {
  const { name, random, targets, stop } = options;
  const cancelling: Promise<void>[] = [];
  for (let number = 1; !stop.aborted; number += 1) {
    const target = random.pick(targets.map((one) => ({ ...one, weight: 1 })));
    const entry = await pushOne(options, target, `${name}-${number}`);
    if (entry.accepted && random.chance(CANCELED_PERCENT)) cancelling.push(cancelLater(target, entry, random.between(0, 2000)));
    await wait(random.between(PAUSE_MS.least, PAUSE_MS.most), undefined, { signal: stop }).catch(() => undefined);
  }
  await Promise.all(cancelling);
}

async function pushOne({ recorder, stop }: PusherOptions, { tenant, repository, hops, isBrisk }: Target, tag: string): Promise<PushEntry> {
  const entry: PushEntry = recorder.addPush({ tag, repository, hops, isBrisk });
  const sent = { body: { tag }, headers: { 'idempotency-key': tag } };
  while (!stop.aborted) {
    const answer = await tenant.ask<PushView>('POST', `/v2/repositories/${repository}/pushes/`, sent);
    if (answer?.status === 202) {
      entry.accepted = { at: Date.now(), pushId: answer.body.id, runIds: answer.body.runs.map(({ id }) => id) };
      return entry;
    }
    if (answer && answer.status !== 503) recorder.addOddity(`the push ${tag} was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    await wait(AGAIN_MS);
  }
  return entry;
}

/** Cancels a run; one that is over by then answers so. */
async function cancelLater({ tenant, repository }: Target, entry: PushEntry, delay: number): Promise<void> {
  await wait(delay);
  entry.canceled = {};
  const path = `/v2/repositories/${repository}/runs/${entry.accepted?.runIds[0]}/cancel`;
  for (let tries = 0; tries < 50; tries += 1) {
    const answer = await tenant.ask('POST', path);
    if (answer?.status === 200) entry.canceled.at = Date.now();
    if (answer && answer.status !== 503) return;
    await wait(AGAIN_MS);
  }
}
