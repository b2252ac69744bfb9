import type { WebhookPayload } from '../api/schemas/payload.js';
import type { PushRow } from '../db/pushes.js';
import type { RepositoryRow } from '../db/repositories.js';

/** The webhook's body as Docker Hub writes it; every date an integer of seconds, because receivers decode strictly. */
export function buildPayload(push: PushRow, repository: RepositoryRow, callbackUrl: string, hubUrl: string): WebhookPayload {
  const { namespace, name } = repository;
  return {
    callback_url: callbackUrl,
    push_data: {
      images: JSON.parse(push.images) as string[],
      pushed_at: toSeconds(push.pushed_at),
      pusher: push.pusher,
      tag: push.tag,
      digest: push.digest,
      media_type: push.media_type,
      full_size: push.size,
    },
    repository: {
      comment_count: repository.comment_count,
      date_created: toSeconds(repository.created),
      description: repository.description,
      // Of automated builds only, and those build elsewhere; receivers expect the field.
      dockerfile: '',
      full_description: repository.full_description,
      is_official: Boolean(repository.is_official),
      is_private: Boolean(repository.is_private),
      is_trusted: Boolean(repository.is_automated),
      name,
      namespace,
      owner: namespace,
      repo_name: `${namespace}/${name}`,
      repo_url: `${hubUrl}/u/${namespace}/${name}/`,
      star_count: repository.star_count,
      status: 'Active',
    },
    ...(push.is_test ? { test: true as const } : {}),
  };
}

function toSeconds(iso: string): number {
  return Math.floor(Date.parse(iso) / 1000);
}
