import { formatDuration } from './format';
import { t } from './language';
import type { Attempt, Delivery, Headers } from './types';

/** The host of an address, as people name a receiver; the address itself where it has none. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

/** An address that a browser may be led to, or undefined: what receivers write may be anything. */
export function readLink(url: string | null): string | undefined {
  if (url === null || !URL.canParse(url)) return undefined;
  return /^https?:$/.test(new URL(url).protocol) ? url : undefined;
}

/** When an attempt ended; when it began while it is under way. Milliseconds since the epoch. */
export function endOf({ started, duration_ms }: Attempt): number {
  return Date.parse(started) + (duration_ms ?? 0);
}

/** For how long the receiver was given to call back; undefined where it never came so far. */
function readPatience({ callback_due, attempts }: Delivery): string | undefined {
  const last = attempts.at(-1);
  if (callback_due === null || !last) return undefined;
  // Seconds are what people set; the milliseconds are the hub's own.
  return formatDuration(Math.round((Date.parse(callback_due) - endOf(last)) / 1000) * 1000);
}

/** Why a hop is as it is, in a sentence; undefined where its state says it all. */
export function explain(delivery: Delivery): string | undefined {
  const words = t().reasons;
  const host = hostOf(delivery.hook_url);
  const { state, reason, callback, attempts } = delivery;
  if (delivery.carried_over_from !== null) return words.carried_over;
  if (reason === 'callback_timeout') return words.callback_timeout(host, readPatience(delivery));
  if (reason === 'attempts_exhausted') return words.attempts_exhausted(host, attempts.length, describeAttempt(attempts.at(-1)));
  if (reason === 'callback' && callback) return words.callback(host, t().states[callback.state]);
  if (reason !== null) return reason in words.plain ? words.plain[reason as keyof typeof words.plain](host) : reason;
  if (state === 'waiting') return words.waiting(host);
  if (state === 'delivering') return attempts.length > 0 ? words.retrying(host, describeAttempt(attempts.at(-1))) : words.calling(host);
  return state === 'pending' ? words.pending : undefined;
}

/** How an attempt ended, in a few words. */
export function describeAttempt(attempt: Attempt | undefined): string {
  if (!attempt) return '';
  const { errors } = t().reasons;
  if (attempt.error !== null) return attempt.error in errors ? errors[attempt.error as keyof typeof errors] : attempt.error;
  return attempt.status === null ? t().run.underWay : t().run.answered(attempt.status);
}

/** One header's value, whatever case its name is written in. */
export function findHeader(headers: Headers | null, name: string): string | undefined {
  return Object.entries(headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];
}
