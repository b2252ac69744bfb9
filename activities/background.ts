import type { Logger } from '../log.js';

/** Work that goes on although nobody waits for it any more: a call whose answer is only for the record. */
export interface Background {
  /** Errors are logged; whoever waits for the work as well is told them too. */
  add(work: Promise<unknown>): void;
  /** Settles when nothing is under way: the database may close then. */
  settle(): Promise<void>;
}

/** Nothing under way. */
export function createBackground(log: Logger): Background {
  const underWay = new Set<Promise<unknown>>();
  return {
    add(work) {
      const noted = work
        .catch((error: unknown) => log.warn({ reason: error instanceof Error ? error.message.split('\n')[0] : String(error) }, 'work that nobody waits for failed'))
        .finally(() => underWay.delete(noted));
      underWay.add(noted);
    },
    async settle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}
