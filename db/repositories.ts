import type { Db, Flag } from './connection.js';
import { newId, nowIso } from './ids.js';
import { cancelRuns } from './runs.js';
import type { UserRow } from './users.js';

export interface RepositoryRow {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly description: string;
  readonly full_description: string;
  readonly is_private: Flag;
  readonly is_official: Flag;
  readonly is_automated: Flag;
  readonly star_count: number;
  readonly comment_count: number;
  readonly pull_count: number;
  readonly created: string;
  readonly updated: string;
}

export type NewRepository = Pick<
  RepositoryRow,
  'namespace' | 'name' | 'description' | 'full_description' | 'is_private'
>;
export type RepositoryChange = Partial<Pick<RepositoryRow, 'description' | 'full_description' | 'is_private'>>;

/** What a caller may do with a repository; each level holds the ones before it. */
export const LEVELS = ['none', 'read', 'write', 'admin'] as const;
export type Level = (typeof LEVELS)[number];

const COLUMNS = [
  'id', 'namespace', 'name', 'description', 'full_description', 'is_private', 'is_official', 'is_automated',
  'star_count', 'comment_count', 'pull_count', 'created', 'updated',
] as const;

/** Writes a repository; undefined where the namespace already has one of that name. */
export async function insertRepository(db: Db, repository: NewRepository): Promise<RepositoryRow | undefined> {
  const at = nowIso();
  const [row] = await db<RepositoryRow>('repositories')
    .insert({ ...repository, id: newId('rep'), created: at, updated: at })
    .onConflict(['namespace', 'name'])
    .ignore()
    .returning([...COLUMNS]);
  return row;
}

/** The repository `namespace/name`. */
export async function findRepository(db: Db, namespace: string, name: string): Promise<RepositoryRow | undefined> {
  return db<RepositoryRow>('repositories').where({ namespace, name }).first(...COLUMNS);
}

/** The repository of that id. */
export async function findRepositoryById(db: Db, id: string): Promise<RepositoryRow | undefined> {
  return db<RepositoryRow>('repositories').where({ id }).first(...COLUMNS);
}

/** Changes what is given; undefined where the repository is gone. */
export async function updateRepository(
  db: Db,
  id: string,
  change: RepositoryChange,
): Promise<RepositoryRow | undefined> {
  const [row] = await db<RepositoryRow>('repositories')
    .where({ id })
    .update({ ...change, updated: nowIso() })
    .returning([...COLUMNS]);
  return row;
}

/**
 * Writes the repository's row first in a transaction, so that pushes, changes of its chains and its deletion follow
 * one another. False where it is gone.
 */
export async function lockRepository(db: Db, id: string): Promise<boolean> {
  return (await db('repositories').where({ id }).update({ updated: nowIso() })) > 0;
}

/**
 * Removes a repository with everything under it, after cancelling its open runs: what closes at the same time finds
 * its run taken first, as everywhere. Returns the ids of the runs that were open.
 */
export async function deleteRepository(db: Db, id: string): Promise<string[]> {
  return db.transaction(async (db) => {
    await lockRepository(db, id);
    const canceled = await cancelRuns(db, { repository_id: id });
    await db('repositories').where({ id }).delete();
    return canceled;
  });
}

/** Whether a namespace exists, and the user who owns it. */
export async function findNamespaceOwner(db: Db, name: string): Promise<{ user_id: string | null } | undefined> {
  return db('namespaces').where({ name }).first('user_id') as Promise<{ user_id: string | null } | undefined>;
}

/** What a user (or nobody) may do with a repository, from the rows as they stand now. */
export async function findLevel(db: Db, repository: RepositoryRow, user: UserRow | undefined): Promise<Level> {
  const open: Level = repository.is_private ? 'none' : 'read';
  if (!user) return open;
  if (user.is_admin) return 'admin';
  const owner = await findNamespaceOwner(db, repository.namespace);
  if (owner?.user_id === user.id) return 'admin';
  return (await isCollaborator(db, repository.id, user.id)) ? 'write' : open;
}

async function isCollaborator(db: Db, repositoryId: string, userId: string): Promise<boolean> {
  const where = { repository_id: repositoryId, user_id: userId };
  return (await db('collaborators').where(where).first('user_id')) !== undefined;
}
