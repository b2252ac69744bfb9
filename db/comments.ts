import type { Db } from './connection.js';
import { nowIso } from './ids.js';
import { countRows, type Page, type PageRequest } from './page.js';
import { lockRepository } from './repositories.js';

/** A comment that everybody sees who sees its repository. */
export interface CommentRow {
  readonly id: number;
  readonly repository_id: string;
  readonly user_id: string;
  /** The author's name. */
  readonly user: string;
  readonly comment: string;
  readonly created: string;
  readonly updated: string;
}

/** What names a comment: its id counts only within its repository. */
export type CommentKey = Pick<CommentRow, 'id' | 'repository_id'>;

const COLUMNS = {
  id: 'comments.id',
  repository_id: 'comments.repository_id',
  user_id: 'comments.user_id',
  user: 'users.username',
  comment: 'comments.comment',
  created: 'comments.created',
  updated: 'comments.updated',
} as const;

/** Hidden comments are in no answer of this file. */
function queryComments(db: Db, repositoryId: string) {
  return db('comments')
    .join('users', 'users.id', 'comments.user_id')
    .where({ 'comments.repository_id': repositoryId, 'comments.is_hidden': false });
}

/** Comments on a repository, newest first. */
export async function listComments(db: Db, repositoryId: string, page: PageRequest): Promise<Page<CommentRow>> {
  const all = queryComments(db, repositoryId);
  const rows = await all.clone().orderBy('comments.id', 'desc').limit(page.limit).offset(page.offset).select(COLUMNS);
  return { count: await countRows(all), rows: rows as CommentRow[] };
}

/** One comment. */
export async function findComment(db: Db, { id, repository_id }: CommentKey): Promise<CommentRow | undefined> {
  return queryComments(db, repository_id).where({ 'comments.id': id }).first(COLUMNS) as Promise<CommentRow | undefined>;
}

/** Writes a comment; undefined where the repository is gone. */
export async function insertComment(db: Db, repositoryId: string, { user_id, comment }: Pick<CommentRow, 'user_id' | 'comment'>): Promise<CommentRow | undefined> {
  const at = nowIso();
  return db.transaction(async (db) => {
    if (!(await lockRepository(db, repositoryId))) return undefined;
    const [row] = await db('comments')
      .insert({ repository_id: repositoryId, user_id, comment, is_hidden: false, created: at, updated: at })
      .returning<{ id: number }[]>('id');
    await db('repositories').where({ id: repositoryId }).increment('comment_count', 1);
    return row && findComment(db, { id: row.id, repository_id: repositoryId });
  });
}

/** Changes the text of a comment; undefined where it is gone. */
export async function updateComment(db: Db, key: CommentKey, comment: string): Promise<CommentRow | undefined> {
  const { id, repository_id } = key;
  const changed = await db('comments').where({ id, repository_id, is_hidden: false }).update({ comment, updated: nowIso() });
  return changed > 0 ? findComment(db, key) : undefined;
}

/** Removes a comment with its reports; false where it is gone. A hidden one stays, as evidence. */
export async function deleteComment(db: Db, { id, repository_id }: CommentKey): Promise<boolean> {
  return db.transaction(async (db) => {
    await lockRepository(db, repository_id);
    const removed = await db('comments').where({ id, repository_id, is_hidden: false }).delete();
    await db('repositories').where({ id: repository_id }).decrement('comment_count', removed);
    return removed > 0;
  });
}

/** Takes a comment from everybody's sight. Belongs into a transaction that has locked the repository. */
export async function hideComment(db: Db, { id, repository_id }: CommentKey): Promise<void> {
  const hidden = await db('comments').where({ id, repository_id, is_hidden: false }).update({ is_hidden: true });
  await db('repositories').where({ id: repository_id }).decrement('comment_count', hidden);
}
