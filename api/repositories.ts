import { countCollaborators } from '../db/collaborators.js';
import { findSource } from '../db/sources.js';
import { hasStarred } from '../db/stars.js';
import { measureStorage } from '../db/tags.js';
import { NamespaceGoneError, SlotsTakenError, type RepositoryRow } from '../db/repositories.js';
import { LEVELS } from '../db/visibility.js';
import { ApiError } from './errors.js';
import { findCallerLevel } from './policy.js';
import type { Call } from './route.js';

/** A repository as lists show it. */
export function presentRepositoryItem(repository: RepositoryRow) {
  const { namespace, name, description, star_count, pull_count, created, updated, last_pushed } = repository;
  return {
    user: namespace,
    hub_user: namespace,
    name,
    namespace,
    repo_name: formatPullName(repository),
    description,
    star_count,
    pull_count,
    repository_type: 'image',
    status: 1,
    status_description: 'active',
    is_private: Boolean(repository.is_private),
    is_automated: Boolean(repository.is_automated),
    is_official: Boolean(repository.is_official),
    last_updated: last_pushed,
    last_modified: updated,
    date_registered: created,
    affiliation: null,
    media_types: [],
    content_types: last_pushed === null ? [] : ['image'],
    categories: [],
  };
}

/** A repository as its own page shows it, with what the caller may do there. */
export async function presentRepository({ db, caller }: Pick<Call, 'db' | 'caller'>, repository: RepositoryRow) {
  const level = LEVELS.indexOf(await findCallerLevel({ db }, repository, caller));
  return {
    ...presentRepositoryItem(repository),
    full_description: repository.full_description,
    collaborator_count: await countCollaborators(db, repository.id),
    comment_count: repository.comment_count,
    has_starred: caller ? await hasStarred(db, repository.id, caller.id) : false,
    permissions: { read: level >= 1, write: level >= 2, admin: level >= 3 },
    storage_size: await measureStorage(db, repository.id),
    immutable_tags_settings: { enabled: false, rules: [] },
    source: repository.is_automated ? await findSourceUrl(db, repository.id) : null,
  };
}

async function findSourceUrl(db: Call['db'], id: string): Promise<string | null> {
  const source = await findSource(db, id);
  return source ? formatSourceUrl(source) : null;
}

/** Where a source repository can be looked at. */
export function formatSourceUrl({ provider, source }: { provider: string; source: string }): string {
  return `https://${provider === 'github' ? 'github.com' : 'bitbucket.org'}/${source}`;
}

/** The name an image is pulled by: official repositories have no namespace in it. */
export function formatPullName({ namespace, name, is_official }: Pick<RepositoryRow, 'namespace' | 'name' | 'is_official'>): string {
  return is_official ? name : `${namespace}/${name}`;
}

/** Runs what may find no free slot, and says how many are used where it does, or no namespace. @throws ApiError 403, 404 */
export async function refuseBeyondSlots<T>(namespace: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof NamespaceGoneError) throw new ApiError('not_found', `${namespace} does not exist`);
    if (!(error instanceof SlotsTakenError)) throw error;
    const { used, limit } = error.slots;
    throw new ApiError(
      'slots_taken',
      `${namespace} uses ${used} of ${limit} private repositories: make one public, or ask the administrator for more`,
    );
  }
}
