import type { Db } from './connection.js';
import { newId, nowIso } from './ids.js';
import { lockOrganization } from './organizations.js';
import { countRows, type Page, type PageRequest } from './page.js';
import { addMember, applyRole, type Role } from './roles.js';

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

/** What the invitations of one request have in common. */
export type NewInvitations = Pick<InvitationRow, 'organization_id' | 'team_id' | 'role' | 'inviter'>;

/** What became of inviting a user: why not, or the invitation's row; `free` is a user who could be invited. */
export type InvitationOutcome = 'member' | 'invited' | 'free' | InvitationRow;

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

/** What inviting each of these users would bring, by the user's id; nothing is written. */
export async function checkInvitees(db: Db, organizationId: string, userIds: readonly string[]): Promise<Map<string, InvitationOutcome>> {
  const find = async (table: string) => {
    const rows = await db(table).where({ organization_id: organizationId }).whereIn('user_id', userIds).select<{ user_id: string }[]>('user_id');
    return new Set(rows.map(({ user_id }) => user_id));
  };
  const [members, invited] = [await find('organization_members'), await find('invitations')];
  return new Map(userIds.map((id) => [id, members.has(id) ? 'member' : invited.has(id) ? 'invited' : 'free']));
}

/**
 * Invites users, all in one transaction, and says for each what became of it, by the user's id. Undefined where the
 * organization or the team is gone.
 */
export async function insertInvitations(
  db: Db,
  invitation: NewInvitations,
  userIds: readonly string[],
): Promise<Map<string, InvitationOutcome> | undefined> {
  const { organization_id, team_id } = invitation;
  return db.transaction(async (db) => {
    if (!(await lockOrganization(db, organization_id))) return undefined;
    if (team_id !== null && !(await db('teams').where({ id: team_id }).first('id'))) return undefined;
    const outcomes = await checkInvitees(db, organization_id, userIds);
    const free = [...outcomes].filter(([, outcome]) => outcome === 'free').map(([user_id]) => user_id);
    const rows = free.map((user_id) => ({ ...invitation, user_id, id: newId('inv'), created: nowIso() }));
    if (rows.length > 0) await db('invitations').insert(rows);
    for (const row of await queryInvitations(db).whereIn('invitations.id', rows.map(({ id }) => id)).select<InvitationRow[]>(COLUMNS)) {
      outcomes.set(row.user_id, row);
    }
    return outcomes;
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
