import { createHash } from 'node:crypto';
import { isExplained, listFacts } from './facts.js';
import { INVARIANTS, listInterrupted } from './invariants.js';
import type { Logs, ShownRepository, Violation } from './logs.js';

/** Everything in the logs that must not be. */
export function judge(logs: Logs): Violation[] {
  return INVARIANTS.flatMap(({ name, promise, find }) => find(logs).map((evidence) => ({ invariant: `${name} (${promise})`, evidence })));
}

/** What of a history must never change. An attempt that was interrupted is marked so a while after its run may be over. */
export function hashHistory(shown: ShownRepository | undefined): string {
  const runs = shown?.runs.map(({ id, state, finished, deliveries }) => ({
    id, state, finished,
    deliveries: deliveries.map(({ id, state, reason, callback, attempts }) => ({ id, state, reason, callback, attempts: attempts.length })),
  }));
  return createHash('sha256').update(JSON.stringify({ pushes: shown?.pushes.map(({ id, tag }) => ({ id, tag })), runs })).digest('hex');
}

/** Whether every attempt's answer is on record, but of those that a fault interrupted. */
export function isComplete(logs: Logs): boolean {
  return listFacts(logs).every(({ delivery }) =>
    listInterrupted(delivery).every(({ from, to }) => isExplained(logs.faults, from, to)),
  );
}
