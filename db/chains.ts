import type { Db, Flag } from './connection.js';
import { newId, nowIso } from './ids.js';
import { countRows, type Page, type PageRequest } from './page.js';
import { lockRepository } from './repositories.js';
import { cancelRuns } from './runs.js';
import type { Ask } from './statements.js';
import { insertWebhooks, listActiveWebhooks, listWebhooks, removeWebhooks, updateWebhook, type NewWebhook, type WebhookRow } from './webhooks.js';

export interface ChainRow {
  readonly id: string;
  readonly repository_id: string;
  readonly slug: string;
  readonly name: string;
  readonly expect_final_callback: Flag | null;
  readonly active: Flag;
  /** User names; null from before they were kept. */
  readonly creator: string | null;
  readonly last_updater: string | null;
  readonly created: string;
  readonly updated: string;
}

/** A chain with its webhooks in order. */
export interface Chain extends ChainRow {
  readonly webhooks: readonly WebhookRow[];
}

export type NewChain = Pick<ChainRow, 'slug' | 'name' | 'expect_final_callback' | 'active' | 'creator'>;

/** What is written of a chain's webhooks: rows to keep (by id, at their new position) and rows to add. */
export interface WebhookPlan {
  readonly kept: readonly WebhookRow[];
  readonly added: readonly NewWebhook[];
}

const COLUMNS = [
  'id', 'repository_id', 'slug', 'name', 'expect_final_callback', 'active', 'creator', 'last_updater', 'created', 'updated',
] as const;

/** Writes a chain, which may have no webhooks yet; `taken` where its slug stands already, `full` where the repository has `limit` chains. */
export async function insertChain(
  db: Db,
  repositoryId: string,
  chain: NewChain & { webhooks: readonly NewWebhook[]; limit: number },
): Promise<Chain | 'taken' | 'full'> {
  const at = nowIso();
  const { webhooks, limit, ...given } = chain;
  const columns = { ...given, last_updater: given.creator };
  return db.transaction(async (db) => {
    // Two creations cannot both count one free place.
    await lockRepository(db, repositoryId);
    const [row] = await db<ChainRow>('chains')
      .insert({ ...columns, id: newId('chn'), repository_id: repositoryId, created: at, updated: at })
      .onConflict(['repository_id', 'slug'])
      .ignore()
      .returning([...COLUMNS]);
    if (!row) return 'taken';
    if ((await countRows(db('chains').where({ repository_id: repositoryId }))) > limit) {
      await db('chains').where({ id: row.id }).delete();
      return 'full';
    }
    await insertWebhooks(db, row.id, webhooks, row.creator);
    return withWebhooks(db, row);
  });
}

async function withWebhooks(db: Db, row: ChainRow): Promise<Chain> {
  return { ...row, webhooks: await listWebhooks(db, [row.id]) };
}

/** The chain of that slug. */
export async function findChain(db: Db, repositoryId: string, slug: string): Promise<Chain | undefined> {
  const row = await db<ChainRow>('chains').where({ repository_id: repositoryId, slug }).first(...COLUMNS);
  return row && withWebhooks(db, row);
}

/** The chain of that id. */
export async function findChainById(db: Db, id: string): Promise<Chain | undefined> {
  const row = await db<ChainRow>('chains').where({ id }).first(...COLUMNS);
  return row && withWebhooks(db, row);
}

/** Chains of a repository in order of creation; two queries whatever their number. */
export async function listChains(
  db: Db,
  filter: { repository_id: string; active?: boolean },
  page?: PageRequest,
): Promise<Page<Chain>> {
  const all = db<ChainRow>('chains').where(filter);
  const query = all.clone().orderBy('id');
  const rows = await (page ? query.limit(page.limit).offset(page.offset) : query).select(...COLUMNS);
  const webhooks = await listWebhooks(db, rows.map(({ id }) => id));
  const chains = rows.map((row) => ({ ...row, webhooks: webhooks.filter(({ chain_id }) => chain_id === row.id) }));
  return { count: page ? await countRows(all) : rows.length, rows: chains };
}

const ACTIVE = `SELECT ${COLUMNS.join(', ')} FROM chains WHERE repository_id = ? AND active = ? ORDER BY id`;

/** The active chains of a repository, in order of creation, on the connection of a transaction. */
export async function listActiveChains(ask: Ask, repositoryId: string): Promise<Chain[]> {
  const rows = await ask<ChainRow>(ACTIVE, [repositoryId, true]);
  if (rows.length === 0) return [];
  const webhooks = await listActiveWebhooks(ask, repositoryId);
  return rows.map((row) => ({ ...row, webhooks: webhooks.filter(({ chain_id }) => chain_id === row.id) }));
}

/**
 * Changes a chain and, where a plan is given, its list of webhooks. Runs already recorded keep their own copy.
 * Undefined where the chain is gone.
 */
export async function updateChain(
  db: Db,
  id: string,
  change: Partial<Pick<ChainRow, 'name' | 'expect_final_callback' | 'active' | 'last_updater'>>,
  plan?: WebhookPlan,
): Promise<Chain | undefined> {
  return db.transaction(async (db) => {
    const [row] = await db<ChainRow>('chains')
      .where({ id })
      .update({ ...change, updated: nowIso() })
      .returning([...COLUMNS]);
    if (!row) return undefined;
    if (plan) await applyPlan(db, row, plan);
    return withWebhooks(db, row);
  });
}

async function applyPlan(db: Db, { id, last_updater }: ChainRow, plan: WebhookPlan): Promise<void> {
  await removeWebhooks(db, id, plan.kept.map((webhook) => webhook.id));
  for (const webhook of plan.kept) await updateWebhook(db, webhook, last_updater);
  await insertWebhooks(db, id, plan.added, last_updater);
}

/**
 * Adds a webhook behind the last one of a chain. `full` where it has `limit` of them, undefined where the chain is
 * gone.
 */
export async function appendWebhook(
  db: Db,
  chainId: string,
  webhook: Omit<NewWebhook, 'position'>,
  { limit, by }: { limit: number; by: string },
): Promise<WebhookRow | 'full' | undefined> {
  return db.transaction(async (db) => {
    // Two additions cannot both take one place.
    if ((await db('chains').where({ id: chainId }).update({ id: chainId })) === 0) return undefined;
    const position = (await listWebhooks(db, [chainId])).length + 1;
    if (position > limit) return 'full';
    await insertWebhooks(db, chainId, [{ ...webhook, position }], by);
    await db('chains').where({ id: chainId }).update({ last_updater: by, updated: nowIso() });
    return (await listWebhooks(db, [chainId])).at(-1);
  });
}

/**
 * Removes a chain with its webhooks, after cancelling its open runs; recorded runs stay in the history. Returns the
 * ids of the runs that were open.
 */
export async function deleteChain(db: Db, { id, repository_id }: Pick<ChainRow, 'id' | 'repository_id'>): Promise<string[]> {
  return db.transaction(async (db) => {
    await lockRepository(db, repository_id);
    const canceled = await cancelRuns(db, { chain_id: id });
    await db('chains').where({ id }).delete();
    return canceled;
  });
}
