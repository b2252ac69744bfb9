import type { Chain, Webhook } from './types';

/** What a webhook says of something that the chain decides otherwise. */
export type Tri = '' | 'yes' | 'no';

/** A webhook while it is being edited. */
export interface WebhookDraft {
  /** Stays with it wherever it is moved. */
  readonly key: string;
  readonly id?: string;
  readonly name: string;
  readonly hook_url: string;
  readonly expect_callback: Tri;
  readonly callback_timeout: string;
  readonly require_signed_callback: boolean;
  readonly secret: string;
}

/** A chain while it is being edited. */
export interface ChainDraft {
  readonly name: string;
  readonly active: boolean;
  readonly expect_final_callback: Tri;
  readonly webhooks: readonly WebhookDraft[];
}

let last = 0;

/** A webhook that nobody has filled in. */
export function makeWebhook(hook_url = '', name = ''): WebhookDraft {
  return { key: `new-${++last}`, name, hook_url, expect_callback: '', callback_timeout: '', require_signed_callback: false, secret: '' };
}

function toTri(value: boolean | null): Tri {
  return value === null ? '' : value ? 'yes' : 'no';
}

function fromTri(value: Tri): boolean | null {
  return value === '' ? null : value === 'yes';
}

function openWebhook({ id, name, hook_url, expect_callback, callback_timeout, require_signed_callback }: Webhook): WebhookDraft {
  return { key: id, id, name, hook_url, expect_callback: toTri(expect_callback), callback_timeout: callback_timeout ?? '', require_signed_callback, secret: '' };
}

/** A chain as it is, to be edited; without one, the beginning of a new one. */
export function openDraft(chain?: Chain): ChainDraft {
  if (!chain) return { name: '', active: true, expect_final_callback: '', webhooks: [makeWebhook()] };
  const { name, active, expect_final_callback, webhooks } = chain;
  return { name, active, expect_final_callback: toTri(expect_final_callback), webhooks: webhooks.map(openWebhook) };
}

/** As the API takes it. What is left empty is the hub's to decide. */
export function closeDraft({ name, active, expect_final_callback, webhooks }: ChainDraft): object {
  return { name, active, expect_final_callback: fromTri(expect_final_callback), webhooks: webhooks.map(closeWebhook) };
}

function closeWebhook({ id, name, hook_url, expect_callback, callback_timeout, require_signed_callback, secret }: WebhookDraft): object {
  return {
    ...(id === undefined ? {} : { id }), name, hook_url, require_signed_callback,
    expect_callback: fromTri(expect_callback), callback_timeout: callback_timeout === '' ? null : callback_timeout,
    ...(secret === '' ? {} : { secret }),
  };
}

/** The same list with one moved from a place to another; places beyond the ends change nothing. */
export function move<T>(items: readonly T[], from: number, to: number): readonly T[] {
  const item = items[from];
  if (item === undefined || to < 0 || to >= items.length) return items;
  const rest = items.filter((_, index) => index !== from);
  return [...rest.slice(0, to), item, ...rest.slice(to)];
}
