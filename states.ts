/** States of a run; the first two are open. */
export const RUN_STATES = ['queued', 'running', 'success', 'failure', 'error', 'canceled'] as const;

/** States of a delivery; the first three are open. */
export const DELIVERY_STATES = [
  'pending', 'delivering', 'waiting', 'success', 'failure', 'error', 'canceled', 'skipped',
] as const;

/** A run in one of these is not over. */
export const OPEN_RUN_STATES: readonly RunState[] = ['queued', 'running'];
/** A delivery in one of these is not over. */
export const OPEN_DELIVERY_STATES: readonly DeliveryState[] = ['pending', 'delivering', 'waiting'];

export type RunState = (typeof RUN_STATES)[number];
export type DeliveryState = (typeof DELIVERY_STATES)[number];
