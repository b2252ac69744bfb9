import type { AfterAttempt } from '../db/attempts.js';
import type { DeliveryRow } from '../db/deliveries.js';
import type { PostResult } from './post.js';

/** Part of a delay or a pause that chance adds or takes, so that a receiver that comes back is not met by everybody at once. */
const JITTER = 0.2;
/** `Retry-After` may lengthen a delay up to this, in milliseconds; it never shortens one. */
const MAX_RETRY_AFTER = 3_600_000;
const GONE = 410;

/** One attempt's result and the place it has in the delivery. Delays in milliseconds. */
export interface Attempted {
  readonly result: PostResult;
  readonly delivery: Pick<DeliveryRow, 'attempt_count' | 'probe_count' | 'expect_callback' | 'callback_timeout_ms'>;
  /** Whether it tried a paused endpoint: then it was none of the delivery's own attempts. */
  readonly isProbe: boolean;
  /** Where the endpoint is paused: when the delivery's turn comes. */
  readonly turn: number | undefined;
  readonly retryDelays: readonly number[];
  readonly now: number;
  /** From 0 to 1. */
  readonly random: number;
}

/** Where a delivery goes after an attempt: the whole retry policy in one place. */
export function decideAfter(attempted: Attempted): AfterAttempt {
  const { result, delivery } = attempted;
  if (result.kind === 'refused') return { kind: 'close', state: 'error', reason: 'address_forbidden' };
  if (result.kind === 'answered' && result.status === GONE) return { kind: 'close', state: 'error', reason: 'gone' };
  if (isTaken(result)) {
    if (!delivery.expect_callback) return { kind: 'close', state: 'success', reason: null };
    return { kind: 'wait', callbackDue: new Date(attempted.now + delivery.callback_timeout_ms).toISOString() };
  }
  return decideRetry(attempted);
}

/** Whether an attempt failed so that another one may do better: what counts against an endpoint, and is tried again. */
export function isFailure(result: PostResult): boolean {
  return result.kind === 'failed' || (result.kind === 'answered' && result.status !== GONE && !isTaken(result));
}

function isTaken(result: PostResult): boolean {
  return result.kind === 'answered' && result.status >= 200 && result.status < 300;
}

function decideRetry(attempted: Attempted): AfterAttempt {
  const { now, turn, isProbe } = attempted;
  const delay = isProbe ? 0 : findDelay(attempted);
  if (delay === undefined) return { kind: 'close', state: 'error', reason: 'attempts_exhausted' };
  return { kind: 'retry', at: new Date(Math.max(now + delay, turn ?? 0)).toISOString(), held: turn !== undefined };
}

function findDelay({ result, delivery, retryDelays, now, random }: Attempted): number | undefined {
  const base = retryDelays[delivery.attempt_count - delivery.probe_count - 1];
  if (base === undefined) return undefined;
  return Math.round(Math.max(jitter(base, random), readRetryAfter(result, now)));
}

/** A delay within a fifth of itself. @param random from 0 to 1 */
export function jitter(delay: number, random: number): number {
  return delay * (1 + JITTER * (2 * random - 1));
}

/** Milliseconds that the receiver asked for by `Retry-After` (seconds or a date), within bounds; 0 without one. */
export function readRetryAfter(result: PostResult, now: number): number {
  const value = result.kind === 'refused' ? undefined : result.headers?.['retry-after'];
  if (value === undefined) return 0;
  const wait = /^[0-9]+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), MAX_RETRY_AFTER) : 0;
}
