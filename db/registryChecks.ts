import type { Db } from './connection.js';
import { newUuid, nowIso } from './ids.js';
import type { PushRow } from './pushes.js';
import { lockRepository } from './repositories.js';

/** A tag whose digest, and perhaps a push whose platforms and size, are to be read from the registry. */
export interface CheckRow {
  readonly id: string;
  readonly repository_id: string;
  readonly tag: string;
  readonly push_id: string | null;
  readonly tries: number;
}

/** A tag as it stands here. */
export interface KnownTag {
  readonly digest: string | null;
  readonly push_id: string;
  readonly source: PushRow['source'];
}

const COLUMNS = ['id', 'repository_id', 'tag', 'push_id', 'tries'] as const;

/** Asks for a look at a tag. */
export async function insertCheck(db: Db, check: Omit<CheckRow, 'id' | 'tries'>): Promise<void> {
  await db('registry_checks').insert({ ...check, id: newUuid(), due: nowIso(), tries: 0 });
}

/** Takes checks that are due until `lease`, after which others may: whoever took them may have ended. */
export async function claimChecks(db: Db, { lease, limit }: { lease: string; limit: number }): Promise<CheckRow[]> {
  const due = db('registry_checks').where('due', '<=', nowIso()).orderBy('due').limit(limit).select('id');
  const ids = (await due.clone()) as { id: string }[];
  if (ids.length === 0) return [];
  return db<CheckRow & { due: string }>('registry_checks')
    .whereIn('id', ids.map(({ id }) => id))
    .where('due', '<=', nowIso())
    .update({ due: lease })
    .returning([...COLUMNS]);
}

/** Ends a check. */
export async function deleteCheck(db: Db, id: string): Promise<void> {
  await db('registry_checks').where({ id }).delete();
}

/** Leaves a check for later. */
export async function postponeCheck(db: Db, { id, tries }: Pick<CheckRow, 'id' | 'tries'>, due: string): Promise<void> {
  await db('registry_checks').where({ id }).update({ due, tries: tries + 1 });
}

/** Whether a tag is to be looked at anyway. */
export async function hasCheck(db: Db, repository_id: string, tag: string): Promise<boolean> {
  return (await db('registry_checks').where({ repository_id, tag }).first<{ id: string } | undefined>('id')) !== undefined;
}

/** A tag as it stands here. */
export async function findKnownTag(db: Db, repositoryId: string, name: string): Promise<KnownTag | undefined> {
  return queryTags(db, repositoryId).where({ name }).first<KnownTag | undefined>('tags.digest', 'push_id', 'source');
}

/** All tags of a repository, by name. */
export async function listKnownTags(db: Db, repositoryId: string): Promise<ReadonlyMap<string, KnownTag>> {
  const rows = await queryTags(db, repositoryId).select<(KnownTag & { name: string })[]>('tags.name', 'tags.digest', 'push_id', 'source');
  return new Map(rows.map(({ name, ...tag }) => [name, tag]));
}

function queryTags(db: Db, repositoryId: string) {
  return db('tags').join('pushes', 'pushes.id', 'tags.push_id').where({ 'tags.repository_id': repositoryId });
}

/** What the registry answered about a tag, and how the tag stood here before it was asked. */
export interface TagTruth {
  readonly repository_id: string;
  readonly tag: string;
  /** Undefined: there is no such tag. */
  readonly digest: string | undefined;
  readonly seen: KnownTag | undefined;
}

/**
 * Makes a tag point where the registry says. `changed`: it was moved since it was seen, so that the answer may be an old
 * one. `unknown`: no push of this digest is recorded, so nobody has told of it yet. A tag that the registry never had
 * stays: a request to the API made it.
 */
export async function settleTag(db: Db, { repository_id, tag, digest, seen }: TagTruth): Promise<'settled' | 'changed' | 'unknown'> {
  return db.transaction(async (db) => {
    await lockRepository(db, repository_id);
    const current = await findKnownTag(db, repository_id, tag);
    if (current?.push_id !== seen?.push_id) return 'changed';
    if (current?.digest === digest || (digest === undefined && current?.source === 'api')) return 'settled';
    if (digest === undefined) {
      await db('tags').where({ repository_id, name: tag }).delete();
      return 'settled';
    }
    const push = await db<PushRow>('pushes').where({ repository_id, tag, digest }).orderBy('id', 'desc').first('id', 'pushed_at');
    if (!push) return 'unknown';
    const place = { digest, push_id: push.id, updated: push.pushed_at };
    await db('tags').insert({ repository_id, name: tag, ...place }).onConflict(['repository_id', 'name']).merge(place);
    return 'settled';
  });
}
