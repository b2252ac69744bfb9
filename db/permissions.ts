import type { Db } from './connection.js';
import { nowIso } from './ids.js';
import { lockOrganization } from './organizations.js';
import { countRows, type Page, type PageRequest } from './page.js';
import { lockRepository } from './repositories.js';
import type { TeamRow } from './teams.js';

/** What a team may do with a repository: pull; pull and push; everything but deleting the organization. */
export const PERMISSIONS = ['read', 'write', 'admin'] as const;
export type Permission = (typeof PERMISSIONS)[number];

export interface TeamPermission {
  readonly group_id: number;
  readonly group_name: string;
  readonly permission: Permission;
}

function queryPermissions(db: Db, repositoryId: string) {
  return db('team_permissions').join('teams', 'teams.id', 'team_permissions.team_id').where({ repository_id: repositoryId });
}

/** Permissions of teams on a repository, by the team's name. */
export async function listPermissions(db: Db, repositoryId: string, page: PageRequest): Promise<Page<TeamPermission>> {
  const all = queryPermissions(db, repositoryId);
  const rows = await all.clone().orderBy('name').limit(page.limit).offset(page.offset)
    .select<TeamPermission[]>({ group_id: 'teams.id', group_name: 'teams.name' }, 'permission');
  return { count: await countRows(all), rows };
}

/** The permission of one team on a repository. */
export async function findPermission(db: Db, repositoryId: string, teamId: number): Promise<TeamPermission | undefined> {
  return queryPermissions(db, repositoryId).where({ team_id: teamId })
    .first({ group_id: 'teams.id', group_name: 'teams.name' }, 'permission') as Promise<TeamPermission | undefined>;
}

export type NamespaceTeam = Pick<TeamRow, 'id' | 'organization_id' | 'name' | 'is_owners'>;

/** The team of that id, if it belongs to the organization that owns the namespace. */
export async function findTeamOfNamespace(db: Db, namespace: string, teamId: number): Promise<NamespaceTeam | undefined> {
  return db('teams')
    .join('namespaces', 'namespaces.organization_id', 'teams.organization_id')
    .where({ 'namespaces.name': namespace, 'teams.id': teamId })
    .first('teams.id', 'teams.organization_id', 'teams.name', 'teams.is_owners') as Promise<NamespaceTeam | undefined>;
}

/** Gives a team a permission, in place of the one it had; false where the team or the repository is gone. */
export async function setPermission(
  db: Db,
  repositoryId: string,
  { team, permission }: { team: Pick<TeamRow, 'id' | 'organization_id'>; permission: Permission },
): Promise<boolean> {
  return db.transaction(async (db) => {
    // In the order in which an organization is deleted, so that the two never wait for each other.
    await lockOrganization(db, team.organization_id);
    if (!(await lockRepository(db, repositoryId))) return false;
    if (!(await db('teams').where({ id: team.id }).first('id'))) return false;
    await db('team_permissions')
      .insert({ repository_id: repositoryId, team_id: team.id, permission, created: nowIso() })
      .onConflict(['repository_id', 'team_id'])
      .merge({ permission });
    return true;
  });
}

/** Changes the permission that a team has; false where it has none. */
export async function updatePermission(
  db: Db,
  repositoryId: string,
  { teamId, permission }: { teamId: number; permission: Permission },
): Promise<boolean> {
  return (await db('team_permissions').where({ repository_id: repositoryId, team_id: teamId }).update({ permission })) > 0;
}

/** Takes a team's permission away; false where it had none. */
export async function deletePermission(db: Db, repositoryId: string, teamId: number): Promise<boolean> {
  return (await db('team_permissions').where({ repository_id: repositoryId, team_id: teamId }).delete()) > 0;
}
