import { readOrigin } from '../address.js';
import { cross } from '../crossings.js';
import { beginAttempt, findAttempt, finishAttempt } from '../db/attempts.js';
import { closeDelivery, findDelivery, type DeliveryRow } from '../db/deliveries.js';
import { findPassage, type PassageRow } from '../db/passages.js';
import type { Seat } from '../waiting.js';
import type { Delivered, Outcome } from '../workflows/contract.js';
import { admit, isQuickAndHealthy, type Admission, type Admitted } from './admit.js';
import { DELETED, getOutcome } from './close.js';
import { recordEndpoint } from './endpoint.js';
import type { Hub } from './hub.js';
import type { PostResult } from './post.js';
import { reportAttempt } from './reportAttempt.js';
import { buildRequest, toRow } from './request.js';
import { decideAfter } from './retry.js';

/** Milliseconds after which an attempt without a record is no longer under way: the deadline of a call, and then some. */
const ATTEMPT_LIMIT = 20_000;
/** Before a delivery that another process took at the same moment is looked at again, in milliseconds. */
const TAKEN_PAUSE = 1000;

/** What came of a delivery in hand. `retry`: it is not over, and `deliver` is to be asked again at that time. */
export type Passage = Delivered | Retry;
export interface Retry {
  readonly kind: 'retry';
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Why, in Temporal's words: a type and a sentence. */
  readonly type: 'AttemptFailed' | 'EndpointWait';
  readonly message: string;
}

/** How a delivery is made. */
export interface Manner {
  /** Where answers are handed over; undefined: they come by signal alone. */
  readonly seat: Seat<Outcome> | undefined;
  /** Only as long as nothing was sent yet, and only to an endpoint that is quick. */
  readonly isFirstTry: boolean;
}

/**
 * One attempt of a delivery: record that it begins, send, record what came; then, where somebody of this process may
 * hand it over, a short wait for the callback. A delivery that is closed already, or waits for its callback, is never
 * sent again, and none is sent before its time. One whose endpoint is paused or busy waits, and opens no attempt.
 */
export async function deliver(hub: Hub, deliveryId: string, { seat, isFirstTry }: Manner): Promise<Passage> {
  const row = await findPassage(hub.db, deliveryId);
  if (!row) return { kind: 'closed', outcome: DELETED };
  const { delivery } = row;
  if (delivery.state !== 'pending' && delivery.state !== 'delivering') return describeStanding(delivery);
  const admission = await admit(hub, row);
  if (admission.kind === 'later') return describeWait(admission);
  if (admission.kind === 'over') return describeClosed(hub, deliveryId);
  const postponed = isFirstTry ? judgeFirstTry(hub, delivery, admission) : await findDue(hub, delivery, admission);
  if (postponed) {
    await admission.leave();
    return postponed;
  }
  const passage = attempt(hub, row, admission).finally(() => admission.leave());
  if (!seat) return passage;
  hub.background.add(passage);
  // A receiver may call back before it answers: nothing more is to be learnt from its answer.
  const first = await Promise.race([passage, seat.answered.then(describeOutcome)]);
  return first.kind === 'waiting' ? waitHere(hub, { delivery, seat, passage: first }) : first;
}

function describeOutcome(outcome: Outcome): Passage {
  return { kind: 'closed', outcome };
}

/** The callback of a receiver that answers at once comes while we wait: no signal, no further activation. */
async function waitHere({ config, pace }: Hub, { delivery, seat, passage }: { delivery: DeliveryRow; seat: Seat<Outcome>; passage: Passage }): Promise<Passage> {
  const webhook = delivery.webhook_id ?? '';
  const patience = pace.callsBackAtOnce(webhook) ? config.fastCallback : 0;
  const outcome = await seat.wait(patience);
  if (outcome) return describeOutcome(outcome);
  // Only what was waited for in vain counts: otherwise a busy webhook would never be waited for again.
  if (patience > 0) pace.noteNoCallback(webhook);
  return passage;
}

/** A call that may take its time, or that is not the first one, holds up no workflow task. */
function judgeFirstTry(hub: Hub, { state, hook_url }: DeliveryRow, { endpoint, isProbe }: Admitted): Passage | undefined {
  const isQuick = endpoint !== undefined && !isProbe && isQuickAndHealthy(hub, endpoint, readOrigin(hook_url));
  return state === 'pending' && isQuick ? undefined : { kind: 'later' };
}

/**
 * What keeps a delivery that was sent before from being sent now: its next attempt is not due, or one is under way.
 * Whoever tries a paused endpoint does so at the endpoint's time, and who waits behind a pause may be woken early.
 */
