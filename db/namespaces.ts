import type { Db } from './connection.js';
import { nowIso } from './ids.js';
import { countRows } from './page.js';

/** The owner's name before the slash: a user's or an organization's. */
export interface NamespaceRow {
  readonly name: string;
  readonly user_id: string | null;
  readonly organization_id: string | null;
  /** Null: the configuration's. */
  readonly private_repo_limit: number | null;
}

/** How many private repositories a namespace may have that has no limit of its own. */
export interface PrivateLimits {
  readonly user: number;
  readonly organization: number;
}

/** Private repositories of a namespace. */
export interface Slots {
  readonly used: number;
  readonly limit: number;
}

const COLUMNS = ['name', 'user_id', 'organization_id', 'private_repo_limit'] as const;

/** What Docker's clients call the namespace of official repositories; nobody's, or its owner would answer in their place. */
export const OFFICIAL_NAMESPACE = 'library';

/** The namespace of that name. */
export async function findNamespace(db: Db, name: string): Promise<NamespaceRow | undefined> {
  return db<NamespaceRow>('namespaces').where({ name }).first(...COLUMNS);
}

/** The namespace of the user or organization of that id. */
export async function findNamespaceOf(db: Db, id: string): Promise<NamespaceRow | undefined> {
  return db<NamespaceRow>('namespaces').where({ user_id: id }).orWhere({ organization_id: id }).first(...COLUMNS);
}

/** When the user or the organization of a namespace came to be; the name may have been another's before. */
export async function findFounding(db: Db, { user_id, organization_id }: NamespaceRow): Promise<string> {
  const row = await db(user_id === null ? 'organizations' : 'users')
    .where({ id: user_id ?? organization_id })
    .first<{ created: string } | undefined>('created');
  return row?.created ?? nowIso();
}

/** Takes a name for a user or an organization; false where somebody has it. Whose it is, is written right after. */
export async function takeName(db: Db, name: string): Promise<boolean> {
  if (name === OFFICIAL_NAMESPACE) return false;
  const taken = await db('namespaces').insert({ name }).onConflict('name').ignore().returning('name');
  return taken.length > 0;
}

/** Sets a namespace's own limit of private repositories; null is the configuration's. */
export async function setPrivateLimit(db: Db, name: string, limit: number | null): Promise<void> {
  await db<NamespaceRow>('namespaces').where({ name }).update({ private_repo_limit: limit });
}

/** Private repositories of a namespace now, and how many it may have. */
export async function countSlots(db: Db, namespace: NamespaceRow, defaults: PrivateLimits): Promise<Slots> {
  const used = await countRows(db('repositories').where({ namespace: namespace.name, is_private: true }));
  const fallback = namespace.organization_id === null ? defaults.user : defaults.organization;
  return { used, limit: namespace.private_repo_limit ?? fallback };
}

/**
 * Writes the namespace's row first in a transaction, so that two who take the last slot follow one another, and
 * nothing is put into what is being deleted. Undefined where the namespace is gone.
 */
export async function lockNamespace(db: Db, name: string): Promise<NamespaceRow | undefined> {
  const [row] = await db<NamespaceRow>('namespaces').where({ name }).update({ name }).returning([...COLUMNS]);
  return row;
}

/** Private repositories of a namespace, locked first. Undefined where it is gone. */
export async function lockSlots(db: Db, name: string, defaults: PrivateLimits): Promise<Slots | undefined> {
  const row = await lockNamespace(db, name);
  return row && countSlots(db, row, defaults);
}

/** Whether a user owns the namespace: it is their own, or they are in its organization's team of owners. */
export async function isNamespaceOwner(db: Db, namespace: NamespaceRow, userId: string): Promise<boolean> {
  if (namespace.organization_id === null) return namespace.user_id === userId;
  return isOrganizationOwner(db, namespace.organization_id, userId);
}

/** Whether a user is in the team of owners of an organization. */
export async function isOrganizationOwner(db: Db, organizationId: string, userId: string): Promise<boolean> {
  const found = await db('teams')
    .join('team_members', 'team_members.team_id', 'teams.id')
    .where({ organization_id: organizationId, is_owners: true, user_id: userId })
    .first<{ id: string } | undefined>('teams.id');
  return found !== undefined;
}
