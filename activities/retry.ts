import type { AfterAttempt } from '../db/attempts.js';
import type { DeliveryRow } from '../db/deliveries.js';
import type { PostResult } from './post.js';

/** Part of a delay that chance adds or takes, so that a receiver that comes back is not met by everybody at once. */
const JITTER = 0.2;
/** `Retry-After` may lengthen a delay up to this, in milliseconds; it never shortens one. */
const MAX_RETRY_AFTER = 3_600_000;
const GONE = 410;

/** One attempt's result and the place it has in the delivery. Delays in milliseconds. */
export interface Attempted {
  readonly result: PostResult;
  readonly delivery: Pick<DeliveryRow, 'attempt_count' | 'expect_callback' | 'callback_timeout_ms'>;
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
  if (result.kind === 'answered' && result.status >= 200 && result.status < 300) {
    if (!delivery.expect_callback) return { kind: 'close', state: 'success', reason: null };
    return { kind: 'wait', callbackDue: new Date(attempted.now + delivery.callback_timeout_ms).toISOString() };
  }
  const delay = findDelay(attempted);
  if (delay === undefined) return { kind: 'close', state: 'error', reason: 'attempts_exhausted' };
  return { kind: 'retry', at: new Date(attempted.now + delay).toISOString() };
}

function findDelay({ result, delivery, retryDelays, now, random }: Attempted): number | undefined {
  const base = retryDelays[delivery.attempt_count - 1];
  if (base === undefined) return undefined;
  const jittered = base * (1 + JITTER * (2 * random - 1));
  return Math.round(Math.max(jittered, readRetryAfter(result, now)));
}

/** Milliseconds that the receiver asked for by `Retry-After` (seconds or a date), within bounds; 0 without one. */
function readRetryAfter(result: PostResult, now: number): number {
  const value = result.kind === 'refused' ? undefined : result.headers?.['retry-after'];
  if (value === undefined) return 0;
  const wait = /^[0-9]+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), MAX_RETRY_AFTER) : 0;
}
