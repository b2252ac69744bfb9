import ipaddr from 'ipaddr.js';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { ApiError } from './errors.js';

/** Seconds in which failures are counted. */
const PERIOD = 15 * 60;
/** Failures that an account and an address may have in that time. An address stands for everybody behind it. */
const FAILURES = { account: 20, address: 50 } as const;

/** Who tries to log in, and from where. */
export interface Attempt {
  readonly username: string;
  readonly address: string;
}

/** Counts failed logins; who succeeds is never slowed down. */
export interface LoginLimits {
  /** @throws ApiError 429 where the account or the address has failed too often */
  require(attempt: Attempt): Promise<void>;
  noteFailure(attempt: Attempt): Promise<void>;
}

/** Limits of this process. They hold no secret and survive no restart. */
export function createLoginLimits(): LoginLimits {
  const account = new RateLimiterMemory({ points: FAILURES.account, duration: PERIOD });
  const address = new RateLimiterMemory({ points: FAILURES.address, duration: PERIOD });
  const list = (attempt: Attempt) => [[account, attempt.username], [address, groupAddress(attempt.address)]] as const;
  return {
    async require(attempt) {
      for (const [limiter, key] of list(attempt)) {
        const state = await limiter.get(key);
        if (state && state.consumedPoints >= limiter.points) throw createLimitError(state.msBeforeNext);
      }
    },
    async noteFailure(attempt) {
      for (const [limiter, key] of list(attempt)) await limiter.penalty(key);
    },
  };
}

/**
 * An address, or for IPv6 its network of 64 bits: one subscriber has all of that. Some proxies write the port behind
 * it; all that a proxy writes and that is no address counts as one.
 */
function groupAddress(text: string): string {
  const [, bracketed, plain] = /^(?:\[(.+)\]|([^:]+))(?::[0-9]+)?$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? text;
  if (!ipaddr.isValid(host)) return 'unknown';
  const address = ipaddr.process(host);
  if (address.kind() === 'ipv4') return address.toString();
  return (address as ipaddr.IPv6).parts.slice(0, 4).join(':');
}

/** Docker's clients read `X-Retry-After`, a moment in seconds since the epoch; all others `Retry-After`. */
function createLimitError(waitMs: number): ApiError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  const moment = Math.ceil(Date.now() / 1000) + seconds;
  return new ApiError('rate_limited', `Too many failed logins: try again in ${seconds} seconds`, {}, {
    'Retry-After': String(seconds), 'X-Retry-After': String(moment),
  });
}
