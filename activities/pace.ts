/** A call that takes longer is slow: milliseconds. */
export const SLOW = 1000;
/** What was slow is not tried the fast way for so long: milliseconds. */
const REMEMBERED = 60_000;
/** More endpoints are not remembered; the oldest are forgotten first. */
const MAX_REMEMBERED = 10_000;

/**
 * What this process saw lately of webhooks: who answered slowly or not at all, and who did not call back at once.
 * It decides how a delivery is made, never whether: nothing is lost when it is forgotten.
 */
export interface Pace {
  /** Whether the first attempt may hold a workflow task: its endpoint was neither slow nor failing lately. */
  isQuick(webhookId: string): boolean;
  /** Whether a callback is worth waiting for here. */
  callsBackAtOnce(webhookId: string): boolean;
  noteSlow(webhookId: string): void;
  noteNoCallback(webhookId: string): void;
}

/** A memory that is empty. */
export function createPace(now: () => number = Date.now): Pace {
  const slow = createMemory(now);
  const silent = createMemory(now);
  return {
    isQuick: (id) => !slow.has(id),
    callsBackAtOnce: (id) => !silent.has(id),
    noteSlow: slow.add,
    noteNoCallback: silent.add,
  };
}

function createMemory(now: () => number) {
  const until = new Map<string, number>();
  return {
    has: (id: string): boolean => (until.get(id) ?? 0) > now(),
    add(id: string): void {
      // Taken out first: a Map keeps the order of insertion, and the oldest go first.
      until.delete(id);
      until.set(id, now() + REMEMBERED);
      const [oldest] = until.keys();
      if (until.size > MAX_REMEMBERED && oldest !== undefined) until.delete(oldest);
    },
  };
}
