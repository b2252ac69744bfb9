import { beginAttempt, findAttempt, finishAttempt, type AfterAttempt, type AttemptResult } from '../db/attempts.js';
import { closeDelivery, findDelivery, type DeliveryRow } from '../db/deliveries.js';
import { findPushById } from '../db/pushes.js';
import { findRepositoryById } from '../db/repositories.js';
import { findRunById } from '../db/runs.js';
import { findSecrets } from '../db/webhooks.js';
import { openSecrets } from '../keys.js';
import { signMessage } from '../signature.js';
import { VERSION } from '../version.js';
import type { Seat } from '../waiting.js';
import type { Delivered, Outcome } from '../workflows/contract.js';
import { DELETED, getOutcome } from './close.js';
import type { Hub } from './hub.js';
import { buildPayload } from './payload.js';
import { SLOW } from './pace.js';
import type { PostRequest, PostResult } from './post.js';
import { decideAfter } from './retry.js';

/** Milliseconds after which an attempt without a record is no longer under way: the deadline of a call, and then some. */
const ATTEMPT_LIMIT = 20_000;
/** Before a delivery that another process took at the same moment is looked at again, in milliseconds. */
const TAKEN_PAUSE = 1000;

/** What came of a delivery in hand. `retry`: the attempt failed, and the next one is due at that time. */
export type Passage = Delivered | { readonly kind: 'retry'; readonly at: string; readonly message: string };

/** How a delivery is made. */
export interface Manner {
  /** Where answers are handed over; undefined: they come by signal alone. */
  readonly seat: Seat<Outcome> | undefined;
  /** Only as long as nothing was sent yet, and only to an endpoint that is quick. */
  readonly isFirstTry: boolean;
}

/**
 * One attempt of a delivery: record that it begins, send, record what came; then, where somebody may hand it over in
 * this process, a short wait for the callback. A delivery that is closed already, or waits for its callback, is never
 * sent again, and none is sent before its time.
 */
export async function deliver(hub: Hub, deliveryId: string, { seat, isFirstTry }: Manner): Promise<Passage> {
  const delivery = await findDelivery(hub.db, deliveryId);
  if (!delivery) return { kind: 'closed', outcome: DELETED };
  if (delivery.state !== 'pending' && delivery.state !== 'delivering') return describeStanding(delivery);
  if (isFirstTry && (delivery.state !== 'pending' || !hub.pace.isQuick(delivery.webhook_id ?? ''))) return { kind: 'later' };
  const hold = delivery.state === 'delivering' ? await findHold(hub, delivery) : undefined;
  if (hold) return hold;
  // Built before the attempt is opened: a fault of our own must not use up one of the receiver's attempts.
  const request = await buildRequest(hub, delivery);
  if (!request) return closeUnsendable(hub, delivery);
  const passage = attempt(hub, delivery, request);
  if (!seat) return passage;
  // A receiver may call back before it answers: nothing more is to be learnt from its answer.
  const first = await Promise.race([passage, seat.answered.then(close)]);
  hub.background.add(passage);
  return first.kind === 'waiting' ? waitHere(hub, { delivery, seat, passage: first }) : first;
}

const close = (outcome: Outcome): Passage => ({ kind: 'closed', outcome });

/** The callback of a receiver that answers at once comes while we wait: no signal, no further activation. */
async function waitHere({ config, pace }: Hub, { delivery, seat, passage }: { delivery: DeliveryRow; seat: Seat<Outcome>; passage: Passage }): Promise<Passage> {
  const webhook = delivery.webhook_id ?? '';
  const outcome = await seat.wait(pace.callsBackAtOnce(webhook) ? config.fastCallback : 0);
  if (outcome) return close(outcome);
  pace.noteNoCallback(webhook);
  return passage;
}

/** What keeps a delivery that was sent before from being sent now: its next attempt is not due, or one is under way. */
async function findHold({ db }: Hub, { id, next_attempt, attempt_count }: DeliveryRow): Promise<Passage | undefined> {
  const last = await findAttempt(db, id, attempt_count);
  if (!last) return undefined;
  // One that its process did not live to record is over by then.
  const due = last.duration_ms === null ? Date.parse(last.started) + ATTEMPT_LIMIT : Date.parse(next_attempt ?? '');
  if (!(due > Date.now())) return undefined;
  const what = last.duration_ms === null ? 'is under way elsewhere' : `brought ${last.status ?? last.error ?? 'nothing'}`;
  return { kind: 'retry', at: new Date(due).toISOString(), message: `attempt ${attempt_count} ${what}` };
}

