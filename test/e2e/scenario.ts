import { startReceiver, type Behaviour, type Receiver } from '../helpers/receiver.js';
import type { Owner } from '../helpers/hub.js';
import type { Api, ChainView, Repository, WebhookOptions } from './api.js';

/** What differs from a public repository with one chain. */
export interface ScenarioOptions {
  readonly repository?: object;
  readonly chain?: object;
  /** Options of the webhooks by index. */
  readonly webhooks?: readonly WebhookOptions[];
}

/** A repository of its own with one chain over running receivers. */
export interface Scenario {
  readonly repository: Repository;
  readonly chain: ChainView;
  readonly receivers: readonly Receiver[];
  /** The n-th receiver, from 1. */
  receiver(nth: number): Receiver;
  /** How often each receiver was called. */
  calls(): number[];
}

/** Calls back `success` as soon as it has answered. */
export const HAPPY: Behaviour = { callback: 'success' };
/** Answers 200 and leaves the callback to the test. */
export const QUIET: Behaviour = {};

/** Builds a chain with one receiver per behaviour. */
export async function buildScenario(
  t: Owner,
  api: Api,
  behaviours: readonly Behaviour[],
  options: ScenarioOptions = {},
): Promise<Scenario> {
  const receivers = await Promise.all(behaviours.map((behaviour) => startReceiver(t, behaviour)));
  const repository = await api.createRepository(options.repository);
  const chain = await repository.createChain(receivers, options.chain, options.webhooks);
  return {
    repository,
    chain,
    receivers,
    calls: () => receivers.map(({ requests }) => requests.length),
    receiver(nth) {
      const receiver = receivers[nth - 1];
      if (!receiver) throw new Error(`there is no receiver ${nth}`);
      return receiver;
    },
  };
}

/** The secret of a chain's n-th webhook, from 1, as the answer that made it showed it. */
export function getSecret(chain: ChainView, nth: number): string {
  const secret = chain.webhooks[nth - 1]?.secret;
  if (secret === undefined) throw new Error(`no secret is shown for webhook ${nth}`);
  return secret;
}
