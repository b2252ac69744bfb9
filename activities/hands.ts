import { ApplicationFailure } from '@temporalio/activity';
import { setTimeout as wait } from 'node:timers/promises';
import type { Delivered } from '../workflows/contract.js';
import { deliver, type Passage } from './deliver.js';
import type { Hub } from './hub.js';

/** How long a call may hold a workflow task, in milliseconds, beside the wait for a callback. */
const PATIENCE = 1000;

/**
 * The deliveries that this process has in hand, each of them once: Temporal may ask for a delivery again while it is
 * under way, after a workflow task that took too long, and a second request must not go out.
 */
export interface Hands {
  /** The regular activity. @throws ApplicationFailure, retryable, with the delay to the next attempt. */
  deliver(deliveryId: string): Promise<Delivered>;
  /** The local activity: only the first attempt, and only where it does not hold the workflow task up. */
  tryFirst(deliveryId: string): Promise<Delivered>;
}

/** Empty hands. */
export function createHands(hub: Hub): Hands {
  const passages = new Map<string, Promise<Passage>>();
  const take = (id: string, isFirstTry: boolean): Promise<Passage> => {
    const known = passages.get(id);
    if (known) return known;
    const passage = passThrough(hub, id, isFirstTry).finally(() => passages.delete(id));
    passages.set(id, passage);
    return passage;
  };
  return {
    async deliver(id) {
      let passage = await take(id, false);
      // It was a first try that this one joined, and that ended without sending anything.
      while (passage.kind === 'later') passage = await take(id, false);
      if (passage.kind !== 'retry') return passage;
      throw ApplicationFailure.create({
        message: passage.message,
        type: passage.type,
        nextRetryDelay: Math.max(passage.at - Date.now(), 1),
      });
    },
    async tryFirst(id) {
      const passage = take(id, true);
      hub.background.add(passage);
      const patience = new AbortController();
      const late = wait(PATIENCE + hub.config.fastCallback, LATER, { signal: patience.signal, ref: false }).catch(() => LATER);
      const first = await Promise.race([passage, late]).finally(() => patience.abort());
      return first.kind === 'retry' ? LATER : first;
    },
  };
}

const LATER = { kind: 'later' } as const;

async function passThrough(hub: Hub, id: string, isFirstTry: boolean): Promise<Passage> {
  if (hub.config.fastCallback === 0) return deliver(hub, id, { seat: undefined, isFirstTry });
  const seat = hub.waiting.enter(id);
  try {
    return await deliver(hub, id, { seat, isFirstTry });
  } finally {
    seat.leave();
  }
}
