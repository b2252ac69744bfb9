import type { Db } from './connection.js';
import { nowIso } from './ids.js';
import { findNamespace, isNamespaceOwner, type PrivateLimits } from './namespaces.js';
import { recordPush, type PushRow } from './pushes.js';
import { insertCheck } from './registryChecks.js';
import { findPulledRepository, findRepository, insertRepository, lockRepository, NamespaceGoneError, SlotsTakenError, type RepositoryRow } from './repositories.js';
import type { RunRow } from './runs.js';
import { findUserByName } from './users.js';

/** What a registry says has happened. Ids are its own: it sends an event again, under the same one, until it is answered. */
export interface RegistryEvent {
  readonly id: string;
  /** When it happened, by the registry's clock. */
  readonly at: string;
  /** `namespace/name` */
  readonly repository: string;
  readonly what: RegistryPush | { readonly action: 'pull' } | RegistryDelete;
}

export interface RegistryPush {
  readonly action: 'push';
  readonly tag: string;
  readonly digest: string;
  readonly media_type: string | null;
  readonly images: readonly string[];
  /** Bytes of an image, compressed; null where the event does not tell: of an index it never does. */
  readonly size: number | null;
  /** Empty: the registry does not know who it was. */
  readonly pusher: string;
  /** Signatures and the like: recorded, and nothing runs. */
  readonly isArtifact: boolean;
}

/** Of a tag, or of a manifest with all its tags. */
export interface RegistryDelete {
  readonly action: 'delete';
  readonly tag?: string;
  readonly digest?: string;
}

export interface AcceptOptions {
  readonly defaultTimeoutMs: number;
  readonly privateLimits: PrivateLimits;
  /** Whether a push to a repository that is none here makes it. */
  readonly autoCreate: boolean;
}

/** What came of an event: nothing where it was told before, or names a repository that is none here. */
export type Accepted = { readonly outcome: 'accepted'; readonly runs: readonly RunRow[] } | { readonly outcome: 'repeated' | 'unknown_repository' };

const NOTHING: readonly RunRow[] = [];

/** Takes an event in one transaction; the same event again changes nothing. */
export async function acceptEvent(db: Db, { id, at, repository: name, what }: RegistryEvent, options: AcceptOptions): Promise<Accepted> {
  return db.transaction(async (db) => {
    const taken = await db('registry_events').insert({ id, received: nowIso() }).onConflict('id').ignore().returning('id');
    if (taken.length === 0) return { outcome: 'repeated' };
    const isNew = what.action === 'push' && options.autoCreate;
    const repository = (await findPulledRepository(db, name)) ?? (isNew ? await createRepository(db, { name, pusher: what.pusher }, options) : undefined);
    if (!repository) return { outcome: 'unknown_repository' };
    if (what.action === 'push') return { outcome: 'accepted', runs: await acceptPush(db, repository, { ...what, at }, options) };
    if (what.action === 'pull') await db('repositories').where({ id: repository.id }).increment('pull_count', 1);
    else await acceptDelete(db, repository, what);
    return { outcome: 'accepted', runs: NOTHING };
  });
}

/** Who pushes into a namespace of their own creates a repository. It is private, where the namespace has a slot left for it. */
async function createRepository(db: Db, { name, pusher }: { name: string; pusher: string }, { privateLimits }: AcceptOptions): Promise<RepositoryRow | undefined> {
  const [owner = '', rest] = name.split('/');
  const [namespace, user] = [await findNamespace(db, owner), await findUserByName(db, pusher)];
  if (rest === undefined || !namespace || !user || !(await isNamespaceOwner(db, namespace, user.id))) return undefined;
  // Another push may have made it meanwhile.
  return (await createPrivateRepository(db, owner, rest, privateLimits)) ?? findRepository(db, owner, rest);
}

/** A private repository that nobody described; undefined where there is no slot left for it, or no namespace. */
export async function createPrivateRepository(db: Db, namespace: string, name: string, limits: PrivateLimits): Promise<RepositoryRow | undefined> {
  try {
    return await insertRepository(db, { namespace, name, description: '', full_description: '', is_private: true }, limits);
  } catch (error) {
    if (error instanceof SlotsTakenError || error instanceof NamespaceGoneError) return undefined;
    throw error;
  }
}

/**
 * Records the push, whose runs start at once: all that a webhook is sent stands in the event, but the size of an index.
 * Platforms and that size are read from the registry later, and so is where the tag points now: of pushes at the same time the event that comes
 * last need not be the push that won.
 */
async function acceptPush(db: Db, { id: repository_id }: RepositoryRow, push: RegistryPush & { at: string }, { defaultTimeoutMs }: AcceptOptions): Promise<readonly RunRow[]> {
  const { tag, digest, media_type, size, pusher, isArtifact } = push;
  await lockRepository(db, repository_id);
  if (await wasFound(db, { repository_id, tag, digest }, push.at)) return NOTHING;
  const now = nowIso();
  const pushed_at = push.at < now ? push.at : now;
  const row = {
    repository_id, tag, digest, media_type, size, pusher, pushed_at, images: JSON.stringify(push.images), source: 'registry',
    is_test: false, idempotency_key: null, request_hash: null,
  } as const;
  const receipt = await recordPush(db, row, { defaultTimeoutMs, quiet: isArtifact });
  if (!receipt) return NOTHING;
  await insertCheck(db, { repository_id, tag, push_id: receipt.push.id });
  return receipt.runs;
}

/** Whether the tag was looked at after this push and before its event came: then it is recorded already. */
async function wasFound(db: Db, where: Pick<PushRow, 'repository_id' | 'tag' | 'digest'>, at: string): Promise<boolean> {
  const found = await db<PushRow>('pushes').where({ ...where, source: 'reconcile' }).where('pushed_at', '>=', at).first('id');
  return found !== undefined;
}

/** What was deleted may have been pushed again since: the registry is asked. */
async function acceptDelete(db: Db, { id: repository_id }: RepositoryRow, { tag, digest }: RegistryDelete): Promise<void> {
  if (tag !== undefined) return insertCheck(db, { repository_id, tag, push_id: null });
  if (digest === undefined) return;
  const tags = await db('tags').where({ repository_id, digest }).select<{ name: string }[]>('name');
  for (const { name } of tags) await insertCheck(db, { repository_id, tag: name, push_id: null });
}

/** Which of these events were taken before. */
export async function findTakenEvents(db: Db, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db('registry_events').whereIn('id', [...ids]).select<{ id: string }[]>('id');
  return new Set(rows.map(({ id }) => id));
}

/** Forgets events taken before `cutoff`. */
export async function pruneEvents(db: Db, cutoff: string): Promise<void> {
  await db('registry_events').where('received', '<', cutoff).delete();
  await db('registry_instances').where('seen', '<', cutoff).delete();
}
