import { readHost } from '../address.js';
import type { Db } from '../db/connection.js';
import { listDeliveries, type DeliveryRow } from '../db/deliveries.js';
import { findPushById, type PushRow } from '../db/pushes.js';
import { findRepositoryById, type RepositoryRow } from '../db/repositories.js';
import type { RunRow } from '../db/runs.js';
import { STATE_ATTRIBUTE, type Hop } from '../workflows/contract.js';
import type { RunStart, Temporal } from './client.js';

/**
 * Starts the workflow of a recorded run; safe to repeat. `gone` where the run's rows were deleted meanwhile.
 * @throws TemporalAwayError: the queued row stays, and the sweep starts it later.
 */
export async function startRun(hub: { db: Db; temporal: Temporal }, run: RunRow): Promise<'started' | 'closed' | 'gone'> {
  const [push, repository, deliveries] = await Promise.all([
    findPushById(hub.db, run.push_id),
    findRepositoryById(hub.db, run.repository_id),
    listDeliveries(hub.db, run.id),
  ]);
  if (!push || !repository) return 'gone';
  return hub.temporal.startRun(describeStart({ run, push, repository, deliveries }));
}

/** The same for a run that was written just now: nothing of it is read again. @throws TemporalAwayError */
export async function startFresh(hub: { temporal: Temporal }, recorded: Recorded): Promise<void> {
  await hub.temporal.startRun(describeStart(recorded));
}

/** What the start of a run tells Temporal. */
export interface Recorded {
  readonly run: RunRow;
  readonly push: PushRow;
  readonly repository: Pick<RepositoryRow, 'namespace' | 'name'>;
  readonly deliveries: readonly Pick<DeliveryRow, 'id' | 'position' | 'name' | 'hook_url' | 'carried_over_from'>[];
}

function describeStart({ run, push, repository, deliveries }: Recorded): RunStart {
  const hops = deliveries.map((delivery) => ({
    ...describeHop(delivery),
    carried_over: delivery.carried_over_from !== null,
  }));
  const name = `${repository.namespace}/${repository.name}`;
  return {
    input: { run_id: run.id, hops },
    summary: `${name}:${push.tag} → ${run.chain_name}`.slice(0, 200),
    details: [
      `Push of **${name}:${push.tag}** by ${push.pusher}${push.is_test ? ' (test)' : ''}, run \`${run.id}\``,
      run.redelivery_of ? `Redelivery of \`${run.redelivery_of}\`` : '',
      ...hops.map((hop) => `${hop.position}. ${escapeMarkdown(hop.name)}: ${hop.host}`),
    ].filter(Boolean).join('\n\n'),
    attributes: {
      HooklineRepository: name,
      HooklineTag: push.tag,
      HooklineDigest: push.digest,
      HooklineChain: run.chain_slug,
      [STATE_ATTRIBUTE]: 'running',
    },
  };
}

/** What Temporal may know of a delivery: of its URL only host and port. */
function describeHop({ id, position, name, hook_url }: Recorded['deliveries'][number]): Hop {
  return { delivery_id: id, position, name, host: readHost(hook_url) };
}

function escapeMarkdown(text: string): string {
  return text.replace(/[\\<>[\]`*_!]/g, '\\$&').replace(/\s+/g, ' ');
}