async function attempt(hub: Hub, delivery: DeliveryRow, request: PostRequest): Promise<Passage> {
  const { attempt_count: before } = delivery;
  const begun = await beginAttempt(hub.db, delivery.id, before);
  if (!begun) return { kind: 'closed', outcome: DELETED };
  if (begun.state !== 'delivering' && begun.state !== 'pending') return describeStanding(begun);
  if (begun.attempt_count !== before + 1) return { kind: 'retry', at: new Date(Date.now() + TAKEN_PAUSE).toISOString(), message: 'an attempt is under way elsewhere' };
  const result = await postInSight(hub, delivery, request);
  const { retryDelays } = hub.config;
  const after = decideAfter({ result, delivery: begun, retryDelays, now: Date.now(), random: Math.random() });
  const number = begun.attempt_count;
  logAttempt(hub, { delivery: begun, result, after });
  const standing = await finishAttempt(hub.db, { deliveryId: delivery.id, number, result: toRow(request, result), after });
  if (!standing) return { kind: 'closed', outcome: DELETED };
  if (standing.state !== 'delivering' || after.kind !== 'retry') return describeStanding(standing);
  hub.pace.noteSlow(delivery.webhook_id ?? '');
  return { kind: 'retry', at: after.at, message: describeRetry(number, result) };
}

/** Those that come after this one shall know of a slow endpoint before its call is over. */
async function postInSight({ poster, pace }: Hub, { webhook_id }: DeliveryRow, request: PostRequest): Promise<PostResult> {
  const timer = setTimeout(() => pace.noteSlow(webhook_id ?? ''), SLOW);
  return poster.post(request).finally(() => clearTimeout(timer));
}

/** What the workflow needs to know of a delivery that nothing is to be sent for, at whatever time it asks. */
function describeStanding(delivery: DeliveryRow): Delivered {
  if (delivery.state !== 'waiting') return { kind: 'closed', outcome: getOutcome(delivery) };
  const left = Date.parse(delivery.callback_due ?? '') - Date.now();
  // At least a second, and never more than was promised: this process's clock may have jumped.
  return { kind: 'waiting', timeout_ms: Math.min(Math.max(left, 1000), delivery.callback_timeout_ms) };
}

async function buildRequest({ db, config, keyring }: Hub, delivery: DeliveryRow): Promise<PostRequest | undefined> {
  const run = await findRunById(db, delivery.run_id);
  const push = run && (await findPushById(db, run.push_id));
  const repository = push && (await findRepositoryById(db, push.repository_id));
  const secrets = delivery.webhook_id === null ? undefined : await findSecrets(db, delivery.webhook_id);
  if (!repository || !secrets) return undefined;
  const path = `u/${repository.namespace}/${repository.name}/hook/${keyring.mintCallbackToken(delivery.id)}/`;
  const body = JSON.stringify(buildPayload(push, repository, `${config.publicUrl}/${path}`, config.publicUrl));
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = signMessage(openSecrets(keyring, secrets), delivery.id, timestamp, body);
  const headers = {
    'content-type': 'application/json',
    'user-agent': `Hookline/${VERSION}`,
    'webhook-id': delivery.id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signature,
  };
  return { url: delivery.hook_url, headers, body };
}

/** Its webhook was removed between the run's recording and this attempt: there is no secret to sign with. */
async function closeUnsendable({ db }: Hub, delivery: DeliveryRow): Promise<Delivered> {
  const outcome = { state: 'error', reason: 'webhook_removed' } as const;
  await closeDelivery(db, { id: delivery.id, ...outcome });
  return { kind: 'closed', outcome };
}

function toRow(request: PostRequest, result: PostResult): AttemptResult {
  const answer = result.kind === 'refused' ? undefined : result;
  const refusal = { error: 'address_forbidden', error_detail: result.kind === 'refused' ? result.detail : null };
  const failure = result.kind === 'failed' ? { error: result.error, error_detail: result.detail } : { error: null, error_detail: null };
  return {
    duration_ms: Math.round(result.duration_ms),
    status: answer?.status ?? null,
    ...(result.kind === 'refused' ? refusal : failure),
    request_headers: JSON.stringify(request.headers),
    response_headers: answer?.headers ? JSON.stringify(answer.headers) : null,
    response_body: answer?.body ?? null,
  };
}

function describeRetry(number: number, result: PostResult): string {
  const what = result.kind === 'answered' ? `answered ${result.status}` : `gave no answer (${result.kind === 'failed' ? result.error : result.detail})`;
  return `attempt ${number}: the receiver ${what}`;
}

function logAttempt(hub: Hub, { delivery, result, after }: { delivery: DeliveryRow; result: PostResult; after: AfterAttempt }): void {
  const { id, run_id, position, attempt_count } = delivery;
  const seen = { kind: result.kind, duration_ms: Math.round(result.duration_ms), next: after.kind };
  const status = result.kind === 'answered' ? result.status : result.kind === 'failed' ? result.error : 'address_forbidden';
  const where = { run: run_id, delivery: id, position, attempt: attempt_count, host: new URL(delivery.hook_url).host };
  hub.log.info({ ...where, ...seen, status }, 'webhook attempted');
}
