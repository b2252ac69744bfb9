import type { Knex } from 'knex';
import type { Db, Flag } from './connection.js';
import { newUuid, nowIso } from './ids.js';
import { lockOrganization } from './organizations.js';
import { countRows, whereContains, type Page, type PageRequest } from './page.js';
import { addMember, requireOwner } from './roles.js';

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

/** What a list of teams may be limited to; `search` is a part of the name. */
export interface TeamFilter {
  readonly organizationId: string;
  /** A user who is in them. */
  readonly userId?: string | undefined;
  readonly search?: string | undefined;
  /** The user who looks, where not every team is theirs to see. */
  readonly seenBy?: string | undefined;
}

/**
 * Limits a query on `teams` to those that a member sees who owns nothing: their own, and for an editor all but the
 * team of owners. Clients of Docker Hub take whoever is shown a team `owners` for an owner.
 */
export function whereSeen(query: Knex.QueryBuilder, userId: string | undefined): Knex.QueryBuilder {
  if (userId === undefined) return query;
  return query.whereRaw(
    `(EXISTS (SELECT 1 FROM team_members WHERE team_members.team_id = teams.id AND team_members.user_id = :user)
      OR NOT teams.is_owners AND EXISTS (
        SELECT 1 FROM organization_members
        WHERE organization_members.organization_id = teams.organization_id AND is_editor AND organization_members.user_id = :user))`,
    { user: userId },
  );
}

/** Writes a team; `taken` where the organization has one of that name, undefined where the organization is gone. */
export async function insertTeam(
  db: Db,
  team: Pick<TeamRow, 'organization_id' | 'name' | 'description'>,
): Promise<TeamRow | 'taken' | undefined> {
  return db.transaction(async (db) => {
    if (!(await lockOrganization(db, team.organization_id))) return undefined;
    const [row] = await db<Columns>('teams')
      .insert({ ...team, uuid: newUuid(), is_owners: false, created: nowIso() })
      .onConflict(['organization_id', 'name'])
      .ignore()
      .returning([...COLUMNS]);
    return row ? { ...row, member_count: 0 } : 'taken';
  });
}

/** Teams of an organization by name, with the number of their members. */
export async function listTeams(db: Db, { organizationId, userId, search, seenBy }: TeamFilter, page: PageRequest): Promise<Page<TeamRow>> {
  const all = whereSeen(db('teams').where({ organization_id: organizationId }), seenBy);
  if (userId !== undefined) all.whereIn('id', db('team_members').where({ user_id: userId }).select('team_id'));
  if (search !== undefined) whereContains(all, ['teams.name'], search);
  const rows = await all.clone().orderBy('name').limit(page.limit).offset(page.offset).select<Columns[]>(...COLUMNS);
  return { count: await countRows(all), rows: await addCounts(db, rows) };
}

/** The team of that name, if the user who looks may see it. */
export async function findTeam(db: Db, organizationId: string, name: string, seenBy?: string): Promise<TeamRow | undefined> {
  const rows = await whereSeen(db('teams').where({ organization_id: organizationId, name }), seenBy).select<Columns[]>(...COLUMNS);
  return (await addCounts(db, rows))[0];
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
): Promise<TeamRow | 'taken' | undefined> {
  return db.transaction(async (db) => {
    await lockOrganization(db, organization_id);
    const other = await db('teams').where({ organization_id, name: change.name ?? '' }).whereNot({ id }).first<{ id: number } | undefined>('id');
    if (other) return 'taken';
    const rows = await db<Columns>('teams').where({ id }).update({ id, ...change }).returning([...COLUMNS]);
    return (await addCounts(db, rows))[0];
  });
}

/** Removes a team with its permissions, and the invitations to it. */
export async function deleteTeam(db: Db, { id, organization_id }: Pick<TeamRow, 'id' | 'organization_id'>): Promise<void> {
  await db.transaction(async (db) => {
    await lockOrganization(db, organization_id);
    await db('teams').where({ id }).delete();
  });
}

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
    if (removed > 0 && team.is_owners) await requireOwner(db, team.id);
    return removed > 0;
  });
}
