import { defineSearchAttributeKey } from '@temporalio/common';
import {
  CancellationScope, condition, defineSignal, isCancellation, proxyActivities, proxyLocalActivities, setCurrentDetails, setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import {
  CALLBACK_SIGNAL, STATE_ATTRIBUTE, type CallbackMessage, type ChainInput, type ChainResult, type Delivered,
  type Hop, type Outcome,
} from './contract.js';
import { describeChain } from './details.js';

const callbackSignal = defineSignal<[CallbackMessage]>(CALLBACK_SIGNAL);
const stateKey = defineSearchAttributeKey(STATE_ATTRIBUTE, 'KEYWORD');

/**
 * Attempts are counted and bounded in the database, which closes the delivery after the last one; so Temporal may
 * retry for as long as it takes, and the delay of a failed attempt comes with its error. The figures here serve
 * failures of our own house: a worker that died, a database that is away.
 */
const { deliver, close, cancel } = proxyActivities<Activities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/**
 * The first try is part of the workflow task: no state of it passes through Temporal before its end. Whatever keeps it
 * from an end within moments is the regular activity's business.
 */
const { tryFirst } = proxyLocalActivities<Activities>({ startToCloseTimeout: '30s', retry: { maximumAttempts: 1 } });

/**
 * One passage of one push through one chain: each webhook in turn, on `success` the next, on anything else the end.
 * An unhappy outcome is a result of the workflow, not a failure of it; only a cancellation ends it as canceled.
 */
export async function chain(input: ChainInput): Promise<ChainResult> {
  const answers = new Map<string, Outcome>();
  setHandler(callbackSignal, ({ delivery_id, outcome }) => {
    if (!answers.has(delivery_id)) answers.set(delivery_id, outcome);
  });
  const states = new Map<string, string>();
  const show = (hop: Hop, text: string) => {
    states.set(hop.delivery_id, text);
    setCurrentDetails(describeChain(input, states));
  };
  try {
    const result = await runHops(input, { answers, show });
    setCurrentDetails(describeChain(input, states, 'skipped'));
    return result;
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => cancelRun(input));
    throw error;
  }
}

interface Progress {
  readonly answers: ReadonlyMap<string, Outcome>;
  /** Puts a hop's state into the details that the Web UI shows. */
  show(hop: Hop, text: string): void;
}

async function runHops(input: ChainInput, progress: Progress): Promise<ChainResult> {
  let outcome: Outcome = { state: 'success', reason: null };
  for (const hop of input.hops.filter(({ carried_over }) => !carried_over)) {
    outcome = await runHop(hop, { place: `${hop.position}/${input.hops.length}`, localFirst: input.local_first ?? false }, progress);
    progress.show(hop, outcome.reason === null ? outcome.state : `${outcome.state} (${outcome.reason})`);
    if (outcome.state !== 'success') break;
  }
  upsertSearchAttributes([{ key: stateKey, value: outcome.state }]);
  return outcome;
}

async function runHop(hop: Hop, { place, localFirst }: { place: string; localFirst: boolean }, { answers, show }: Progress): Promise<Outcome> {
  const isAnswered = () => answers.has(hop.delivery_id);
  show(hop, 'delivering');
  const summary = `${place} POST ${hop.host}`;
  const first = localFirst && !isAnswered() ? await tryLocally(hop, summary) : LATER;
  const delivered = first.kind === 'later' ? await deliverUntil(isAnswered, hop, summary) : first;
  if (delivered?.kind === 'closed') return delivered.outcome;
  if (delivered?.kind === 'waiting') {
    show(hop, 'waiting for the callback');
    await condition(isAnswered, delivered.timeout_ms, { summary: `${place} callback of ${hop.host}` });
  }
  // On timeout the database decides: a callback that was committed a millisecond earlier is the outcome.
  const noCallback = { summary: `${place} close: no callback` };
  return answers.get(hop.delivery_id) ?? close.executeWithOptions(noCallback, [{ delivery_id: hop.delivery_id }]);
}

const LATER: Delivered = { kind: 'later' };

/** A try that fails for a reason of our house is taken up by the regular activity, which Temporal repeats. */
async function tryLocally(hop: Hop, summary: string): Promise<Delivered> {
  try {
    return await tryFirst.executeWithOptions({ summary }, [{ delivery_id: hop.delivery_id }]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return LATER;
  }
}

/**
 * Delivers, unless a callback arrives first: a receiver may call back before it answers the POST, or after an
 * attempt that failed on its way back, and then nothing must wait for the next attempt.
 */
async function deliverUntil(isAnswered: () => boolean, hop: Hop, summary: string): Promise<Delivered | undefined> {
  const scope = new CancellationScope();
  const delivery = scope.run(() => deliver.executeWithOptions({ summary }, [{ delivery_id: hop.delivery_id }]));
  const delivered = await Promise.race([delivery, condition(isAnswered).then(() => undefined)]);
  if (delivered === undefined) scope.cancel();
  return delivered;
}

/** Closes the run in the database: the cancellation may have come from the Web UI and not from the hub. */
async function cancelRun({ run_id }: ChainInput): Promise<void> {
  await cancel.executeWithOptions({ summary: 'close: canceled' }, [{ run_id }]);
  upsertSearchAttributes([{ key: stateKey, value: 'canceled' }]);
}
