import { cross } from '../crossings.js';
import { ApplicationFailure } from '@temporalio/activity';
import { beginAttempt, finishAttempt, type AttemptResult } from '../db/attempts.js';
import { closeDelivery, findDelivery, type DeliveryRow } from '../db/deliveries.js';
import { findPushById } from '../db/pushes.js';
import { findRepositoryById } from '../db/repositories.js';
import { findRunById, type RunRow } from '../db/runs.js';
import { findSecrets } from '../db/webhooks.js';
import { openSecrets } from '../keys.js';
import { signMessage } from '../signature.js';
import { VERSION } from '../version.js';
import type { Delivered } from '../workflows/contract.js';
import { admit, type Admission, type Admitted } from './admit.js';
import { DELETED, getOutcome } from './close.js';
import { recordEndpoint } from './endpoint.js';
import type { Hub } from './hub.js';
import { buildPayload } from './payload.js';
import type { PostRequest, PostResult } from './post.js';
import { reportAttempt } from './reportAttempt.js';
import { decideAfter } from './retry.js';

/**
 * One attempt of a delivery: record that it begins, send, record what came. A delivery that is closed already, or
 * waits for its callback, is never sent again. One whose endpoint is paused or busy waits, and opens no attempt.
 * @throws ApplicationFailure, retryable, with the delay to the next attempt.
 */
export async function deliver(hub: Hub, deliveryId: string): Promise<Delivered> {
  const delivery = await findDelivery(hub.db, deliveryId);
  if (!delivery) return { kind: 'closed', outcome: DELETED };
  if (delivery.state !== 'pending' && delivery.state !== 'delivering') return describeStanding(delivery);
  const admission = await admit(hub, delivery);
  if (admission.kind === 'later') throw createWait(admission);
  if (admission.kind === 'over') return describeClosed(hub, deliveryId);
  try {
    return await attempt(hub, delivery, admission);
  } finally {
    await admission.leave();
  }
}

async function attempt(hub: Hub, delivery: DeliveryRow, admitted: Admitted): Promise<Delivered> {
  // Built before the attempt is opened: a fault of our own must not use up one of the receiver's attempts.
  const built = await buildRequest(hub, delivery);
  if (!built) return closeUnsendable(hub, delivery);
  const { request, run } = built;
  const begun = await beginAttempt(hub.db, delivery.id, { isProbe: admitted.isFree, kid: hub.keyring.kid });
  if (!begun) return { kind: 'closed', outcome: DELETED };
  if (begun.state !== 'delivering') return describeStanding(begun);
  cross('attempt.opened', begun.id);
  const result = await hub.poster.post(request);
  cross('attempt.answered', begun.id);
  const turn = await recordEndpoint(hub, begun, admitted, result);
  const { retryDelays } = hub.config;
  const after = decideAfter({ result, delivery: begun, isProbe: admitted.isFree, turn, retryDelays, now: Date.now(), random: Math.random() });
  const number = begun.attempt_count;
  reportAttempt(hub.log, { run, delivery: begun, request, result, after });
  const standing = await finishAttempt(hub.db, { deliveryId: begun.id, number, result: toRow(request, result), after });
  cross('attempt.recorded', begun.id);
  if (!standing) return { kind: 'closed', outcome: DELETED };
  if (standing.state === 'delivering' && after.kind === 'retry') throw createRetry(number, result, after.at);
  if (standing.state === 'waiting') return { kind: 'waiting', timeout_ms: standing.callback_timeout_ms };
  return describeStanding(standing);
}

/** The recorded end, whoever brought it about. */
async function describeClosed({ db }: Hub, deliveryId: string): Promise<Delivered> {
  const delivery = await findDelivery(db, deliveryId);
  return delivery ? describeStanding(delivery) : { kind: 'closed', outcome: DELETED };
}

/** No attempt was made: Temporal asks again when the time has come. */
function createWait({ until, reason }: Extract<Admission, { kind: 'later' }>): ApplicationFailure {
  const what = reason === 'endpoint_paused' ? 'the endpoint is paused' : 'the endpoint has as many calls as it may have';
  return ApplicationFailure.create({ message: `no attempt: ${what}`, type: 'EndpointWait', nextRetryDelay: Math.max(until - Date.now(), 1) });
}

/** What the workflow needs to know of a delivery that nothing is to be sent for, at whatever time it asks. */
function describeStanding(delivery: DeliveryRow): Delivered {
  if (delivery.state !== 'waiting') return { kind: 'closed', outcome: getOutcome(delivery) };
  const left = Date.parse(delivery.callback_due ?? '') - Date.now();
  // At least a second, and never more than was promised: this process's clock may have jumped.
  return { kind: 'waiting', timeout_ms: Math.min(Math.max(left, 1000), delivery.callback_timeout_ms) };
}

async function buildRequest({ db, config, keyring }: Hub, delivery: DeliveryRow): Promise<{ request: PostRequest; run: RunRow } | undefined> {
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
  return { request: { url: delivery.hook_url, headers, body }, run };
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

function createRetry(number: number, result: PostResult, at: string): ApplicationFailure {
  const what = result.kind === 'answered' ? `answered ${result.status}` : `gave no answer (${result.kind === 'failed' ? result.error : result.detail})`;
  return ApplicationFailure.create({
    message: `attempt ${number}: the receiver ${what}`,
    type: 'AttemptFailed',
    nextRetryDelay: Math.max(Date.parse(at) - Date.now(), 1),
  });
}
