import type { Db, Flag } from './connection.js';
import { nowIso } from './ids.js';
import { lockOrganization } from './organizations.js';
import { countRows, type Page, type PageRequest } from './page.js';

/** What a member is in an organization. An owner is in the team of owners; an editor administers its repositories. */
export const ROLES = ['owner', 'editor', 'member'] as const;
export type Role = (typeof ROLES)[number];

export interface MemberRow {
  readonly id: string;
  readonly username: string;
  readonly full_name: string;
  readonly email: string;
  readonly company: string;
  readonly created: string;
  readonly is_editor: Flag;
  /** Names of the member's teams in this organization. */
  readonly teams: readonly string[];
}

/** Somebody must own the organization. */
export class LastOwnerError extends Error {
  constructor() {
    super('an organization keeps at least one owner');
    this.name = 'LastOwnerError';
  }
}

const COLUMNS = ['id', 'username', 'full_name', 'email', 'company'] as const;

/** Whether a user belongs to an organization. */
export async function isMember(db: Db, organizationId: string, userId: string): Promise<boolean> {
  const where = { organization_id: organizationId, user_id: userId };
  return (await db('organization_members').where(where).first('user_id')) !== undefined;
}

function queryMembers(db: Db, organizationId: string) {
  return db('organization_members').join('users', 'users.id', 'organization_members.user_id').where({ organization_id: organizationId });
}

/** Members of an organization by name, with their teams; three queries whatever their number. */
export async function listMembers(db: Db, organizationId: string, page: PageRequest): Promise<Page<MemberRow>> {
  const all = queryMembers(db, organizationId);
  const rows = await all.clone().orderBy('username').limit(page.limit).offset(page.offset)
    .select<Omit<MemberRow, 'teams'>[]>(...COLUMNS.map((name) => `users.${name}`), 'users.created', 'is_editor');
  return { count: await countRows(all), rows: await addTeams(db, organizationId, rows) };
}

/** One member of an organization. */
export async function findMember(db: Db, organizationId: string, userId: string): Promise<MemberRow | undefined> {
  const rows = await queryMembers(db, organizationId).where({ user_id: userId })
    .select<Omit<MemberRow, 'teams'>[]>(...COLUMNS.map((name) => `users.${name}`), 'users.created', 'is_editor');
  return (await addTeams(db, organizationId, rows))[0];
}

async function addTeams(db: Db, organizationId: string, rows: readonly Omit<MemberRow, 'teams'>[]): Promise<MemberRow[]> {
  const teams = await db('teams')
    .join('team_members', 'team_members.team_id', 'teams.id')
    .where({ organization_id: organizationId })
    .whereIn('user_id', rows.map(({ id }) => id))
    .orderBy('name')
    .select<{ user_id: string; name: string }[]>('user_id', 'name');
  return rows.map((row) => ({ ...row, teams: teams.filter(({ user_id }) => user_id === row.id).map(({ name }) => name) }));
}

/** Makes a user a member; once more changes nothing. To be called inside a transaction. */
export async function addMember(db: Db, organizationId: string, userId: string): Promise<void> {
  await db('organization_members')
    .insert({ organization_id: organizationId, user_id: userId, is_editor: false, created: nowIso() })
    .onConflict(['organization_id', 'user_id'])
    .ignore();
}

/**
 * Gives a member a role; false where the user is no member.
 * @throws LastOwnerError
 */
export async function setRole(db: Db, organizationId: string, userId: string, role: Role): Promise<boolean> {
  return db.transaction(async (db) => {
    await lockOrganization(db, organizationId);
    return applyRole(db, organizationId, { userId, role });
  });
}

/** The same inside a transaction that holds the organization's lock. */
export async function applyRole(db: Db, organizationId: string, { userId, role }: { userId: string; role: Role }): Promise<boolean> {
  const where = { organization_id: organizationId, user_id: userId };
  const changed = await db('organization_members').where(where).update({ is_editor: role === 'editor' });
  if (changed === 0) return false;
  const team_id = await getOwnersTeam(db, organizationId);
  const membership = { team_id, user_id: userId };
  if (role === 'owner') await db('team_members').insert({ ...membership, created: nowIso() }).onConflict(['team_id', 'user_id']).ignore();
  else await db('team_members').where(membership).delete();
  await requireOwner(db, team_id);
  return true;
}

/**
 * Removes a user from an organization and all its teams; false where the user is no member.
 * @throws LastOwnerError
 */
export async function removeMember(db: Db, organizationId: string, userId: string): Promise<boolean> {
  return db.transaction(async (db) => {
    await lockOrganization(db, organizationId);
    const removed = await db('organization_members').where({ organization_id: organizationId, user_id: userId }).delete();
    const teams = db('teams').where({ organization_id: organizationId }).select('id');
    await db('team_members').where({ user_id: userId }).whereIn('team_id', teams).delete();
    await requireOwner(db, await getOwnersTeam(db, organizationId));
    return removed > 0;
  });
}

async function getOwnersTeam(db: Db, organizationId: string): Promise<number> {
  const team = await db('teams').where({ organization_id: organizationId, is_owners: true }).first<{ id: number } | undefined>('id');
  if (!team) throw new Error(`organization ${organizationId} has no team of owners`);
  return team.id;
}

/** @throws LastOwnerError, which undoes the transaction, where the team of owners is empty now */
export async function requireOwner(db: Db, ownersTeamId: number): Promise<void> {
  if ((await countRows(db('team_members').where({ team_id: ownersTeamId }))) === 0) throw new LastOwnerError();
}
