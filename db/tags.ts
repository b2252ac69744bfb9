import type { Db } from './connection.js';
import { countRows, whereContains, type Page, type PageRequest } from './page.js';
import { lockRepository } from './repositories.js';

/** A tag with what its last push said of it. */
export interface TagRow {
  readonly name: string;
  readonly digest: string | null;
  readonly push_id: string;
  readonly updated: string;
  readonly media_type: string | null;
  /** Bytes. */
  readonly size: number | null;
  /** JSON array of platform images. */
  readonly platforms: string;
  readonly pusher: string;
  readonly pushed_at: string;
}

/** How a list of tags may be sorted. Docker Hub turns it round, and clients rely on it: `last_updated` is newest first. */
const ORDERS = {
  last_updated: ['updated', 'desc'],
  '-last_updated': ['updated', 'asc'],
  name: ['name', 'desc'],
  '-name': ['name', 'asc'],
} as const;
export type TagOrder = keyof typeof ORDERS;
export const TAG_ORDERS = Object.keys(ORDERS) as TagOrder[];

function queryTags(db: Db, repositoryId: string) {
  return db('tags').join('pushes', 'pushes.id', 'tags.push_id').where({ 'tags.repository_id': repositoryId });
}

const COLUMNS = [
  'tags.name', 'tags.digest', 'tags.push_id', 'tags.updated', 'pushes.media_type', 'pushes.size', 'pushes.platforms',
  'pushes.pusher', 'pushes.pushed_at',
] as const;

/** Tags of a repository; `name` is a part of the names that are listed. */
export async function listTags(
  db: Db,
  repositoryId: string,
  { name, order }: { name?: string | undefined; order: TagOrder },
  page: PageRequest,
): Promise<Page<TagRow>> {
  const all = queryTags(db, repositoryId);
  if (name !== undefined) whereContains(all, ['tags.name'], name);
  const [column, direction] = ORDERS[order];
  const query = all.clone().orderBy([{ column: `tags.${column}`, order: direction }, { column: 'tags.name', order: direction }]);
  const rows = await query.limit(page.limit).offset(page.offset).select<TagRow[]>(...COLUMNS);
  return { count: await countRows(all), rows };
}

/** One tag. */
export async function findTag(db: Db, repositoryId: string, name: string): Promise<TagRow | undefined> {
  return queryTags(db, repositoryId).where({ 'tags.name': name }).first(...COLUMNS) as Promise<TagRow | undefined>;
}

/** Removes a tag; the pushes that moved it stay in the history. False where there is none. */
export async function deleteTag(db: Db, repositoryId: string, name: string): Promise<boolean> {
  return db.transaction(async (db) => {
    await lockRepository(db, repositoryId);
    return (await db('tags').where({ repository_id: repositoryId, name }).delete()) > 0;
  });
}

/** Removes all tags of an image; answers their names. */
export async function deleteTagsOf(db: Db, repositoryId: string, digest: string): Promise<string[]> {
  return db.transaction(async (db) => {
    await lockRepository(db, repositoryId);
    const tags = db('tags').where({ repository_id: repositoryId, digest });
    const rows = await tags.clone().orderBy('name').select<{ name: string }[]>('name');
    await tags.delete();
    return rows.map(({ name }) => name);
  });
}

/** What tags of a repository point at: their own digests and those of their images. */
export async function listTagImages(db: Db, repositoryId: string): Promise<{ name: string; digest: string | null; images: readonly string[] }[]> {
  const rows = await queryTags(db, repositoryId).select<{ name: string; digest: string | null; images: string }[]>('tags.name', 'tags.digest', 'pushes.images');
  return rows.map(({ images, ...row }) => ({ ...row, images: JSON.parse(images) as string[] }));
}

interface Sum {
  readonly size: number | null;
}

/** Not in whole numbers: of those SQLite refuses a sum beyond 2^63, and sizes are what clients say. */
const SUM = 'SUM(CAST(?? AS double precision)) AS size';

/** Bytes of all images that tags point at, each counted once however many tags it has. */
export async function measureStorage(db: Db, repositoryId: string): Promise<number> {
  // Without a digest two images cannot be told to be the same.
  const images = queryTags(db, repositoryId).whereNotNull('tags.digest').distinct('tags.digest', 'pushes.size').as('images');
  const nameless = queryTags(db, repositoryId).whereNull('tags.digest').select<Sum[]>(db.raw(SUM, ['pushes.size']));
  const [[named], [rest]] = await Promise.all([db.from(images).select<Sum[]>(db.raw(SUM, ['size'])), nameless]);
  return (named?.size ?? 0) + (rest?.size ?? 0);
}
