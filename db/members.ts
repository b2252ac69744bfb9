import type { Db } from './connection.js';
import { countRows, whereContains, type Page, type PageRequest } from './page.js';
import type { Role } from './roles.js';
import { whereSeen } from './teams.js';

export interface MemberRow {
  readonly id: string;
  readonly username: string;
  readonly full_name: string;
  readonly email: string;
  readonly company: string;
  readonly location: string;
  readonly profile_url: string;
  readonly created: string;
  readonly role: Role;
  /** Names of the member's teams in this organization, as far as the viewer sees teams. */
  readonly teams: readonly string[];
}

/** What a list of members may be limited to; `search` is a part of the username or the full name. */
export interface MemberFilter {
  readonly organizationId: string;
  readonly teamId?: number | undefined;
  readonly role?: Role | undefined;
  readonly search?: string | undefined;
  /** The user who looks, where not every team is theirs to see. */
  readonly seenBy?: string | undefined;
}

const COLUMNS = ['id', 'username', 'full_name', 'email', 'company', 'location', 'profile_url', 'created'] as const;
/** The one truth is the team of owners: an editor who is in it is an owner. */
const ROLE = `CASE
  WHEN EXISTS (
    SELECT 1 FROM teams JOIN team_members ON team_members.team_id = teams.id
    WHERE teams.organization_id = organization_members.organization_id AND teams.is_owners
      AND team_members.user_id = organization_members.user_id
  ) THEN 'owner'
  WHEN organization_members.is_editor THEN 'editor'
  ELSE 'member' END`;

/** Whether a user belongs to an organization. */
export async function isMember(db: Db, organizationId: string, userId: string): Promise<boolean> {
  const where = { organization_id: organizationId, user_id: userId };
  return (await db('organization_members').where(where).first('user_id')) !== undefined;
}

function queryMembers(db: Db, { organizationId, teamId, role, search }: MemberFilter) {
  const all = db('organization_members')
    .join('users', 'users.id', 'organization_members.user_id')
    .where({ 'organization_members.organization_id': organizationId });
  if (teamId !== undefined) all.whereIn('users.id', db('team_members').where({ team_id: teamId }).select('user_id'));
  if (role !== undefined) all.whereRaw(`${ROLE} = ?`, [role]);
  if (search !== undefined) whereContains(all, ['users.username', 'users.full_name'], search);
  return all;
}

function selectMembers(db: Db, query: ReturnType<typeof queryMembers>) {
  return query.select<Omit<MemberRow, 'teams'>[]>(...COLUMNS.map((name) => `users.${name}`), db.raw(`${ROLE} AS role`));
}

/** Members of an organization, or of one of its teams, by name; three queries whatever their number. */
export async function listMembers(db: Db, filter: MemberFilter, page: PageRequest): Promise<Page<MemberRow>> {
  const all = queryMembers(db, filter);
  const rows = await selectMembers(db, all.clone().orderBy('username').limit(page.limit).offset(page.offset));
  return { count: await countRows(all), rows: await addTeams(db, filter, rows) };
}

/** One member of an organization, with all their teams. */
export async function findMember(db: Db, organizationId: string, userId: string): Promise<MemberRow | undefined> {
  const rows = await selectMembers(db, queryMembers(db, { organizationId }).where({ 'users.id': userId }));
  return (await addTeams(db, { organizationId }, rows))[0];
}

async function addTeams(db: Db, { organizationId, seenBy }: MemberFilter, rows: readonly Omit<MemberRow, 'teams'>[]): Promise<MemberRow[]> {
  const teams = await whereSeen(db('teams'), seenBy)
    .join('team_members', 'team_members.team_id', 'teams.id')
    .where({ 'teams.organization_id': organizationId })
    .whereIn('team_members.user_id', rows.map(({ id }) => id))
    .orderBy('teams.name')
    .select<{ user_id: string; name: string }[]>('team_members.user_id', 'teams.name');
  return rows.map((row) => ({ ...row, teams: teams.filter(({ user_id }) => user_id === row.id).map(({ name }) => name) }));
}
