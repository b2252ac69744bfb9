import { OPEN_DELIVERY_STATES, OPEN_RUN_STATES, type RunState } from '../states.js';
import type { Chain } from './chains.js';
import type { Db } from './connection.js';
import type { DeliveryRow } from './deliveries.js';
import { newId, nowIso } from './ids.js';
import { commit, writeInsert, type Ask } from './statements.js';
import { tellEnds } from './tellEnds.js';
import type { WebhookRow } from './webhooks.js';

export interface RunRow {
  readonly id: string;
  readonly repository_id: string;
  readonly push_id: string;
  readonly chain_id: string | null;
  readonly chain_slug: string;
  readonly chain_name: string;
  readonly state: RunState;
  readonly redelivery_of: string | null;
  /** What Temporal may not know yet. */
  readonly notify: 'signal' | 'cancel' | null;
  readonly created: string;
  readonly updated: string;
  readonly finished: string | null;
}

export const RUN_COLUMNS = [
  'id', 'repository_id', 'push_id', 'chain_id', 'chain_slug', 'chain_name', 'state', 'redelivery_of', 'notify',
  'created', 'updated', 'finished',
] as const;

/** A delivery of an earlier run whose result stands in a new one: the webhook is not called again. */
export type CarriedDelivery = Pick<
  DeliveryRow,
  | 'id' | 'position' | 'webhook_id' | 'name' | 'hook_url' | 'expect_callback' | 'callback_timeout_ms'
  | 'require_signed_callback' | 'reason' | 'finished'
>;

export interface NewRun {
  readonly push: { readonly id: string; readonly repository_id: string };
  readonly chain: Chain;
  /** For webhooks that name no timeout of their own. */
  readonly defaultTimeoutMs: number;
  readonly redeliveryOf?: string;
  readonly carried?: readonly CarriedDelivery[];
}

/** A run as it was just written. */
export interface FreshRun {
  readonly run: RunRow;
  readonly deliveries: readonly NewDelivery[];
}

/** A delivery as it is written. */
export type NewDelivery = Pick<DeliveryRow, (typeof NEW_DELIVERY_COLUMNS)[number]>;

const NEW_DELIVERY_COLUMNS = [
  'id', 'run_id', 'position', 'webhook_id', 'name', 'hook_url', 'expect_callback', 'callback_timeout_ms',
  'require_signed_callback', 'state', 'reason', 'finished', 'carried_over_from',
] as const;

const INSERT_RUN = writeInsert('runs', RUN_COLUMNS);
const INSERT_DELIVERY = writeInsert('deliveries', NEW_DELIVERY_COLUMNS);

/** Writes a queued run with one delivery per webhook. */
export async function insertRun(ask: Ask, run: NewRun): Promise<FreshRun> {
  const at = nowIso();
  const row: RunRow = {
    id: newId('run'),
    repository_id: run.push.repository_id,
    push_id: run.push.id,
    chain_id: run.chain.id,
    chain_slug: run.chain.slug,
    chain_name: run.chain.name,
    state: 'queued',
    redelivery_of: run.redeliveryOf ?? null,
    notify: null,
    created: at,
    updated: at,
    finished: null,
  };
  await ask(INSERT_RUN, RUN_COLUMNS.map((name) => row[name]));
  const carried = run.carried ?? [];
  const fresh = run.chain.webhooks.slice(carried.length).map((webhook) => freezeWebhook(run, webhook));
  const deliveries = [...carried.map(carryOver), ...fresh].map((delivery): NewDelivery => ({ ...delivery, run_id: row.id }));
  for (const delivery of deliveries) await ask(INSERT_DELIVERY, NEW_DELIVERY_COLUMNS.map((name) => delivery[name]));
  if (carried.length > 0) await ask(COPY_CALLBACKS, [row.id]);
  return { run: row, deliveries };
}

