import type { Db } from './connection.js';
import { nowIso } from './ids.js';
import { lockOrganization } from './organizations.js';
import { countRows } from './page.js';

/** What a member is in an organization. An owner is in the team of owners; an editor administers its repositories. */
export const ROLES = ['owner', 'editor', 'member'] as const;
export type Role = (typeof ROLES)[number];

/** Somebody must own the organization. */
export class LastOwnerError extends Error {
  constructor() {
    super('an organization keeps at least one owner');
    this.name = 'LastOwnerError';
  }
}

/**
 * Makes a user a member, whose invitation is void then; once more changes nothing. To be called inside a transaction
 * that holds the organization's lock.
 */
export async function addMember(db: Db, organizationId: string, userId: string): Promise<void> {
  await db('organization_members')
    .insert({ organization_id: organizationId, user_id: userId, is_editor: false, created: nowIso() })
    .onConflict(['organization_id', 'user_id'])
    .ignore();
  // Accepted later, it would take away what the member has become since.
  await db('invitations').where({ organization_id: organizationId, user_id: userId }).delete();
}

/**
 * Gives a member a role; false where the user is no member.
 * @throws LastOwnerError
 */
export async function setRole(db: Db, organizationId: string, change: { userId: string; role: Role }): Promise<boolean> {
  return db.transaction(async (db) => {
    await lockOrganization(db, organizationId);
    return applyRole(db, organizationId, change);
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
    if (removed === 0) return false;
    const teams = db('teams').where({ organization_id: organizationId }).select('id');
    await db('team_members').where({ user_id: userId }).whereIn('team_id', teams).delete();
    await requireOwner(db, await getOwnersTeam(db, organizationId));
    return true;
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
