import { news, type RunEnd } from '../news.js';
import type { Db } from './connection.js';

/** Tells of runs that ended, once it is true: at once, or when the transaction around it is committed. */
export function tellEnds(db: Db, ends: readonly (RunEnd | undefined)[]): void {
  const tell = () => {
    for (const end of ends) if (end) news.emit('runEnded', end);
  };
  const { executionPromise } = db as Db & { executionPromise?: Promise<unknown> };
  if (!executionPromise) tell();
  // Rolled back: nothing has ended, and who began the transaction hears of it.
  else void executionPromise.then(tell, () => undefined);
}