async function findDue({ db }: Hub, delivery: DeliveryRow, { isProbe }: Admitted): Promise<Retry | undefined> {
  const { id, state, next_attempt, held_since, attempt_count } = delivery;
  if (state === 'pending' || held_since !== null || isProbe) return undefined;
  const last = await findAttempt(db, id, attempt_count);
  if (!last) return undefined;
  const isUnderWay = last.duration_ms === null;
  const at = isUnderWay ? Date.parse(last.started) + ATTEMPT_LIMIT : Date.parse(next_attempt ?? '');
  if (!(at > Date.now())) return undefined;
  const what = isUnderWay ? 'is under way elsewhere' : `brought ${last.status ?? last.error ?? 'nothing'}`;
  return { kind: 'retry', at, type: 'AttemptFailed', message: `attempt ${attempt_count} ${what}` };
}

async function attempt(hub: Hub, row: PassageRow, admitted: Admitted): Promise<Passage> {
  // Built before the attempt is opened: a fault of our own must not use up one of the receiver's attempts.
  const { delivery, run } = row;
  const request = buildRequest(hub, row);
  if (!request) return closeUnsendable(hub, delivery);
  const begun = await beginAttempt(hub.db, delivery.id, { isProbe: admitted.isFree, kid: hub.keyring.kid, after: delivery.attempt_count });
  if (!begun) return { kind: 'closed', outcome: DELETED };
  if (begun.state !== 'delivering' && begun.state !== 'pending') return describeStanding(begun);
  const number = begun.attempt_count;
  if (!begun.isOpened) return { kind: 'retry', at: Date.now() + TAKEN_PAUSE, type: 'AttemptFailed', message: `attempt ${number} is under way elsewhere` };
  cross('attempt.opened', begun.id);
  const result = await hub.poster.post(request);
  cross('attempt.answered', begun.id);
  const turn = await recordEndpoint(hub, begun, admitted, result);
  const { retryDelays } = hub.config;
  const after = decideAfter({ result, delivery: begun, isProbe: admitted.isFree, turn, retryDelays, now: Date.now(), random: Math.random() });
  reportAttempt(hub.log, { run, delivery: begun, request, result, after });
  const standing = await finishAttempt(hub.db, { deliveryId: begun.id, number, result: toRow(request, result), after });
  cross('attempt.recorded', begun.id);
  if (!standing) return { kind: 'closed', outcome: DELETED };
  if (standing.state !== 'delivering' || after.kind !== 'retry') return describeStanding(standing);
  return { kind: 'retry', at: Date.parse(after.at), type: 'AttemptFailed', message: describeRetry(number, result) };
}

/** The recorded end, whoever brought it about. */
async function describeClosed({ db }: Hub, deliveryId: string): Promise<Delivered> {
  const delivery = await findDelivery(db, deliveryId);
  return delivery ? describeStanding(delivery) : { kind: 'closed', outcome: DELETED };
}

/** No attempt was made: Temporal asks again when the time has come. */
function describeWait({ until, reason }: Extract<Admission, { kind: 'later' }>): Retry {
  const what = reason === 'endpoint_paused' ? 'the endpoint is paused' : 'the endpoint has as many calls as it may have';
  return { kind: 'retry', at: until, type: 'EndpointWait', message: `no attempt: ${what}` };
}

/** What the workflow needs to know of a delivery that nothing is to be sent for, at whatever time it asks. */
function describeStanding(delivery: DeliveryRow): Delivered {
  if (delivery.state !== 'waiting') return { kind: 'closed', outcome: getOutcome(delivery) };
  const left = Date.parse(delivery.callback_due ?? '') - Date.now();
  // At least a second, and never more than was promised: this process's clock may have jumped.
  return { kind: 'waiting', timeout_ms: Math.min(Math.max(left, 1000), delivery.callback_timeout_ms) };
}

/** Its webhook was removed between the run's recording and this attempt: there is no secret to sign with. */
async function closeUnsendable({ db }: Hub, delivery: DeliveryRow): Promise<Delivered> {
  const outcome = { state: 'error', reason: 'webhook_removed' } as const;
  await closeDelivery(db, { id: delivery.id, ...outcome });
  return { kind: 'closed', outcome };
}

function describeRetry(number: number, result: PostResult): string {
  const what = result.kind === 'answered' ? `answered ${result.status}` : `gave no answer (${result.kind === 'failed' ? result.error : result.detail})`;
  return `attempt ${number}: the receiver ${what}`;
}
