import type { RunView } from '../e2e/api.js';
import type { CallbackState } from '../helpers/receiver.js';

/**
 * The three logs that a check reads: what the pusher was promised, what the receivers saw and said, and what the hub
 * shows. Moments are milliseconds since the epoch; `seq` orders all that pusher and receivers wrote.
 */
export interface Logs {
  readonly pushes: readonly PushEntry[];
  readonly calls: readonly CallEntry[];
  readonly callbacks: readonly CallbackEntry[];
  readonly faults: readonly FaultEntry[];
  readonly history: readonly ShownRepository[];
  /** Answers that no client should meet, whatever was going on. */
  readonly oddities: readonly string[];
}

/** One push as its client knows it. */
export interface PushEntry {
  /** Unique, and the tag that is pushed: so every other log says which push it is about. */
  readonly tag: string;
  readonly repository: string;
  /** Webhooks of the chain it starts. */
  readonly hops: number;
  /** A webhook of the chain is given up as soon as its callback is this late. */
  readonly isBrisk: boolean;
  /** What the 202 said. */
  accepted?: { readonly at: number; readonly pushId: string; readonly runIds: readonly string[] };
  /** Somebody asked to cancel its run; `at` where that was answered 2xx. */
  canceled?: { at?: number };
}

/** One webhook as it arrived, and how its receiver treated it. */
export interface CallEntry {
  readonly seq: number;
  readonly at: number;
  readonly deliveryId: string;
  /** The receiver that was called: whose repository it belongs to and which place it has in the chain. */
  readonly repository: string;
  readonly position: number;
  /** What the payload says. */
  readonly told: { readonly repository: string; readonly tag: string };
  /** Undefined: not yet answered. */
  answer?: CallAnswer;
}

/** A status, `reset`, or `lost`: the caller was gone before the answer was written. */
export type CallAnswer = number | 'reset' | 'lost';

/** One POST to a callback URL. */
export interface CallbackEntry {
  readonly seq: number;
  readonly at: number;
  readonly deliveryId: string;
  readonly state: CallbackState;
  /** Undefined: no answer came. */
  status?: number;
}

/** One fault, from the blow until what was struck was started again or went on. */
export interface FaultEntry {
  readonly kind: string;
  readonly round: number;
  readonly at: number;
  until: number;
}

/** What the hub shows of a repository to its owner. */
export interface ShownRepository {
  readonly repository: string;
  readonly pushes: readonly { readonly id: string; readonly tag: string }[];
  readonly runs: readonly RunView[];
}

/** What must not be: an invariant's name and the evidence. */
export interface Violation {
  readonly invariant: string;
  readonly evidence: string;
}
