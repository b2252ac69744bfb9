import type { Db } from './connection.js';
import { newId, nowIso } from './ids.js';
import { addMember, applyRole, isMember, type Role } from './members.js';
import { lockOrganization } from './organizations.js';
import { countRows, type Page, type PageRequest } from './page.js';

export interface InvitationRow {
  readonly id: string;
  readonly organization_id: string;
  readonly organization: string;
  readonly team_id: number | null;
  readonly team: string | null;
  readonly user_id: string;
  readonly invitee: string;
  readonly role: Role;
  readonly inviter: string;
  readonly created: string;
}

export type NewInvitation = Pick<InvitationRow, 'organization_id' | 'team_id' | 'user_id' | 'role' | 'inviter'>;

function queryInvitations(db: Db) {
  return db('invitations')
    .join('organizations', 'organizations.id', 'invitations.organization_id')
    .join('users', 'users.id', 'invitations.user_id')
    .leftJoin('teams', 'teams.id', 'invitations.team_id');
}

const COLUMNS = {
  id: 'invitations.id', organization_id: 'invitations.organization_id', organization: 'organizations.name',
  team_id: 'invitations.team_id', team: 'teams.name', user_id: 'invitations.user_id', invitee: 'users.username',
  role: 'invitations.role', inviter: 'invitations.inviter', created: 'invitations.created',
};

/** Invites a user; says why not where the user is a member or invited already. */
export async function insertInvitation(db: Db, invitation: NewInvitation): Promise<{ id: string } | 'member' | 'invited'> {
  const id = newId('inv');
  return db.transaction(async (db) => {
    await lockOrganization(db, invitation.organization_id);
    if (await isMember(db, invitation.organization_id, invitation.user_id)) return 'member';
    const [row] = await db('invitations')
      .insert({ ...invitation, id, created: nowIso() })
      .onConflict(['organization_id', 'user_id'])
      .ignore()
      .returning<{ id: string }[]>('id');
    return row ?? 'invited';
  });
}

/** Invitations of an organization or to a user, newest first. */
export async function listInvitations(
  db: Db,
  where: Partial<Pick<InvitationRow, 'organization_id' | 'user_id'>>,
  page: PageRequest,
): Promise<Page<InvitationRow>> {
  const qualified = Object.fromEntries(Object.entries(where).map(([column, value]) => [`invitations.${column}`, value]));
  const all = queryInvitations(db).where(qualified);
  const rows = await all.clone().orderBy('invitations.id', 'desc').limit(page.limit).offset(page.offset).select<InvitationRow[]>(COLUMNS);
  return { count: await countRows(all), rows };
}

/** The invitation of that id. */
export async function findInvitation(db: Db, id: string): Promise<InvitationRow | undefined> {
  return queryInvitations(db).where('invitations.id', id).first(COLUMNS) as Promise<InvitationRow | undefined>;
}

/** Makes the invited user a member, with the role and in the team that the invitation names; false where it is gone. */
export async function acceptInvitation(db: Db, { id, organization_id, user_id, role, team_id }: InvitationRow): Promise<boolean> {
  return db.transaction(async (db) => {
    await lockOrganization(db, organization_id);
    if ((await db('invitations').where({ id }).delete()) === 0) return false;
    await addMember(db, organization_id, user_id);
    if (role !== 'member') await applyRole(db, organization_id, { userId: user_id, role });
    if (team_id !== null) {
      await db('team_members').insert({ team_id, user_id, created: nowIso() }).onConflict(['team_id', 'user_id']).ignore();
    }
    return true;
  });
}

/** Notes that an invitation was sent once more; false where it is gone. */
export async function renewInvitation(db: Db, id: string): Promise<boolean> {
  return (await db('invitations').where({ id }).update({ created: nowIso() })) > 0;
}

/** Takes an invitation back, or declines it; false where it is gone. */
export async function deleteInvitation(db: Db, id: string): Promise<boolean> {
  return (await db('invitations').where({ id }).delete()) > 0;
}
