import type { Db } from './connection.js';
import { nowIso } from './ids.js';
import { countRows, type Page, type PageRequest } from './page.js';
import { lockRepository } from './repositories.js';

/** Usernames of a repository's collaborators, in alphabetical order. */
export async function listCollaborators(db: Db, repositoryId: string, page: PageRequest): Promise<Page<{ user: string }>> {
  const all = () =>
    db('collaborators').join('users', 'users.id', 'collaborators.user_id').where({ repository_id: repositoryId });
  const rows = await all().orderBy('username').limit(page.limit).offset(page.offset).select({ user: 'username' });
  return { count: await countRows(all()), rows: rows as { user: string }[] };
}

/** How many collaborators a repository has. */
export async function countCollaborators(db: Db, repositoryId: string): Promise<number> {
  return countRows(db('collaborators').where({ repository_id: repositoryId }));
}

/** Lets a user push to and pull from a repository; once more changes nothing. False where the repository is gone. */
export async function insertCollaborator(db: Db, repositoryId: string, userId: string): Promise<boolean> {
  return db.transaction(async (db) => {
    if (!(await lockRepository(db, repositoryId))) return false;
    await db('collaborators')
      .insert({ repository_id: repositoryId, user_id: userId, created: nowIso() })
      .onConflict(['repository_id', 'user_id'])
      .ignore();
    return true;
  });
}

/** Takes that right away; false where the user had none. */
export async function deleteCollaborator(db: Db, repositoryId: string, userId: string): Promise<boolean> {
  return (await db('collaborators').where({ repository_id: repositoryId, user_id: userId }).delete()) > 0;
}
