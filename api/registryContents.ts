import pLimit from 'p-limit';
import { listPushedDigests } from '../db/pushes.js';
import type { RepositoryRow } from '../db/repositories.js';
import { listTagImages } from '../db/tags.js';
import { RegistryAwayError, type RegistryClient } from '../registry/client.js';
import { ApiError } from './errors.js';
import type { Call } from './route.js';

/**
 * What is deleted here is deleted in the registry first: while it is away nothing is, since who was told that an image
 * is gone must not be able to pull it. Where the rows stay behind afterwards, the registry's notification removes them.
 * Without a registry nothing happens.
 */

type Place = Pick<RepositoryRow, 'id' | 'namespace' | 'name'>;

const AT_ONCE = 4;

/** Deletes a tag; false where the registry has none of that name. @throws ApiError 409, 503 */
export async function deleteRegistryTag({ db, hub }: Pick<Call, 'db' | 'hub'>, repository: Place, tag: string): Promise<boolean> {
  // Nothing else is a tag, and whatever else stood here would lead elsewhere.
  if (!hub.registry || !/^\w[\w.-]{0,127}$/.test(tag)) return false;
  const client = hub.registry;
  const name = formatName(repository);
  return unlessAway(async () => {
    const digest = await client.findDigest(name, tag);
    if (digest === undefined) return false;
    const outcome = await client.deleteManifest(name, tag);
    if (outcome !== 'refused') return outcome === 'deleted';
    const others = await listOthers({ db, client }, repository, { tag, digest });
    if (others.length === 0) return deleteDigest(client, name, digest);
    throw new ApiError('registry_refused', `This registry deletes whole images only, and ${others.join(', ')} would go with ${tag}: delete the image by its digest, ${digest}, or push another one to ${tag}`);
  });
}

/** Deletes a manifest and all its tags; false where the registry has none. @throws ApiError 409, 503 */
export async function deleteRegistryManifest({ hub }: Pick<Call, 'hub'>, repository: Place, digest: string): Promise<boolean> {
  const { registry } = hub;
  if (!registry) return false;
  return unlessAway(() => deleteDigest(registry, formatName(repository), digest));
}

/** Deletes everything that is known to be in a repository. @throws ApiError 409, 503: what is left can be deleted again */
export async function emptyRegistryRepository({ db, hub }: Pick<Call, 'db' | 'hub'>, repository: Place): Promise<void> {
  const { registry } = hub;
  if (!registry) return;
  const name = formatName(repository);
  await unlessAway(async () => {
    const tags = (await registry.listTags(name)) ?? [];
    const tagged = await atOnce(tags, (tag) => registry.findDigest(name, tag));
    const digests = new Set([...tagged.filter((digest) => digest !== undefined), ...(await listPushedDigests(db, repository.id))]);
    await atOnce([...digests], (digest) => deleteDigest(registry, name, digest));
  });
}

function formatName({ namespace, name }: Place): string {
  return `${namespace}/${name}`;
}

async function deleteDigest(client: RegistryClient, name: string, digest: string): Promise<boolean> {
  const outcome = await client.deleteManifest(name, digest);
  if (outcome === 'refused') throw new ApiError('registry_refused', 'Deletion is switched off in the registry, or it does not know this kind of digest');
  return outcome === 'deleted';
}

/** Tags that would go with an image: those that point at it, and those whose index holds it. */
async function listOthers({ db, client }: { db: Call['db']; client: RegistryClient }, { id, ...place }: Place, { tag, digest }: { tag: string; digest: string }): Promise<string[]> {
  const name = formatName({ id, ...place });
  const tags = ((await client.listTags(name)) ?? []).filter((other) => other !== tag);
  const same = await atOnce(tags, async (other) => ((await client.findDigest(name, other)) === digest ? [other] : []));
  const holding = (await listTagImages(db, id)).filter((other) => other.name !== tag && other.digest !== digest && other.images.includes(digest));
  return [...new Set([...same.flat(), ...holding.map((other) => other.name)])].sort();
}

async function atOnce<T, R>(items: readonly T[], action: (item: T) => Promise<R>): Promise<R[]> {
  const limit = pLimit(AT_ONCE);
  return Promise.all(items.map((item) => limit(() => action(item))));
}

async function unlessAway<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof RegistryAwayError) throw new ApiError('registry_unavailable');
    throw error;
  }
}
