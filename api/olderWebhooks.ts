import type { Chain } from '../db/chains.js';
import { toNumber } from '../db/ids.js';
import type { WebhookRow } from '../db/webhooks.js';
import { presentChain } from './webhooks.js';

/** A chain in Docker Hub's older shape. */
export function presentOlderWebhook(chain: Chain) {
  const { name, slug, active, expect_final_callback, last_updated } = presentChain(chain);
  const { creator, last_updater } = chain;
  const hooks = chain.webhooks.map((webhook) => presentHook(chain, webhook));
  return { id: toNumber(chain.id), name, slug, active, expect_final_callback, creator, last_updated, last_updater, hooks };
}

/** A webhook in that shape; its secret only in the answer that made it. */
export function presentHook(chain: Pick<Chain, 'active'>, webhook: WebhookRow, secret?: string) {
  const { id, creator, last_updater, hook_url, created, updated } = webhook;
  const shown = secret === undefined ? {} : { secret };
  const moments = { date_added: created, last_updated: updated };
  return { id: toNumber(id), creator, last_updater, hook_url, ...moments, active: Boolean(chain.active), ...shown };
}
