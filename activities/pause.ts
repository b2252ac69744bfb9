import type { Config } from '../config.js';
import type { EndpointColumns } from '../db/endpoints.js';
import type { PostResult } from './post.js';
import { jitter, readRetryAfter } from './retry.js';

/** Answers whose `Retry-After` speaks for the endpoint, and not for one delivery alone. */
const SPEAKS_FOR_ALL: ReadonlySet<number> = new Set([429, 503]);

/** One failed attempt at an endpoint. Milliseconds; `random` from 0 to 1. */
export interface Failure {
  readonly deliveryId: string;
  readonly result: PostResult;
  readonly now: number;
  readonly random: number;
}

export type PausePolicy = Pick<Config['endpoint'], 'pauseAfter' | 'pauses'>;

/**
 * What a failed attempt changes of its endpoint: the whole policy of pauses in one place. So many failures in a row
 * pause it, each further one, of the delivery that tries, for longer; and it may ask for a pause itself.
 */
export function judgeFailure(endpoint: EndpointColumns, failure: Failure, policy: PausePolicy): Partial<EndpointColumns> {
  const asked = readAsked(failure);
  const isPaused = endpoint.paused_until !== null;
  // Called before the pause began: nothing new, unless the receiver asks for more.
  if (isPaused && endpoint.probe_delivery !== failure.deliveryId) return lengthen(endpoint, failure.now + asked);
  const failures = endpoint.failures + 1;
  const length = Math.max(asked, jitter(findPause(failures, policy), failure.random));
  if (length === 0) return { failures, paused_since: null, paused_until: null, pause_reason: null, probe_delivery: null, probe_until: null };
  return {
    failures,
    paused_since: endpoint.paused_since ?? toIso(failure.now),
    paused_until: toIso(failure.now + length),
    pause_reason: failures < policy.pauseAfter ? 'retry_after' : nameFailure(failure.result),
    probe_delivery: null,
    probe_until: null,
  };
}

/** Whether it is paused for failing, and not because it asked: then a try uses up none of a delivery's attempts. */
export function isFailing({ failures }: Pick<EndpointColumns, 'failures'>, { pauseAfter }: Pick<PausePolicy, 'pauseAfter'>): boolean {
  return failures >= pauseAfter;
}

function findPause(failures: number, { pauseAfter, pauses }: PausePolicy): number {
  if (failures < pauseAfter) return 0;
  return pauses[Math.min(failures - pauseAfter, pauses.length - 1)] ?? 0;
}

function readAsked({ result, now }: Failure): number {
  return result.kind === 'answered' && SPEAKS_FOR_ALL.has(result.status) ? readRetryAfter(result, now) : 0;
}

function lengthen({ paused_until }: EndpointColumns, until: number): Partial<EndpointColumns> {
  return until > Date.parse(paused_until ?? '') ? { paused_until: toIso(until) } : {};
}

/** `timeout`, `connect_refused`, …, or `status_503`. */
function nameFailure(result: PostResult): string {
  if (result.kind === 'answered') return `status_${result.status}`;
  return result.kind === 'failed' ? result.error : 'address_forbidden';
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
