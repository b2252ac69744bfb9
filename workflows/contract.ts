/**
 * The door between the hub and its workflows: names, ids, messages. The only file of this folder that others import.
 * Plain data throughout: no secret, no payload body and no callback URL ever passes here, because Temporal's
 * history is readable to whoever opens its Web UI.
 */

export const CHAIN_WORKFLOW = 'chain';
export const CALLBACK_SIGNAL = 'callback';

/** Header of a workflow and of its activities: the id of the request to the API that began it. */
export const REQUEST_ID_HEADER = 'hookline-request-id';
/** What such an id looks like, whoever made it. */
export const REQUEST_ID = /^[A-Za-z0-9_-]{16,64}$/;

/** Search attribute that follows the run's state; the others are written once, at the start. */
export const STATE_ATTRIBUTE = 'HooklineState';

/** One webhook's turn, as the workflow knows it. */
export interface Hop {
  readonly delivery_id: string;
  /** From 1. */
  readonly position: number;
  readonly name: string;
  /** Host and port of the webhook's URL: what may be shown of it. */
  readonly host: string;
}

export interface ChainInput {
  readonly run_id: string;
  /** Every webhook of the chain; those carried over from an earlier run are listed as closed. */
  readonly hops: readonly (Hop & { readonly carried_over: boolean })[];
  /** Whether first attempts are made inside the workflow task. Absent from runs of older versions: they are not. */
  readonly local_first?: boolean;
}

/** How a delivery or a run ended: a value, never an error. */
export interface Outcome {
  readonly state: 'success' | 'failure' | 'error' | 'canceled' | 'skipped';
  readonly reason: string | null;
}

/**
 * What an activity answers of a delivery: the end, or that the receiver's callback is awaited, in milliseconds; of the
 * first try alone, that it takes longer and is the regular activity's to go on with.
 */
export type Delivered =
  | { readonly kind: 'closed'; readonly outcome: Outcome }
  | { readonly kind: 'waiting'; readonly timeout_ms: number }
  | { readonly kind: 'later' };

/** Payload of the callback signal. The outcome is already committed in the database. */
export interface CallbackMessage {
  readonly delivery_id: string;
  readonly outcome: Outcome;
}

/** Result of the workflow. */
export interface ChainResult {
  readonly state: Outcome['state'];
  readonly reason: string | null;
}

/** Workflow id of a run. */
export function runWorkflowId(runId: string): string {
  return `run/${runId}`;
}

/** The run of a workflow id; undefined for workflows of others. */
export function readRunId(workflowId: string): string | undefined {
  return workflowId.startsWith('run/') ? workflowId.slice('run/'.length) : undefined;
}
