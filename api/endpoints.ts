import type { EndpointColumns } from '../db/endpoints.js';
import type { PausedEndpoint } from '../db/holds.js';

/** What is known of the receiver behind a webhook, as the API shows it. */
export function presentEndpoint({ failures, paused_since, paused_until, pause_reason }: EndpointColumns) {
  return { state: paused_until === null ? 'active' : 'paused', reason: pause_reason, paused_since, paused_until, failures };
}

/** A paused endpoint as the administrator sees it: of its URL, which may hold a secret, host and port. */
export function presentPaused(paused: PausedEndpoint, held: number) {
  const { id, name, namespace, repository, slug, hook_url } = paused;
  const where = { namespace, repository, chain: slug, host: new URL(hook_url).host };
  return { webhook: { id, name }, ...where, held, endpoint: presentEndpoint(paused) };
}
