import { readHost } from '../address.js';
import type { DeliveryRow } from '../db/deliveries.js';
import { recordFailure, recordSuccess, type EndpointRow } from '../db/endpoints.js';
import type { Admitted } from './admit.js';
import type { Hub } from './hub.js';
import { judgeFailure } from './pause.js';
import type { PostResult } from './post.js';
import { isFailure } from './retry.js';

type Parts = Pick<Hub, 'db' | 'config' | 'turns' | 'log'>;

/**
 * Records what an attempt says about the endpoint, for all its deliveries. Returns when this delivery's turn comes
 * where the endpoint is paused now, in milliseconds since the epoch.
 */
export async function recordEndpoint(hub: Parts, delivery: DeliveryRow, { endpoint, isProbe }: Admitted, result: PostResult): Promise<number | undefined> {
  if (!endpoint) return undefined;
  if (isFailure(result)) return recordFailed(hub, delivery, endpoint.webhook_id, result);
  // A call that was refused here says nothing of the receiver; but who tries must not keep others waiting.
  if (result.kind === 'refused' && !isProbe) return undefined;
  // Nothing was held against it when the call began: no write for what nearly every call is.
  if (endpoint.failures === 0 && endpoint.paused_until === null) return undefined;
  if ((await recordSuccess(hub.db, endpoint.webhook_id)) && isProbe) hub.log.info(describe(delivery), 'endpoint resumed');
  return undefined;
}

async function recordFailed({ db, config, turns, log }: Parts, delivery: DeliveryRow, webhookId: string, result: PostResult): Promise<number | undefined> {
  const failure = { deliveryId: delivery.id, result, now: Date.now(), random: Math.random() };
  const recorded = await recordFailure(db, webhookId, (endpoint) => judgeFailure(endpoint, failure, config.endpoint));
  if (!recorded || recorded.after.paused_until === null) return undefined;
  logPause(log, delivery, recorded);
  return turns.take(webhookId, Date.parse(recorded.after.paused_until));
}

function logPause(log: Hub['log'], delivery: DeliveryRow, { before, after }: { before: EndpointRow; after: EndpointRow }): void {
  if (after.paused_until === before.paused_until) return;
  const { failures, pause_reason, paused_until } = after;
  const what = before.paused_until === null ? 'endpoint paused' : 'endpoint stays paused';
  log.warn({ ...describe(delivery), reason: pause_reason, failures, until: paused_until }, what);
}

function describe({ webhook_id, hook_url }: DeliveryRow) {
  return { webhook: webhook_id, host: readHost(hook_url) };
}
