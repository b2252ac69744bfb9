/** States of a run; the first two are open. */
export const RUN_STATES = ['queued', 'running', 'success', 'failure', 'error', 'canceled'] as const;

/** States of a delivery; the first three are open. */
export const DELIVERY_STATES = [
  'pending', 'delivering', 'waiting', 'success', 'failure', 'error', 'canceled', 'skipped',
] as const;

export type RunState = (typeof RUN_STATES)[number];
export type DeliveryState = (typeof DELIVERY_STATES)[number];
