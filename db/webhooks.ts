import { OPEN_DELIVERY_STATES } from '../states.js';
import type { Db, Flag } from './connection.js';
import { ENDPOINT_COLUMNS, type EndpointColumns } from './endpoints.js';
import { newId, nowIso } from './ids.js';
import type { Ask } from './statements.js';

export interface WebhookRow extends EndpointColumns {
  readonly id: string;
  readonly chain_id: string;
  readonly position: number;
  readonly name: string;
  readonly hook_url: string;
  readonly expect_callback: Flag | null;
  readonly callback_timeout_ms: number | null;
  readonly require_signed_callback: Flag;
  /** Sealed under the webhook's id, as are all secrets here. */
  readonly secret: string;
  readonly previous_secret: string | null;
  readonly previous_secret_expires: string | null;
  /** User names; null from before they were kept. */
  readonly creator: string | null;
  readonly last_updater: string | null;
  readonly created: string;
  readonly updated: string;
}

export type NewWebhook = Omit<
  WebhookRow,
  'chain_id' | 'previous_secret' | 'previous_secret_expires' | 'creator' | 'last_updater' | 'created' | 'updated' | keyof EndpointColumns
>;

/** The secrets of one webhook as they lie in the database. */
export type SecretColumns = Pick<WebhookRow, 'id' | 'secret' | 'previous_secret' | 'previous_secret_expires'>;

export const SECRETS = ['id', 'secret', 'previous_secret', 'previous_secret_expires'] as const;
const COLUMNS = [
  ...SECRETS, 'chain_id', 'position', 'name', 'hook_url', 'expect_callback', 'callback_timeout_ms',
  'require_signed_callback', 'creator', 'last_updater', 'created', 'updated', ...ENDPOINT_COLUMNS,
] as const;

/** A new webhook's id: needed before the row is written, because its secret is sealed under it. */
export function newWebhookId(): string {
  return newId('whk');
}

/** Writes webhooks of a chain, made by the user of that name. */
export async function insertWebhooks(db: Db, chainId: string, webhooks: readonly NewWebhook[], by: string | null): Promise<void> {
  if (webhooks.length === 0) return;
  const at = nowIso();
  const made = { chain_id: chainId, creator: by, last_updater: by, created: at, updated: at };
  await db('webhooks').insert(webhooks.map((row) => ({ ...row, ...made })));
}

/** The newest webhooks' secrets, sealed; of those that nobody took out of their chain. */
export async function listSealed(db: Db, limit: number): Promise<Pick<WebhookRow, 'id' | 'secret'>[]> {
  return db<WebhookRow & { removed: string | null }>('webhooks').whereNull('removed').orderBy('id', 'desc').limit(limit).select('id', 'secret');
}

/** Webhooks standing in these chains, in order. */
export async function listWebhooks(db: Db, chainIds: readonly string[]): Promise<WebhookRow[]> {
  return db<WebhookRow>('webhooks')
    .whereIn('chain_id', [...chainIds])
    .whereNull('removed')
    .orderBy(['chain_id', 'position'])
    .select(...COLUMNS);
}

const ACTIVE = `SELECT ${COLUMNS.map((name) => `webhooks.${name}`).join(', ')} FROM chains JOIN webhooks ON webhooks.chain_id = chains.id
  WHERE chains.repository_id = ? AND chains.active = ? AND webhooks.removed IS NULL ORDER BY webhooks.chain_id, webhooks.position`;

/** Webhooks standing in the active chains of a repository, in order, on the connection of a transaction. */
export async function listActiveWebhooks(ask: Ask, repositoryId: string): Promise<WebhookRow[]> {
  return ask<WebhookRow>(ACTIVE, [repositoryId, true]);
}

/** One webhook standing in a chain of this repository. */
export async function findWebhook(db: Db, repositoryId: string, id: string): Promise<WebhookRow | undefined> {
  return db<WebhookRow>('webhooks')
    .whereIn('chain_id', db('chains').where({ repository_id: repositoryId }).select('id'))
    .where({ id })
    .whereNull('removed')
    .first(...COLUMNS);
}

/** The secrets of a webhook, also after it was taken out of its chain. */
export async function findSecrets(db: Db, id: string): Promise<SecretColumns | undefined> {
  return db<WebhookRow>('webhooks').where({ id }).first(...SECRETS);
}

/** Writes position, name and options of a kept webhook; URL and secret stay. */
export async function updateWebhook(db: Db, webhook: WebhookRow, by: string | null): Promise<void> {
  const { position, name, expect_callback, callback_timeout_ms, require_signed_callback } = webhook;
  const options = { expect_callback, callback_timeout_ms, require_signed_callback };
  await db('webhooks').where({ id: webhook.id }).update({ position, name, ...options, last_updater: by, updated: nowIso() });
}

/** Takes all but the kept webhooks out of a chain. */
export async function removeWebhooks(db: Db, chainId: string, keptIds: readonly string[]): Promise<void> {
  await db('webhooks')
    .where({ chain_id: chainId })
    .whereNotIn('id', [...keptIds])
    .whereNull('removed')
    .update({ removed: nowIso() });
}

/** Makes `secret` the one that signs; the one before stays valid until `previousExpires`. */
export async function replaceSecret(
  db: Db,
  id: string,
  change: { secret: string; previousExpires: string; by: string | null },
): Promise<void> {
  await db('webhooks')
    .where({ id })
    .update({
      previous_secret: db.ref('secret'),
      previous_secret_expires: change.previousExpires,
      secret: change.secret,
      last_updater: change.by,
      updated: nowIso(),
    });
}

/** Deletes removed webhooks, and so their secrets, once no open delivery needs them. Returns how many. */
export async function purgeWebhooks(db: Db): Promise<number> {
  const needed = db('deliveries').whereIn('state', [...OPEN_DELIVERY_STATES]).whereNotNull('webhook_id');
  return db('webhooks').whereNotNull('removed').whereNotIn('id', needed.select('webhook_id')).delete();
}
