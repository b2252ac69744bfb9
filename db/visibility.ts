import type { Knex } from 'knex';
import type { Db, Flag } from './connection.js';

/** What a caller may do with a repository; each level holds the ones before it. */
export const LEVELS = ['none', 'read', 'write', 'admin'] as const;
export type Level = (typeof LEVELS)[number];

/** Who looks: nobody, a user, or the administrator, who sees everything. */
export type Viewer = { readonly id: string; readonly is_admin: Flag } | undefined;

/**
 * All that gives the user `:user` a level on a repository, one row each: owning the namespace, owning or editing the
 * organization, being a collaborator, being in a team that has a permission. `namespace` and `repository` are SQL
 * expressions for the repository's namespace and id.
 */
function listGrants(namespace: string, repository: string): string {
  const organization = `(SELECT organization_id FROM namespaces WHERE namespaces.name = ${namespace})`;
  return `
    SELECT 3 AS level FROM namespaces WHERE namespaces.name = ${namespace} AND namespaces.user_id = :user
    UNION ALL
    SELECT 3 FROM teams JOIN team_members ON team_members.team_id = teams.id
      WHERE teams.organization_id = ${organization} AND teams.is_owners AND team_members.user_id = :user
    UNION ALL
    SELECT 3 FROM organization_members
      WHERE organization_id = ${organization} AND is_editor AND organization_members.user_id = :user
    UNION ALL
    SELECT 2 FROM collaborators WHERE collaborators.repository_id = ${repository} AND collaborators.user_id = :user
    UNION ALL
    SELECT CASE team_permissions.permission WHEN 'read' THEN 1 WHEN 'write' THEN 2 WHEN 'admin' THEN 3 END
      FROM team_permissions JOIN team_members ON team_members.team_id = team_permissions.team_id
      WHERE team_permissions.repository_id = ${repository} AND team_members.user_id = :user`;
}

interface Place {
  readonly id: string;
  readonly namespace: string;
  readonly is_private: Flag;
}

/** What a user (or nobody) may do with a repository, from the rows as they stand now. */
export async function findLevel(db: Db, repository: Place, viewer: Viewer): Promise<Level> {
  const open = repository.is_private ? 0 : 1;
  if (!viewer) return LEVELS[open];
  if (viewer.is_admin) return 'admin';
  const { id, namespace } = repository;
  const granted = db.raw(`(${listGrants(':namespace', ':repository')}) AS grants`, { namespace, repository: id, user: viewer.id });
  const row = await db.from(granted).max<{ level: number | null }>({ level: 'level' }).first();
  return LEVELS[Math.max(open, row?.level ?? 0)] ?? 'none';
}

/** Limits a query on `repositories` to what the viewer may see. */
export function whereVisible(query: Knex.QueryBuilder, viewer: Viewer): Knex.QueryBuilder {
  if (viewer?.is_admin) return query;
  return query.where((either) => {
    either.where('repositories.is_private', false);
    if (viewer) {
      either.orWhereRaw(`EXISTS (${listGrants('repositories.namespace', 'repositories.id')})`, { user: viewer.id });
    }
  });
}
