import type { BuildRow } from '../db/builds.js';
import type { SourceRow } from '../db/sources.js';
import type { Hub } from './hub.js';
import { formatSourceUrl } from './repositories.js';

/** The link to a source as the API shows it; the secret only where it was just made. */
export function presentSource({ config }: Pick<Hub, 'config'>, row: SourceRow, secret?: string) {
  const { id, provider, source, dockerfile, previous_secret_expires, created, updated } = row;
  return {
    provider,
    source,
    source_url: formatSourceUrl(row),
    dockerfile,
    webhook_url: `${config.publicUrl}/v2/sources/${id}/hook/`,
    ...(secret === undefined ? {} : { secret }),
    previous_secret_expires,
    created,
    last_updated: updated,
  };
}

/** A build as the API shows it: the claim is for the claimer alone. */
export function presentBuild(build: BuildRow) {
  const { id, state, provider, source, dockerfile, ref, commit, message, author, created, finished } = build;
  const { claimed_by, claimed, claim_expires, description, target_url } = build;
  const work = { provider, source, source_url: formatSourceUrl(build), dockerfile, ref, commit, message, author };
  return { id, state, ...work, claimed_by, claimed, claim_expires, description, target_url, created, finished };
}

/** What a provider is told of its call. */
export function presentReceipt(detail: string, builds: readonly BuildRow[] = []) {
  return { detail, builds: builds.map(({ id, state, ref, commit }) => ({ id, state, ref, commit })) };
}
