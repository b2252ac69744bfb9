import { Type } from '@sinclair/typebox';
import { deleteTeam, insertTeam, listTeams, updateTeam, type TeamRow } from '../../db/teams.js';
import { findUserByName } from '../../db/users.js';
import { ApiError } from '../errors.js';
import { findTeamViewer, getTeam, presentTeam } from '../organizations.js';
import { presentPage, readPage } from '../page.js';
import { defineRoute, getOrganization, type Call, type Route } from '../route.js';
import { NewTeam, Team, TeamChange } from '../schemas/organizations.js';
import { Closed, FilterText, OrganizationPath, PageOf, PageQuery } from '../schemas/shapes.js';

const path = '/v2/orgs/:organization/groups';
const params = Closed({ ...OrganizationPath, group: Type.String() });
const errors = ['authentication_required', 'forbidden', 'not_found'] as const;

/** The team of the path, where it may be renamed or deleted. @throws ApiError 403 for the team of owners */
async function getOrdinaryTeam(call: Call<{ group: string }>, isAllowed = (team: TeamRow) => !team.is_owners): Promise<TeamRow> {
  const team = await getTeam(call);
  if (!isAllowed(team)) throw new ApiError('forbidden', `The team ${team.name} is neither renamed nor deleted: its members own the organization`);
  return team;
}

/** The id of a user; nobody has the empty one. */
async function findUserId({ db }: Call, username: string | undefined): Promise<string | undefined> {
  return username === undefined ? undefined : ((await findUserByName(db, username))?.id ?? '');
}

const change = defineRoute({
  method: 'PATCH',
  path: `${path}/:group`,
  summary: 'Change the name or description of a team',
  description: 'The team of owners keeps its name.',
  audit: 'team.change',
  may: 'organization:owner',
  params,
  body: TeamChange,
  responses: { 200: Team },
  errors: ['invalid_input', ...errors, 'name_taken'],
  async handler(call) {
    const { name, description } = call.body;
    const team = await getOrdinaryTeam(call, (team) => !team.is_owners || name === undefined || name === team.name);
    const fields = { ...(name === undefined ? {} : { name }), ...(description === undefined ? {} : { description }) };
    const changed = await updateTeam(call.db, team, fields);
    if (!changed) throw new ApiError('not_found');
    if (changed === 'taken') throw new ApiError('name_taken', `There is another team ${name ?? ''}`);
    return { status: 200, body: presentTeam(changed), audit: { name: team.name, data: fields } };
  },
});

export const teamRoutes: readonly Route[] = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'List the teams of an organization',
    description: 'An owner sees all, an editor all but the owners, a member their own. `username` limits the list to that member’s teams.',
    may: 'organization:member',
    params: Closed(OrganizationPath),
    query: Closed({ ...PageQuery, username: Type.Optional(FilterText), search: Type.Optional(FilterText) }),
    responses: { 200: PageOf(Team) },
    errors: ['invalid_input', ...errors],
    async handler(call) {
      const { username, search } = call.query;
      const [userId, seenBy] = [await findUserId(call, username), await findTeamViewer(call)];
      const page = await listTeams(call.db, { organizationId: getOrganization(call).id, userId, search, seenBy }, readPage(call.query));
      return { status: 200, body: presentPage(page, presentTeam, call) };
    },
  }),
  defineRoute({
    method: 'POST',
    path,
    summary: 'Create a team',
    audit: 'team.create',
    may: 'organization:owner',
    params: Closed(OrganizationPath),
    body: NewTeam,
    responses: { 201: Team },
    errors: ['invalid_input', ...errors, 'name_taken'],
    async handler(call) {
      const { name, description = '' } = call.body;
      const team = await insertTeam(call.db, { organization_id: getOrganization(call).id, name, description });
      if (!team) throw new ApiError('not_found');
      if (team === 'taken') throw new ApiError('name_taken', `There is a team ${name} already`);
      return { status: 201, body: presentTeam(team), audit: { name } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/:group`,
    summary: 'Get a team',
    may: 'organization:member',
    params,
    responses: { 200: Team },
    errors,
    handler: async (call) => ({ status: 200, body: presentTeam(await getTeam(call)) }),
  }),
  change,
  { ...change, method: 'PUT', summary: 'Set the name of a team, and its description where given', body: NewTeam },
  defineRoute({
    method: 'DELETE',
    path: `${path}/:group`,
    summary: 'Delete a team with its permissions',
    description: 'Its members stay in the organization; invitations to it are void. The team of owners cannot be deleted.',
    audit: 'team.delete',
    may: 'organization:owner',
    params,
    responses: { 204: null },
    errors,
    async handler(call) {
      const team = await getOrdinaryTeam(call);
      await deleteTeam(call.db, team);
      return { status: 204, audit: { name: team.name } };
    },
  }),
];
