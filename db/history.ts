import type { Knex } from 'knex';
import type { RunState } from '../states.js';
import { ATTEMPT_COLUMNS, type AttemptRow } from './attempts.js';
import type { Db } from './connection.js';
import { CALLBACK_COLUMNS, DELIVERY_COLUMNS, type CallbackRow, type DeliveryRow } from './deliveries.js';
import { countRows, whereContains, type Page, type PageRequest } from './page.js';
import { PUSH_COLUMNS, type PushRow } from './pushes.js';
import { RUN_COLUMNS, type RunRow } from './runs.js';

/** A delivery with everything that happened to it. */
export interface DeliveryHistory extends DeliveryRow {
  readonly attempts: readonly AttemptRow[];
  readonly callback: CallbackRow | undefined;
}

/** A run as the history shows it. */
export interface RunHistory extends RunRow {
  readonly push: PushRow;
  readonly deliveries: readonly DeliveryHistory[];
}

export interface RunFilter {
  readonly repository_id: string;
  readonly chain_slug?: string;
  readonly state?: RunState;
  readonly tag?: string;
  /** Created at this moment or later, and at this or earlier; ISO 8601 in UTC. */
  readonly from?: string;
  readonly to?: string;
  /** Part of the name of the chain or of one of its webhooks, of the pushed tag or digest, or of the pusher's name. */
  readonly text?: string;
}

/** Runs of a repository, newest first, each with its whole history: one query a level, whatever their number. */
export async function listRuns(db: Db, filter: RunFilter, page: PageRequest): Promise<Page<RunHistory>> {
  const { tag, from, to, text, ...columns } = filter;
  const { repository_id } = filter;
  const all = db<RunRow>('runs').where(columns);
  if (tag !== undefined) all.whereIn('push_id', db('pushes').where({ repository_id, tag }).select('id'));
  if (from !== undefined) all.where('created', '>=', from);
  if (to !== undefined) all.where('created', '<=', to);
  if (text !== undefined && text !== '') all.where((either) => whereTells(db, either, { repository_id, text }));
  const rows = await all.clone().orderBy('id', 'desc').limit(page.limit).offset(page.offset).select(...RUN_COLUMNS);
  return { count: await countRows(all), rows: await withHistory(db, rows) };
}

/** Limits runs to those that tell of a text somewhere. */
function whereTells(db: Db, either: Knex.QueryBuilder, { repository_id, text }: { readonly repository_id: string; readonly text: string }): void {
  const pushes = db('pushes').where({ repository_id }).select('id');
  whereContains(pushes, ['tag', 'digest', 'pusher'], text);
  const hops = db('deliveries').whereIn('run_id', db('runs').where({ repository_id }).select('id')).select('run_id');
  whereContains(hops, ['name'], text);
  either.whereIn('push_id', pushes).orWhereIn('id', hops).orWhere((named) => whereContains(named, ['chain_name'], text));
}

/** One run with its whole history. */
export async function findRunHistory(db: Db, repositoryId: string, id: string): Promise<RunHistory | undefined> {
  const rows = await db<RunRow>('runs').where({ repository_id: repositoryId, id }).select(...RUN_COLUMNS);
  return (await withHistory(db, rows))[0];
}

/** These runs with their whole history; those that are gone are left out. */
export async function listRunHistories(db: Db, ids: readonly string[]): Promise<RunHistory[]> {
  return withHistory(db, await db<RunRow>('runs').whereIn('id', [...ids]).select(...RUN_COLUMNS));
}

async function withHistory(db: Db, runs: readonly RunRow[]): Promise<RunHistory[]> {
  const deliveries = await db<DeliveryRow>('deliveries')
    .whereIn('run_id', runs.map(({ id }) => id))
    .orderBy('position')
    .select(...DELIVERY_COLUMNS);
  const ids = deliveries.map(({ id }) => id);
  const attempts = await db<AttemptRow>('attempts').whereIn('delivery_id', ids).orderBy('number').select(...ATTEMPT_COLUMNS);
  const callbacks = await db<CallbackRow>('callbacks').whereIn('delivery_id', ids).select(...CALLBACK_COLUMNS);
  const pushes = await db<PushRow>('pushes').whereIn('id', runs.map(({ push_id }) => push_id)).select(...PUSH_COLUMNS);
  const full = deliveries.map((delivery) => ({
    ...delivery,
    attempts: attempts.filter(({ delivery_id }) => delivery_id === delivery.id),
    callback: callbacks.find(({ delivery_id }) => delivery_id === delivery.id),
  }));
  return runs.map((run) => ({
    ...run,
    push: getPush(pushes, run.push_id),
    deliveries: full.filter(({ run_id }) => run_id === run.id),
  }));
}

function getPush(pushes: readonly PushRow[], id: string): PushRow {
  const push = pushes.find((push) => push.id === id);
  if (!push) throw new Error(`push ${id} is missing although a run refers to it`);
  return push;
}
