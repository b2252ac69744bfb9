import { ApplicationFailure } from '@temporalio/activity';
import { cross } from '../crossings.js';
import { beginAttempt, finishAttempt, type AfterAttempt, type AttemptResult } from '../db/attempts.js';
import { closeDelivery, findDelivery, type DeliveryRow } from '../db/deliveries.js';
import { findPushById } from '../db/pushes.js';
import { findRepositoryById } from '../db/repositories.js';
import { findRunById } from '../db/runs.js';
import { findSecrets } from '../db/webhooks.js';
import { openSecrets } from '../keys.js';
import { signMessage } from '../signature.js';
import { VERSION } from '../version.js';
import type { Delivered } from '../workflows/contract.js';
import { DELETED, getOutcome } from './close.js';
import type { Hub } from './hub.js';
import { buildPayload } from './payload.js';
import type { PostRequest, PostResult } from './post.js';
import { decideAfter } from './retry.js';

/**
 * One attempt of a delivery: record that it begins, send, record what came. A delivery that is closed already, or
 * waits for its callback, is never sent again.
 * @throws ApplicationFailure, retryable, with the delay to the next attempt.
 */
export async function deliver(hub: Hub, deliveryId: string): Promise<Delivered> {
  const delivery = await findDelivery(hub.db, deliveryId);
  if (!delivery) return { kind: 'closed', outcome: DELETED };
  if (delivery.state !== 'pending' && delivery.state !== 'delivering') return describeStanding(delivery);
  // Built before the attempt is opened: a fault of our own must not use up one of the receiver's attempts.
  const request = await buildRequest(hub, delivery);
  if (!request) return closeUnsendable(hub, delivery);
  const begun = await beginAttempt(hub.db, deliveryId);
  if (!begun) return { kind: 'closed', outcome: DELETED };
  if (begun.state !== 'delivering') return describeStanding(begun);
  cross('attempt.opened', deliveryId);
  const result = await hub.poster.post(request);
  cross('attempt.answered', deliveryId);
  const { retryDelays } = hub.config;
  const after = decideAfter({ result, delivery: begun, retryDelays, now: Date.now(), random: Math.random() });
  const number = begun.attempt_count;
  logAttempt(hub, { delivery: begun, result, after });
  const standing = await finishAttempt(hub.db, { deliveryId, number, result: toRow(request, result), after });
  cross('attempt.recorded', deliveryId);
  if (!standing) return { kind: 'closed', outcome: DELETED };
  if (standing.state === 'delivering' && after.kind === 'retry') throw createRetry(number, result, after.at);
  if (standing.state === 'waiting') return { kind: 'waiting', timeout_ms: standing.callback_timeout_ms };
  return describeStanding(standing);
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

function createRetry(number: number, result: PostResult, at: string): ApplicationFailure {
  const what = result.kind === 'answered' ? `answered ${result.status}` : `gave no answer (${result.kind === 'failed' ? result.error : result.detail})`;
  return ApplicationFailure.create({
    message: `attempt ${number}: the receiver ${what}`,
    type: 'AttemptFailed',
    nextRetryDelay: Math.max(Date.parse(at) - Date.now(), 1),
  });
}

function logAttempt(hub: Hub, { delivery, result, after }: { delivery: DeliveryRow; result: PostResult; after: AfterAttempt }): void {
  const { id, run_id, position, attempt_count } = delivery;
  const seen = { kind: result.kind, duration_ms: Math.round(result.duration_ms), next: after.kind };
  const status = result.kind === 'answered' ? result.status : result.kind === 'failed' ? result.error : 'address_forbidden';
  const where = { run: run_id, delivery: id, position, attempt: attempt_count, host: new URL(delivery.hook_url).host };
  hub.log.info({ ...where, ...seen, status }, 'webhook attempted');
}
