import type { Db } from '../db/connection.js';
import { advanceHeld } from '../db/holds.js';
import type { Temporal } from './client.js';

/** Which turns there are to give, and whom they are given to: moments as columns hold them. */
export interface Turns {
  /** Who comes by then anyway keeps its time, and takes one of the turns. */
  readonly later: string;
  readonly times: readonly string[];
}

/**
 * Gives turns to deliveries that still wait behind a pause that is over, and has Temporal call them now; who comes
 * before its turn is sent back until then. Returns how many. @throws TemporalAwayError: they come when they would have.
 */
export async function wakeHeld(hub: { db: Db; temporal: Temporal }, webhookId: string, turns: Turns): Promise<number> {
  const sleepers = await advanceHeld(hub.db, webhookId, turns);
  for (const { run_id } of sleepers) await hub.temporal.wakeRun(run_id);
  return sleepers.length;
}
