import type { AttemptRow } from '../db/attempts.js';
import type { CallbackRow, DeliveryRow } from '../db/deliveries.js';
import type { DeliveryHistory, RunHistory } from '../db/history.js';
import type { PushRow, RecordedPush } from '../db/pushes.js';
import { runWorkflowId } from '../workflows/contract.js';

/** Rows as the API shows them. Names are the columns' own; JSON texts are opened, 0 and 1 become booleans. */

/** A push. */
export function presentPush({ id, tag, digest, images, media_type, size, pusher, pushed_at, is_test, source }: PushRow) {
  return { id, tag, digest, images: parseJson(images), media_type, size, pusher, pushed_at, source, test: Boolean(is_test) };
}

/** A push with the runs it started, in their present state. */
export function presentPushWithRuns({ push, runs }: RecordedPush) {
  const shown = runs.map(({ id, chain_slug, state, redelivery_of }) => ({ id, chain: chain_slug, state, redelivery_of }));
  return { ...presentPush(push), runs: shown };
}

/** What was accepted. Every run is queued at that moment; a repeated request gets the same answer to the letter. */
export function presentAccepted({ push, runs }: RecordedPush) {
  const { id, tag, digest, pusher, pushed_at } = push;
  return { id, tag, digest, pusher, pushed_at, runs: runs.map((run) => ({ id: run.id, chain: run.chain_slug, state: 'queued' })) };
}

/** A run with its history. */
export function presentRun(run: RunHistory) {
  const { id, state, chain_slug, chain_name, created, finished, redelivery_of } = run;
  return {
    id,
    state,
    chain: { slug: chain_slug, name: chain_name },
    push: presentPush(run.push),
    created,
    finished,
    workflow_id: runWorkflowId(id),
    redelivery_of,
    deliveries: run.deliveries.map(presentDelivery),
  };
}

function presentDelivery(delivery: DeliveryHistory) {
  const attempts = delivery.attempts.map(presentAttempt);
  const callback = delivery.callback ? presentCallback(delivery.callback) : null;
  return { ...presentDeliveryAlone(delivery), attempts, callback };
}

/** A delivery without its attempts and callback. */
export function presentDeliveryAlone(delivery: DeliveryRow) {
  const { id, position, name, hook_url, state, reason, next_attempt, callback_due, carried_over_from } = delivery;
  return { id, position, name, hook_url, state, reason, next_attempt, callback_due, carried_over_from };
}

/** An attempt. */
export function presentAttempt(attempt: AttemptRow) {
  const { number, started, duration_ms, status, error, error_detail, request_body, response_body } = attempt;
  const request_headers = parseJson(attempt.request_headers);
  const response_headers = parseJson(attempt.response_headers);
  return { number, started, duration_ms, status, error, error_detail, request_headers, request_body, response_headers, response_body };
}

/** An accepted callback. */
export function presentCallback({ state, description, context, target_url, received }: CallbackRow) {
  return { state, description, context, target_url, received };
}

function parseJson(text: string | null): unknown {
  return text === null ? null : JSON.parse(text);
}
