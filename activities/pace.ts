/** What did not come at once is not waited for again for so long: milliseconds. */
const REMEMBERED = 60_000;
/** More webhooks are not remembered; the oldest are forgotten first. */
const MAX_REMEMBERED = 10_000;

/** Which webhooks did not call back at once lately, in this process. Nothing is lost when it is forgotten. */
export interface Pace {
  /** Whether a callback is worth waiting for here. */
  callsBackAtOnce(webhookId: string): boolean;
  noteNoCallback(webhookId: string): void;
}

/** A memory that is empty. @param now milliseconds */
export function createPace(now: () => number = Date.now): Pace {
  const until = new Map<string, number>();
  return {
    callsBackAtOnce: (id) => (until.get(id) ?? 0) <= now(),
    noteNoCallback(id) {
      // Taken out first: a Map keeps the order of insertion, and the oldest go first.
      until.delete(id);
      until.set(id, now() + REMEMBERED);
      const [oldest] = until.keys();
      if (until.size > MAX_REMEMBERED && oldest !== undefined) until.delete(oldest);
    },
  };
}
