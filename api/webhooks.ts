import { ForbiddenAddressError } from '../address.js';
import { formatDuration, parseDuration } from '../config.js';
import type { Chain, WebhookPlan } from '../db/chains.js';
import { newWebhookId, type NewWebhook, type WebhookRow } from '../db/webhooks.js';
import { generateSecret, isSecret } from '../signature.js';
import { presentEndpoint } from './endpoints.js';
import { createInputError, type Fields } from './errors.js';
import type { Hub } from './hub.js';
import type { WebhookInput } from './schemas/chains.js';

const MIN_TIMEOUT = 1000;
const MAX_TIMEOUT = 30 * 86_400_000;

/** Webhooks ready to be written, and the secrets that are shown this once, by webhook id. */
export interface PreparedWebhooks extends WebhookPlan {
  readonly shown: ReadonlyMap<string, string>;
}

/**
 * What a list of webhooks means for a chain: those it has already (by id, or by name and URL) are kept with their
 * secret, the rest are new. A webhook whose URL differs is a new one: a secret never follows to another host.
 * @throws ApiError 400 naming each faulty field, addresses that may not be called included.
 */
export async function prepareWebhooks(hub: Hub, inputs: readonly WebhookInput[], present: readonly WebhookRow[]): Promise<PreparedWebhooks> {
  const faults = await Promise.all(inputs.map((input, index) => findFaults(hub, input, `webhooks[${index}].`)));
  const all = { ...Object.assign({}, ...faults), ...findUnknownIds(inputs, present) } as Fields;
  if (Object.keys(all).length > 0) throw createInputError(all);
  const kept: WebhookRow[] = [];
  const added: NewWebhook[] = [];
  const shown = new Map<string, string>();
  for (const [index, input] of inputs.entries()) {
    const options = { ...readOptions(input), position: index + 1 };
    const known = present.find((row) => isSame(row, input) && !kept.some(({ id }) => id === row.id));
    if (known && input.secret === undefined) {
      kept.push({ ...known, ...options });
      continue;
    }
    const { secret, webhook } = createWebhook(hub, input, options);
    shown.set(webhook.id, secret);
    added.push(webhook);
  }
  return { kept, added, shown };
}

/** A webhook with a secret, its own or a new one, as it lies in the database and as it is shown. */
function createWebhook<T extends object>({ keyring }: Hub, { hook_url, secret = generateSecret() }: WebhookInput, options: T) {
  const id = newWebhookId();
  return { secret, webhook: { ...options, id, hook_url, secret: keyring.seal(secret, id) } };
}

/**
 * A webhook of which only the URL is known: it bears its host's name.
 * @throws ApiError 400 where the address may not be called
 */
export async function prepareHook(hub: Hub, hook_url: string) {
  const input = { name: '', hook_url };
  const faults = await findFaults(hub, input, '');
  if (Object.keys(faults).length > 0) throw createInputError(faults);
  return createWebhook(hub, input, readOptions({ ...input, name: new URL(hook_url).host.slice(0, 100) }));
}

function isSame(row: WebhookRow, input: WebhookInput): boolean {
  return row.hook_url === input.hook_url && (input.id === undefined ? row.name === input.name : row.id === input.id);
}

function readOptions(input: WebhookInput) {
  return {
    name: input.name,
    expect_callback: input.expect_callback ?? null,
    callback_timeout_ms: input.callback_timeout ? parseDuration(input.callback_timeout) : null,
    require_signed_callback: input.require_signed_callback ?? false,
  };
}

async function findFaults({ guard }: Hub, input: WebhookInput, prefix: string): Promise<Fields> {
  const faults: Record<string, string> = {};
  const timeout = input.callback_timeout ? parseDuration(input.callback_timeout) : MIN_TIMEOUT;
  if (timeout < MIN_TIMEOUT || timeout > MAX_TIMEOUT) faults[`${prefix}callback_timeout`] = 'must be from 1s to 30d';
  if (input.secret !== undefined && !isSecret(input.secret)) {
    faults[`${prefix}secret`] = 'must be whsec_ and 24 to 64 bytes in base64';
  }
  try {
    await guard.checkUrl(input.hook_url);
  } catch (error) {
    if (!(error instanceof ForbiddenAddressError)) throw error;
    faults[`${prefix}hook_url`] = `cannot be called: ${error.reason}`;
  }
  return faults;
}

function findUnknownIds(inputs: readonly WebhookInput[], present: readonly WebhookRow[]): Fields {
  const unknown = inputs.flatMap(({ id }, index) =>
    id === undefined || present.some((row) => row.id === id) ? [] : [[`webhooks[${index}].id`, 'is not in this chain']],
  );
  return Object.fromEntries(unknown) as Fields;
}

/** A chain as the API shows it; secrets only those made in this answer. */
export function presentChain(chain: Chain, shown: ReadonlyMap<string, string> = new Map()) {
  return {
    name: chain.name,
    slug: chain.slug,
    // SQLite has no booleans of its own: 0 and 1 are turned here.
    expect_final_callback: Boolean(chain.expect_final_callback ?? chain.webhooks.length > 1),
    active: Boolean(chain.active),
    webhooks: chain.webhooks.map((webhook) => presentWebhook(webhook, shown.get(webhook.id))),
    created: chain.created,
    last_updated: chain.updated,
  };
}

function presentWebhook(webhook: WebhookRow, secret: string | undefined) {
  const { id, position, name, hook_url, expect_callback, callback_timeout_ms, created, updated } = webhook;
  return {
    id,
    position,
    name,
    hook_url,
    expect_callback: expect_callback === null ? null : Boolean(expect_callback),
    callback_timeout: callback_timeout_ms === null ? null : formatDuration(callback_timeout_ms),
    require_signed_callback: Boolean(webhook.require_signed_callback),
    ...(secret === undefined ? {} : { secret }),
    endpoint: presentEndpoint(webhook),
    created,
    last_updated: updated,
  };
}
