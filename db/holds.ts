import { ENDPOINT_COLUMNS, type EndpointColumns } from './endpoints.js';
import { markHeld } from './attempts.js';
import type { Db } from './connection.js';
import { nowIso } from './ids.js';
import { OPEN_RUN_STATES } from '../states.js';
import { countRows, type Page, type PageRequest } from './page.js';

/** Deliveries that wait behind a pause of their endpoint, or for a place at one. */

/** Notes that a delivery waits until a moment; `held` behind a pause, else for a place. Closed ones are left alone. */
export async function holdDelivery(db: Db, hold: { deliveryId: string; until: string; held: boolean }): Promise<void> {
  const { deliveryId, until, held } = hold;
  await db.transaction(async (db) => {
    const run = db('runs').whereIn('id', db('deliveries').where({ id: deliveryId }).select('run_id')).whereIn('state', [...OPEN_RUN_STATES]);
    // Temporal evidently knows of the run, and the sweep need not start it.
    if ((await run.update({ state: 'running', notify: null, updated: nowIso() })) === 0) return;
    await db('deliveries')
      .where({ id: deliveryId })
      .whereIn('state', ['pending', 'delivering'])
      .update({ next_attempt: until, ...(held ? markHeld(db) : { reason: ENDPOINT_BUSY }) });
  });
}

/** Why an open delivery waits that found no place. */
export const ENDPOINT_BUSY = 'endpoint_busy';

/** A delivery that waits longer than it has to. */
export interface Sleeper {
  readonly id: string;
  readonly run_id: string;
}

/** Webhooks that may be called while deliveries wait behind their former pause, until after `later`. */
export async function listResumed(db: Db, later: string, limit: number): Promise<string[]> {
  const rows = await db('deliveries')
    .join('webhooks', 'webhooks.id', 'deliveries.webhook_id')
    .whereNotNull('deliveries.held_since')
    .whereNull('deliveries.finished')
    .where('deliveries.next_attempt', '>', later)
    .whereNull('webhooks.paused_until')
    .distinct<{ id: string }[]>('webhooks.id')
    .limit(limit);
  return rows.map(({ id }) => id);
}

/**
 * Gives deliveries that wait behind a former pause the times that are left when those who come by `later` anyway have
 * had theirs, and returns them. What another process gave a time meanwhile is left out.
 */
export async function advanceHeld(db: Db, webhookId: string, { later, times }: { later: string; times: readonly string[] }): Promise<Sleeper[]> {
  const held = db('deliveries').where({ webhook_id: webhookId }).whereNotNull('held_since').whereNull('finished');
  const coming = await countRows(held.clone().where('next_attempt', '<=', later));
  const left = times.slice(coming);
  const query = held.clone().where('next_attempt', '>', later).orderBy('next_attempt').limit(left.length);
  const sleepers = left.length === 0 ? [] : await query.select<Sleeper[]>('id', 'run_id');
  const advanced: Sleeper[] = [];
  for (const [index, sleeper] of sleepers.entries()) {
    const change = db('deliveries').where({ id: sleeper.id }).where('next_attempt', '>', later).whereNull('finished');
    if ((await change.update({ next_attempt: left[index] })) > 0) advanced.push(sleeper);
  }
  return advanced;
}

/** How many deliveries wait behind the pause of each of these webhooks, by id. */
export async function countHeld(db: Db, webhookIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await db('deliveries')
    .whereIn('webhook_id', [...webhookIds])
    .whereNotNull('held_since')
    .whereNull('finished')
    .groupBy('webhook_id')
    .select<{ webhook_id: string; held: number | string }[]>('webhook_id', db.raw('count(*) AS held'));
  return new Map(rows.map(({ webhook_id, held }) => [webhook_id, Number(held)]));
}

/** A paused endpoint and where it stands. */
export interface PausedEndpoint extends EndpointColumns {
  readonly id: string;
  readonly name: string;
  readonly hook_url: string;
  readonly slug: string;
  readonly namespace: string;
  readonly repository: string;
}

/** Paused endpoints of the whole hub, those paused longest first. */
export async function listPaused(db: Db, page: PageRequest): Promise<Page<PausedEndpoint>> {
  const all = db('webhooks').whereNotNull('webhooks.paused_until').whereNull('webhooks.removed');
  const rows = await all.clone()
    .join('chains', 'chains.id', 'webhooks.chain_id')
    .join('repositories', 'repositories.id', 'chains.repository_id')
    .orderBy('webhooks.paused_since')
    .orderBy('webhooks.id')
    .limit(page.limit)
    .offset(page.offset)
    .select<PausedEndpoint[]>(
      'webhooks.id', 'webhooks.name', 'webhooks.hook_url', 'chains.slug', 'repositories.namespace',
      { repository: 'repositories.name' }, ...ENDPOINT_COLUMNS.map((name) => `webhooks.${name}`),
    );
  return { count: await countRows(all), rows };
}
