import type { Db, Flag } from './connection.js';
import { newUuid, nowIso } from './ids.js';
import { addMember, requireOwner } from './members.js';
import { lockOrganization } from './organizations.js';
import { countRows, type Page, type PageRequest } from './page.js';
import type { UserRow } from './users.js';

export interface TeamRow {
  readonly id: number;
  readonly uuid: string;
  readonly organization_id: string;
  readonly name: string;
  readonly description: string;
  readonly is_owners: Flag;
  readonly created: string;
  readonly member_count: number;
}

type Columns = Omit<TeamRow, 'member_count'>;
const COLUMNS = ['id', 'uuid', 'organization_id', 'name', 'description', 'is_owners', 'created'] as const;

/** Writes a team; undefined where the organization has one of that name. */
export async function insertTeam(db: Db, team: Pick<TeamRow, 'organization_id' | 'name' | 'description'>): Promise<TeamRow | undefined> {
  const [row] = await db<Columns>('teams')
    .insert({ ...team, uuid: newUuid(), is_owners: false, created: nowIso() })
    .onConflict(['organization_id', 'name'])
    .ignore()
    .returning([...COLUMNS]);
  return row && { ...row, member_count: 0 };
}

/** Teams of an organization by name, with the number of their members; `userId` limits them to that member's. */
export async function listTeams(
  db: Db,
  { organizationId, userId }: { organizationId: string; userId?: string | undefined },
  page: PageRequest,
): Promise<Page<TeamRow>> {
  const all = db<Columns>('teams').where({ organization_id: organizationId });
  if (userId !== undefined) all.whereIn('id', db('team_members').where({ user_id: userId }).select('team_id'));
  const rows = await all.clone().orderBy('name').limit(page.limit).offset(page.offset).select(...COLUMNS);
  return { count: await countRows(all), rows: await addCounts(db, rows) };
}

/** The team of that name. */
export async function findTeam(db: Db, organizationId: string, name: string): Promise<TeamRow | undefined> {
  const row = await db<Columns>('teams').where({ organization_id: organizationId, name }).first(...COLUMNS);
  return row && (await addCounts(db, [row]))[0];
}

async function addCounts(db: Db, rows: readonly Columns[]): Promise<TeamRow[]> {
  const counts = await db('team_members')
    .whereIn('team_id', rows.map(({ id }) => id))
    .groupBy('team_id')
    .select<{ team_id: number }[]>('team_id')
    .count<{ team_id: number; count: number | string }[]>({ count: '*' });
  return rows.map((row) => ({ ...row, member_count: Number(counts.find(({ team_id }) => team_id === row.id)?.count ?? 0) }));
}

/** Changes a team; `taken` where the organization has another of that name, undefined where the team is gone. */
export async function updateTeam(
  db: Db,
  { id, organization_id }: Pick<TeamRow, 'id' | 'organization_id'>,
  change: Partial<Pick<TeamRow, 'name' | 'description'>>,
): Promise<Columns | 'taken' | undefined> {
  return db.transaction(async (db) => {
    await lockOrganization(db, organization_id);
    const other = await db('teams').where({ organization_id, name: change.name ?? '' }).whereNot({ id }).first<{ id: number } | undefined>('id');
    if (other) return 'taken';
    const [row] = await db<Columns>('teams').where({ id }).update({ id, ...change }).returning([...COLUMNS]);
    return row;
  });
}

/** Removes a team with its permissions. */
export async function deleteTeam(db: Db, id: number): Promise<void> {
  await db('teams').where({ id }).delete();
}

/** Members of a team by name. */
export async function listTeamMembers(db: Db, teamId: number, page: PageRequest): Promise<Page<TeamMember>> {
  const all = db('team_members').join('users', 'users.id', 'team_members.user_id').where({ team_id: teamId });
  const rows = await all.clone().orderBy('username').limit(page.limit).offset(page.offset)
    .select<TeamMember[]>('users.id', 'users.username', 'users.full_name', 'users.email', 'users.company', 'users.created');
  return { count: await countRows(all), rows };
}

export type TeamMember = Pick<UserRow, 'id' | 'username' | 'full_name' | 'email' | 'company' | 'created'>;

/** Puts a user into a team, and so into its organization; once more changes nothing. False where the team is gone. */
export async function insertTeamMember(db: Db, team: Pick<TeamRow, 'id' | 'organization_id'>, userId: string): Promise<boolean> {
  return db.transaction(async (db) => {
    await lockOrganization(db, team.organization_id);
    if (!(await db('teams').where({ id: team.id }).first('id'))) return false;
    await addMember(db, team.organization_id, userId);
    await db('team_members')
      .insert({ team_id: team.id, user_id: userId, created: nowIso() })
      .onConflict(['team_id', 'user_id'])
      .ignore();
    return true;
  });
}

/**
 * Takes a user out of a team, who stays in the organization; false where the user is not in it.
 * @throws LastOwnerError
 */
export async function deleteTeamMember(db: Db, team: Pick<TeamRow, 'id' | 'organization_id' | 'is_owners'>, userId: string): Promise<boolean> {
  return db.transaction(async (db) => {
    await lockOrganization(db, team.organization_id);
    const removed = await db('team_members').where({ team_id: team.id, user_id: userId }).delete();
    if (team.is_owners) await requireOwner(db, team.id);
    return removed > 0;
  });
}
