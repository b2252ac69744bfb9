import { count, type Fact } from './facts.js';
import { MOST_ATTEMPTS } from './settings.js';

/** What the hub recorded of a delivery beside what its receiver knows. */

/** Statuses and breaks on record that no receiver gave. */
export function listUnlikeAnswers({ delivery: { attempts }, calls }: Fact): string[] {
  const given = count(calls.map(({ answer }) => answer));
  const lost = given.get('lost') ?? 0;
  const shown = count(attempts.map(({ status, error }) => status ?? error ?? 'nothing'));
  return [...shown].flatMap(([what, times]) => {
    if (what === 'interrupted' || what === 'nothing') return [];
    const heard = what === 'connection_reset' ? (given.get('reset') ?? 0) + lost : typeof what === 'number' ? (given.get(what) ?? 0) : 0;
    return times <= heard ? [] : [`has ${times} attempts with ${what} on record, and its receiver gave ${heard}`];
  });
}

/** What can lead to an end with this reason; undefined is no reason. */
const REASONS: Readonly<Record<string, (fact: Fact) => boolean>> = {
  callback: ({ delivery, callbacks }) => callbacks.some(({ state }) => state === delivery.state) && delivery.callback?.state === delivery.state,
  callback_timeout: ({ push }) => push?.isBrisk === true,
  attempts_exhausted: ({ delivery }) => delivery.attempts.length >= MOST_ATTEMPTS,
  canceled: ({ push }) => push?.canceled !== undefined,
  chain_interrupted: ({ delivery, run, calls }) => delivery.attempts.length === 0 && calls.length === 0 && run.state !== 'success',
  none: ({ delivery, callbacks, calls }) =>
    delivery.state === 'success'
    && (delivery.callback === null ? calls.some(({ answer }) => answer === 200 || answer === 'lost') : callbacks.some(({ state }) => state === 'success')),
};

/** An end that follows from nothing that the receiver or the pusher did. */
export function findOutcomeFault(fact: Fact): string[] {
  const { state, reason } = fact.delivery;
  if (fact.run.finished === null) return [];
  const follows = REASONS[reason ?? 'none']?.(fact) ?? false;
  return follows ? [] : [`ended as ${state} (${reason}), which follows from nothing that happened`];
}
