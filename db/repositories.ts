import type { Db, Flag } from './connection.js';
import { isDuplicate } from './errors.js';
import { newId, nowIso } from './ids.js';
import { countSlots, lockNamespace, lockSlots, OFFICIAL_NAMESPACE, type PrivateLimits, type Slots } from './namespaces.js';
import { countRows, whereContains, type Page, type PageRequest } from './page.js';
import { cancelRuns } from './runs.js';
import { whereVisible, type Viewer } from './visibility.js';

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
  /** Null: never pushed to. */
  readonly last_pushed: string | null;
}

export type NewRepository = Pick<
  RepositoryRow,
  'namespace' | 'name' | 'description' | 'full_description' | 'is_private'
>;
export type RepositoryChange = Partial<Pick<RepositoryRow, 'description' | 'full_description'>>;

export const REPOSITORY_COLUMNS = [
  'id', 'namespace', 'name', 'description', 'full_description', 'is_private', 'is_official', 'is_automated',
  'star_count', 'comment_count', 'pull_count', 'created', 'updated', 'last_pushed',
] as const;

/** A private repository finds no free slot: how many are used, of how many. */
export class SlotsTakenError extends Error {
  constructor(readonly slots: Slots) {
    super(`${slots.used} of ${slots.limit} private repositories are used`);
    this.name = 'SlotsTakenError';
  }
}

/** The namespace was deleted a moment ago. */
export class NamespaceGoneError extends Error {
  constructor(name: string) {
    super(`the namespace ${name} is gone`);
    this.name = 'NamespaceGoneError';
  }
}

/**
 * Writes a repository; undefined where the namespace already has one of that name.
 * @throws SlotsTakenError where it is private and the namespace has no slot left
 * @throws NamespaceGoneError
 */
export async function insertRepository(db: Db, repository: NewRepository, limits: PrivateLimits): Promise<RepositoryRow | undefined> {
  const at = nowIso();
  return db.transaction(async (db) => {
    const namespace = await lockNamespace(db, repository.namespace);
    if (!namespace) throw new NamespaceGoneError(repository.namespace);
    const slots = repository.is_private ? await countSlots(db, namespace, limits) : undefined;
    const [row] = await db<RepositoryRow>('repositories')
      .insert({ ...repository, id: newId('rep'), created: at, updated: at })
      .onConflict(['namespace', 'name'])
      .ignore()
      .returning([...REPOSITORY_COLUMNS]);
    if (row && slots && slots.used >= slots.limit) throw new SlotsTakenError(slots);
    return row;
  });
}

/**
 * Makes a repository private or public; undefined where it is gone.
 * @throws SlotsTakenError where the namespace has no slot left
 */
export async function setPrivacy(
  db: Db,
  { id, namespace }: Pick<RepositoryRow, 'id' | 'namespace'>,
  is_private: boolean,
  limits: PrivateLimits,
): Promise<RepositoryRow | undefined> {
  return db.transaction(async (db) => {
    const slots = await lockSlots(db, namespace, limits);
    // One that is private already takes no second slot.
    const [changed] = await db<RepositoryRow>('repositories')
      .where({ id, is_private: !is_private })
      .update({ is_private, updated: nowIso() })
      .returning([...REPOSITORY_COLUMNS]);
    if (changed && is_private && slots && slots.used >= slots.limit) throw new SlotsTakenError(slots);
    return changed ?? findRepositoryById(db, id);
  });
}

/**
 * The repository `namespace/name`. A row comes whether there is one or not: reading it would tell what is hidden from
 * what is missing by its time.
 */
export async function findRepository(db: Db, namespace: string, name: string): Promise<RepositoryRow | undefined> {
  const row = await db
    .from(db.raw('(SELECT 1 AS one) AS asked'))
    .leftJoin('repositories', (join) => void join.on('repositories.namespace', db.raw('?', [namespace])).andOn('repositories.name', db.raw('?', [name])))
    .first<RepositoryRow | { readonly id: null }>(...REPOSITORY_COLUMNS.map((column) => `repositories.${column}`));
  return row.id === null ? undefined : row;
}

/** All repositories of a namespace. */
export async function listNamespaceRepositories(db: Db, namespace: string): Promise<RepositoryRow[]> {
  return db<RepositoryRow>('repositories').where({ namespace }).orderBy('id').select(...REPOSITORY_COLUMNS);
}

