import type { Receivers } from './receivers.js';
import type { Recorder } from './recorder.js';
import { BRISK_TIMEOUT } from './settings.js';
import type { Tenant } from './tenant.js';

/** A repository with one chain, to which pushes go. */
export interface Target {
  readonly tenant: Tenant;
  readonly repository: string;
  readonly hops: number;
  readonly isBrisk: boolean;
}

const SHAPES = [1, 2, 3, 4].map((hops) => ({ hops, isBrisk: false })).concat({ hops: 3, isBrisk: true });

/** Makes, for each tenant, chains of every length over the receivers, in repositories of this window alone. */
export async function openTargets(tenants: readonly Tenant[], receivers: Receivers, recorder: Recorder): Promise<Target[]> {
  const targets: Target[] = [];
  for (const tenant of tenants) {
    for (const { hops, isBrisk } of SHAPES) {
      const repository = await tenant.createRepository();
      const webhooks = Array.from({ length: hops }, (_, index) => ({
        name: `hook ${index + 1}`,
        hook_url: receivers.url(repository, index + 1, isBrisk),
        ...(isBrisk ? { callback_timeout: BRISK_TIMEOUT } : {}),
      }));
      const chain = await tenant.createChain(repository, { webhooks });
      for (const { secret } of chain.webhooks) recorder.addSecret(secret ?? '');
      targets.push({ tenant, repository, hops, isBrisk });
    }
  }
  return targets;
}
