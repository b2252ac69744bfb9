import type { RunView } from '../e2e/api.js';
import type { CallbackEntry, CallEntry, FaultEntry, Logs, PushEntry } from './logs.js';

export type DeliveryView = RunView['deliveries'][number];
export type AttemptView = DeliveryView['attempts'][number];

/** A delivery in the hub's history with all that is known of it elsewhere. */
export interface Fact {
  readonly repository: string;
  readonly run: RunView;
  readonly delivery: DeliveryView;
  /** What its client knows of the push; undefined where no client made it. */
  readonly push: PushEntry | undefined;
  /** In the order of their arrival. */
  readonly calls: readonly CallEntry[];
  readonly callbacks: readonly CallbackEntry[];
}

/** Every delivery that the hub shows, with the calls and callbacks of its id. */
export function listFacts(logs: Logs): Fact[] {
  const pushes = new Map(logs.pushes.map((push) => [push.tag, push]));
  const calls = groupByDelivery(logs.calls);
  const callbacks = groupByDelivery(logs.callbacks);
  return logs.history.flatMap(({ repository, runs }) =>
    runs.flatMap((run) => run.deliveries.map((delivery) => {
      const { id } = delivery;
      const heard = { calls: calls.get(id) ?? [], callbacks: callbacks.get(id) ?? [] };
      return { repository, run, delivery, push: pushes.get(run.push.tag), ...heard };
    })),
  );
}

function groupByDelivery<T extends { readonly deliveryId: string }>(entries: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const entry of entries) groups.set(entry.deliveryId, [...(groups.get(entry.deliveryId) ?? []), entry]);
  return groups;
}

/** Whether any fault was under way between the two moments. */
export function isExplained(faults: readonly FaultEntry[], from: number, to: number): boolean {
  return faults.some(({ at, until }) => at <= to && until >= from);
}

/** How often each of them stands there. */
export function count<T>(items: readonly T[]): Map<T, number> {
  const counts = new Map<T, number>();
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1);
  return counts;
}