/** The repository that is pulled by its name alone. */
export async function findOfficialRepository(db: Db, name: string): Promise<RepositoryRow | undefined> {
  return db<RepositoryRow>('repositories').where({ name, is_official: true }).first(...REPOSITORY_COLUMNS);
}

/** The repository `namespace/name`, or the official one of that name: Docker's clients call its namespace `library`. */
export async function findNamedRepository(db: Db, namespace: string, name: string): Promise<RepositoryRow | undefined> {
  const official = namespace === OFFICIAL_NAMESPACE ? await findOfficialRepository(db, name) : undefined;
  return official ?? findRepository(db, namespace, name);
}

/** The repository that is pulled by this name: `namespace/name`, or an official one's name alone. */
export async function findPulledRepository(db: Db, pullName: string): Promise<RepositoryRow | undefined> {
  const [first = '', second, ...more] = pullName.split('/');
  // No name holds one, and PostgreSQL refuses to be asked.
  if (more.length > 0 || pullName.includes('\0')) return undefined;
  return second === undefined ? findOfficialRepository(db, first) : findNamedRepository(db, first, second);
}

/** Makes a repository official or takes that back; `taken` where another is pulled by this name already. */
export async function setOfficial(db: Db, id: string, is_official: boolean): Promise<RepositoryRow | 'taken' | undefined> {
  try {
    const [row] = await db<RepositoryRow>('repositories').where({ id }).update({ is_official, updated: nowIso() }).returning([...REPOSITORY_COLUMNS]);
    return row;
  } catch (error) {
    if (isDuplicate(error)) return 'taken';
    throw error;
  }
}

/** The repository of that id. */
export async function findRepositoryById(db: Db, id: string): Promise<RepositoryRow | undefined> {
  return db<RepositoryRow>('repositories').where({ id }).first(...REPOSITORY_COLUMNS);
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
    .returning([...REPOSITORY_COLUMNS]);
  return row;
}

/**
 * Writes the repository's row first in a transaction, so that pushes, changes of its chains and its deletion follow
 * one another. False where it is gone.
 */
export async function lockRepository(db: Db, id: string): Promise<boolean> {
  return (await db('repositories').where({ id }).update({ id })) > 0;
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

/** What a list of repositories may be limited to and sorted by. */
export interface RepositoryFilter {
  readonly namespace?: string | undefined;
  /** Part of the name. */
  readonly name?: string | undefined;
  readonly starredBy?: string | undefined;
  readonly order: RepositoryOrder;
}

/** Columns to sort by; `-` is descending. Ties are broken by id, so that pages neither repeat nor miss a row. */
const ORDERS = {
  name: ['name', 'asc'],
  '-name': ['name', 'desc'],
  last_updated: ['last_pushed', 'asc'],
  '-last_updated': ['last_pushed', 'desc'],
  pull_count: ['pull_count', 'asc'],
  '-pull_count': ['pull_count', 'desc'],
  star_count: ['star_count', 'asc'],
  '-star_count': ['star_count', 'desc'],
} as const satisfies Record<string, readonly [column: keyof RepositoryRow, direction: 'asc' | 'desc']>;
export type RepositoryOrder = keyof typeof ORDERS;
export const REPOSITORY_ORDERS = Object.keys(ORDERS) as RepositoryOrder[];

/** Repositories that the viewer may see. */
export async function listRepositories(
  db: Db,
  viewer: Viewer,
  { namespace, name, starredBy, order }: RepositoryFilter,
  page: PageRequest,
): Promise<Page<RepositoryRow>> {
  const all = db<RepositoryRow>('repositories');
  whereVisible(all, viewer);
  if (namespace !== undefined) all.where({ namespace });
  if (name !== undefined) whereContains(all, ['repositories.name'], name);
  if (starredBy !== undefined) all.whereIn('id', db('stars').where({ user_id: starredBy }).select('repository_id'));
  const [column, direction] = ORDERS[order];
  // Written out, as both databases read it: what the query builder makes of `nulls` for SQLite forgets the column.
  const query = all.clone().orderByRaw(`?? ${direction} nulls last`, [column]).orderBy('id', direction);
  const rows = await query.limit(page.limit).offset(page.offset).select<RepositoryRow[]>(...REPOSITORY_COLUMNS);
  return { count: await countRows(all), rows };
}
