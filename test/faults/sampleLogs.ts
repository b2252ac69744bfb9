import type { RunView } from '../e2e/api.js';
import type { DeliveryView } from './facts.js';
import type { CallbackEntry, CallEntry, FaultEntry, Logs, PushEntry, ShownRepository } from './logs.js';

/** The logs of one push through two webhooks, which every test bends where it wants them to be wrong. */
export interface Sample {
  pushes: PushEntry[];
  calls: Changeable<CallEntry>[];
  callbacks: Changeable<CallbackEntry>[];
  faults: FaultEntry[];
  history: { repository: string; pushes: { id: string; tag: string }[]; runs: Changeable<RunView>[] }[];
  oddities: string[];
}

type Changeable<T> = T extends object ? { -readonly [K in keyof T]: Changeable<T[K]> } : T;

export const REPOSITORY = 'admin/app';
const START = Date.parse('2026-01-01T00:00:00.000Z');
const moment = (ms: number): string => new Date(START + ms).toISOString();

/** The moment so many milliseconds after the push. */
export const at = (ms: number): number => START + ms;

/** An attempt that began so long after the push, and what came of it. */
export function sampleAttempt(number: number, ms: number, result: { status?: number; error?: string } = { status: 200 }): Changeable<DeliveryView>['attempts'][number] {
  const { status = null, error = null } = result;
  const nothing = { error_detail: null, request_headers: null, request_body: null, response_headers: null, response_body: null };
  return { number, started: moment(ms), duration_ms: 5, status, error, ...nothing };
}

function sampleDelivery(position: number, ms: number): Changeable<DeliveryView> {
  const callback = { state: 'success', description: null, context: null, target_url: null, received: moment(ms + 20) };
  const fixed = { id: `dlv_${position}`, position, name: `hook ${position}`, hook_url: 'http://127.0.0.1/hook' };
  return { ...fixed, state: 'success', reason: null, next_attempt: null, callback_due: null, carried_over_from: null, attempts: [sampleAttempt(1, ms)], callback };
}

function sampleRun(): Changeable<RunView> {
  const described = { digest: null, images: [], media_type: null, size: null, pusher: 'admin', pushed_at: moment(0), source: 'api', test: false };
  return {
    id: 'run_1', state: 'success', chain: { slug: 'chain', name: 'chain' }, push: { id: 'psh_1', tag: 'one', ...described },
    created: moment(0), finished: moment(220), workflow_id: 'run/run_1', redelivery_of: null,
    deliveries: [sampleDelivery(1, 100), sampleDelivery(2, 200)],
  };
}

/** A call of the n-th webhook, so long after the push. */
export function sampleCall(position: number, seq: number, ms: number): Changeable<CallEntry> {
  return { seq, at: at(ms), deliveryId: `dlv_${position}`, repository: REPOSITORY, position, told: { repository: REPOSITORY, tag: 'one' }, answer: 200 };
}

/** Logs in which every promise is kept. */
export function sampleLogs(): Sample {
  return {
    pushes: [{ tag: 'one', repository: REPOSITORY, hops: 2, isBrisk: false, accepted: { at: at(10), pushId: 'psh_1', runIds: ['run_1'] } }],
    calls: [sampleCall(1, 1, 105), sampleCall(2, 3, 205)],
    callbacks: [1, 2].map((position) => ({ seq: position * 2, at: at(position * 100 + 15), deliveryId: `dlv_${position}`, state: 'success', status: 200 })),
    faults: [],
    history: [{ repository: REPOSITORY, pushes: [{ id: 'psh_1', tag: 'one' }], runs: [sampleRun()] }],
    oddities: [],
  };
}

/** What the types do not know is there, is. */
export function only<T>(list: readonly T[], index = 0): T {
  const found = list[index];
  if (found === undefined) throw new Error(`there is no number ${index}`);
  return found;
}

/** The sample as the checks take it. */
export function asLogs(sample: Sample): Logs {
  return { ...sample, history: sample.history satisfies readonly ShownRepository[] };
}
