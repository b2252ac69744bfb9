/** States of a run; the first two are open. */
export const RUN_STATES = ['queued', 'running', 'success', 'failure', 'error', 'canceled'] as const;

/** States of a delivery; the first three are open. */
export const DELIVERY_STATES = [
  'pending', 'delivering', 'waiting', 'success', 'failure', 'error', 'canceled', 'skipped',
] as const;

/** States of a build; the first two are open. */
export const BUILD_STATES = ['queued', 'claimed', 'success', 'failure', 'error', 'canceled'] as const;
/** How a builder may say that a build ended. */
export const BUILD_RESULTS = ['success', 'failure', 'error'] as const;

/** A run in one of these is not over. */
export const OPEN_RUN_STATES: readonly RunState[] = ['queued', 'running'];
/** A delivery in one of these is not over. */
export const OPEN_DELIVERY_STATES: readonly DeliveryState[] = ['pending', 'delivering', 'waiting'];
/** A build in one of these is not over. */
export const OPEN_BUILD_STATES: readonly BuildState[] = ['queued', 'claimed'];

export type RunState = (typeof RUN_STATES)[number];
export type DeliveryState = (typeof DELIVERY_STATES)[number];
export type BuildState = (typeof BUILD_STATES)[number];
export type BuildResult = (typeof BUILD_RESULTS)[number];
