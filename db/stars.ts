import type { Db } from './connection.js';
import { nowIso } from './ids.js';
import { lockRepository } from './repositories.js';

/** Whether a user has starred a repository. */
export async function hasStarred(db: Db, repositoryId: string, userId: string): Promise<boolean> {
  return (await db('stars').where({ repository_id: repositoryId, user_id: userId }).first('user_id')) !== undefined;
}

/** Stars a repository, once however often it is asked; false where the repository is gone. */
export async function insertStar(db: Db, repositoryId: string, userId: string): Promise<boolean> {
  return db.transaction(async (db) => {
    if (!(await lockRepository(db, repositoryId))) return false;
    const added = await db('stars')
      .insert({ repository_id: repositoryId, user_id: userId, created: nowIso() })
      .onConflict(['repository_id', 'user_id'])
      .ignore()
      .returning('user_id');
    await db('repositories').where({ id: repositoryId }).increment('star_count', added.length);
    return true;
  });
}

/** Takes a star back, if there is one. */
export async function deleteStar(db: Db, repositoryId: string, userId: string): Promise<void> {
  await db.transaction(async (db) => {
    await lockRepository(db, repositoryId);
    const removed = await db('stars').where({ repository_id: repositoryId, user_id: userId }).delete();
    await db('repositories').where({ id: repositoryId }).decrement('star_count', removed);
  });
}