/** A webhook as this run will call it, whatever is edited later. */
function freezeWebhook(run: NewRun, webhook: WebhookRow) {
  const isLast = webhook.position === run.chain.webhooks.length;
  // A single webhook is complete on 2xx, a longer chain only after its last callback, unless somebody says otherwise.
  const finalCallback = run.chain.expect_final_callback ?? run.chain.webhooks.length > 1;
  return {
    id: newId('dlv'),
    position: webhook.position,
    webhook_id: webhook.id,
    name: webhook.name,
    hook_url: webhook.hook_url,
    expect_callback: webhook.expect_callback ?? (!isLast || finalCallback),
    callback_timeout_ms: webhook.callback_timeout_ms ?? run.defaultTimeoutMs,
    require_signed_callback: webhook.require_signed_callback,
    state: 'pending' as const,
    reason: null,
    finished: null,
    carried_over_from: null,
  };
}

function carryOver(delivery: CarriedDelivery) {
  const { position, webhook_id, name, hook_url, expect_callback, callback_timeout_ms, ...rest } = delivery;
  const frozen = { position, webhook_id, name, hook_url, expect_callback, callback_timeout_ms };
  const { require_signed_callback, reason, finished } = rest;
  const result = { require_signed_callback, reason, finished, state: 'success' as const };
  return { ...frozen, ...result, id: newId('dlv'), carried_over_from: delivery.id };
}

const COPY_CALLBACKS = `INSERT INTO callbacks (delivery_id, state, description, context, target_url, received)
  SELECT deliveries.id, callbacks.state, callbacks.description, callbacks.context, callbacks.target_url, callbacks.received
  FROM deliveries JOIN callbacks ON callbacks.delivery_id = deliveries.carried_over_from WHERE deliveries.run_id = ?`;

/** One run of a repository. */
export async function findRun(db: Db, repositoryId: string, id: string): Promise<RunRow | undefined> {
  return db<RunRow>('runs').where({ repository_id: repositoryId, id }).first(...RUN_COLUMNS);
}

/** The run of that id. */
export async function findRunById(db: Db, id: string): Promise<RunRow | undefined> {
  return db<RunRow>('runs').where({ id }).first(...RUN_COLUMNS);
}

/** Writes a redelivery: a new run of the same push, from the start or after the carried deliveries. */
export async function insertRedelivery(db: Db, run: NewRun): Promise<RunRow> {
  const written = await commit(db, (ask) => insertRun(ask, run));
  if (!written) throw new Error('a redelivery was undone by nobody');
  return written.run;
}

/**
 * Closes open runs as canceled, their open deliveries too; returns the ids of those that were open.
 * `notify` is left behind for the sweep until Temporal has been told.
 */
export async function cancelRuns(db: Db, where: Partial<Pick<RunRow, 'id' | 'chain_id' | 'repository_id'>>): Promise<string[]> {
  const canceled = await db.transaction(async (db) => {
    const runs = await db<RunRow>('runs')
      .where(where)
      .whereIn('state', [...OPEN_RUN_STATES])
      .update({ notify: 'cancel' })
      .returning(['id', 'created']);
    const ids = runs.map(({ id }) => id);
    // Only now that the rows are ours: while they were waited for another process may have begun an attempt.
    const at = nowIso();
    await db('runs').whereIn('id', ids).update({ state: 'canceled', updated: at, finished: at });
    await db('deliveries')
      .whereIn('run_id', ids)
      .whereIn('state', [...OPEN_DELIVERY_STATES])
      .update({ state: 'canceled', reason: 'canceled', next_attempt: null, finished: at });
    return runs;
  });
  tellEnds(db, canceled.map(({ id, created }) => ({ run: id, state: 'canceled', created })));
  return canceled.map(({ id }) => id);
}

/** Notes that Temporal has been told. */
export async function clearNotify(db: Db, id: string): Promise<void> {
  await db('runs').where({ id }).whereNotNull('notify').update({ notify: null });
}

/** The same for a run that is over: while it goes on, the next attempt clears the note in its own write. */
export async function clearFinalNotify(db: Db, id: string): Promise<void> {
  await db('runs').where({ id }).whereNotNull('finished').whereNotNull('notify').update({ notify: null });
}
