import type { CommentRow } from '../db/comments.js';

/** A comment in Docker Hub's shape. */
export function presentComment({ id, user, comment, created, updated }: Pick<CommentRow, 'id' | 'user' | 'comment' | 'created' | 'updated'>) {
  return { id, user, comment, created_on: created, updated_on: updated };
}
