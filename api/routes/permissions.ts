import {
  deletePermission, findPermission, findTeamOfNamespace, listPermissions, setPermission, updatePermission, type NamespaceTeam,
  type Permission, type TeamPermission as PermissionRow,
} from '../../db/permissions.js';
import { ApiError, createInputError } from '../errors.js';
import { presentPage, readPage } from '../page.js';
import { defineRoute, getRepository, type Call } from '../route.js';
import { NewPermission, PermissionChange, TeamId, TeamPermission } from '../schemas/organizations.js';
import { Closed, PageOf, PageQuery, RepositoryPath } from '../schemas/shapes.js';

const path = '/v2/repositories/:namespace/:name/groups';
const params = Closed({ ...RepositoryPath, group_id: TeamId });
const errors = ['invalid_input', 'authentication_required', 'forbidden', 'not_found'] as const;

interface Wish {
  readonly group_id: number;
  readonly permission: string;
}

/** The team, if it is one of the repository's organization. @throws ApiError 400 */
async function getPermissibleTeam(call: Call, teamId: number): Promise<NamespaceTeam> {
  const { namespace } = getRepository(call);
  const team = await findTeamOfNamespace(call.db, namespace, teamId);
  if (!team) throw createInputError({ group_id: `${namespace} has no team of this id` });
  if (team.is_owners) throw createInputError({ group_id: `is the team ${team.name}, which administers every repository already` });
  return team;
}

/** The permission of a team as it stands. @throws ApiError 404 */
async function getPermission(call: Call, teamId: number): Promise<PermissionRow> {
  const permission = await findPermission(call.db, getRepository(call).id, teamId);
  if (!permission) throw new ApiError('not_found', 'This team has no permission on the repository');
  return permission;
}

async function answerSet(call: Call, { group_id, permission }: Wish) {
  const team = await getPermissibleTeam(call, group_id);
  // The schema has checked that it is one of them.
  const isDone = await setPermission(call.db, getRepository(call).id, { team, permission: permission as Permission });
  if (!isDone) throw new ApiError('not_found');
  return { status: 200, body: { group_id, group_name: team.name, permission }, audit: { data: { team: team.name, permission } } };
}

export const permissionRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'List the permissions of teams on a repository',
    description: 'Owners and editors of the organization stand in no such list: they administer every repository.',
    may: 'repository:admin',
    params: Closed(RepositoryPath),
    query: Closed(PageQuery),
    responses: { 200: PageOf(TeamPermission) },
    errors,
    async handler(call) {
      const page = await listPermissions(call.db, getRepository(call).id, readPage(call.query));
      return { status: 200, body: presentPage(page, (permission) => permission, call) };
    },
  }),
  defineRoute({
    method: 'POST',
    path,
    summary: 'Give a team of the organization a permission',
    description: 'In place of the one it had. The team of owners takes none.',
    audit: 'repo.permission.set',
    may: 'repository:admin',
    params: Closed(RepositoryPath),
    body: NewPermission,
    responses: { 200: TeamPermission },
    errors,
    handler: (call) => answerSet(call, call.body),
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/:group_id`,
    summary: 'Get the permission of a team',
    may: 'repository:admin',
    params,
    responses: { 200: TeamPermission },
    errors,
    handler: async (call) => ({ status: 200, body: await getPermission(call, call.params.group_id) }),
  }),
  defineRoute({
    method: 'PATCH',
    path: `${path}/:group_id`,
    summary: 'Change the permission that a team has',
    audit: 'repo.permission.set',
    may: 'repository:admin',
    params,
    body: PermissionChange,
    responses: { 200: TeamPermission },
    errors,
    async handler(call) {
      const { group_id: teamId } = call.params;
      await updatePermission(call.db, getRepository(call).id, { teamId, permission: call.body.permission as Permission });
      const changed = await getPermission(call, teamId);
      return { status: 200, body: changed, audit: { data: { team: changed.group_name, permission: changed.permission } } };
    },
  }),
  defineRoute({
    method: 'PUT',
    path: `${path}/:group_id`,
    summary: 'Set the permission of a team',
    description: 'Whether it has one or not.',
    audit: 'repo.permission.set',
    may: 'repository:admin',
    params,
    body: PermissionChange,
    responses: { 200: TeamPermission },
    errors,
    handler: (call) => answerSet(call, { group_id: call.params.group_id, permission: call.body.permission }),
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/:group_id`,
    summary: 'Take the permission of a team away',
    audit: 'repo.permission.remove',
    may: 'repository:admin',
    params,
    responses: { 204: null },
    errors,
    async handler(call) {
      const { group_id, group_name } = await getPermission(call, call.params.group_id);
      if (!(await deletePermission(call.db, getRepository(call).id, group_id))) throw new ApiError('not_found');
      return { status: 204, audit: { data: { team: group_name } } };
    },
  }),
];
