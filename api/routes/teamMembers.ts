import { Type } from '@sinclair/typebox';
import { findMember, listMembers } from '../../db/members.js';
import { deleteTeamMember, insertTeamMember } from '../../db/teams.js';
import { findUserByName } from '../../db/users.js';
import { ApiError, createInputError } from '../errors.js';
import { findTeamViewer, getTeam, presentMember, refuseLastOwner } from '../organizations.js';
import { presentPage, readPage } from '../page.js';
import { defineRoute, getOrganization } from '../route.js';
import { Member, NewTeamMember } from '../schemas/organizations.js';
import { Closed, FilterText, OrganizationPath, PageOf, PageQuery } from '../schemas/shapes.js';

const path = '/v2/orgs/:organization/groups/:group/members';
const TeamPath = { ...OrganizationPath, group: Type.String() };
const errors = ['authentication_required', 'forbidden', 'not_found'] as const;
/** Versions of docker/terraform-provider-docker read the first page alone and ask for no size: what stands beyond is gone for them. */
const page_size = { ...PageQuery.page_size, default: 100 };
const Page = PageOf(Member);

export const teamMemberRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'List the members of a team',
    description: 'docker/hub-tool gets them all as a bare array, which is what it decodes.',
    may: 'organization:member',
    params: Closed(TeamPath),
    query: Closed({ ...PageQuery, page_size, search: Type.Optional(FilterText) }),
    headers: Type.Object({ 'user-agent': Type.Optional(Type.String()) }),
    responses: { 200: Type.Union([Page, Type.Array(Member)]) },
    errors: ['invalid_input', ...errors],
    async handler(call) {
      const team = await getTeam(call);
      const filter = { organizationId: team.organization_id, teamId: team.id, search: call.query.search, seenBy: await findTeamViewer(call) };
      if (call.headers['user-agent']?.startsWith('hub-tool/')) {
        const { rows } = await listMembers(call.db, filter, { limit: team.member_count, offset: 0 });
        return { status: 200, body: rows.map(presentMember(call)) };
      }
      return { status: 200, body: presentPage(await listMembers(call.db, filter, readPage(call.query)), presentMember(call), call) };
    },
  }),
  defineRoute({
    method: 'POST',
    path,
    summary: 'Put a user into a team',
    description: 'And so into the organization; once more changes nothing.',
    audit: 'team.member.add',
    may: 'organization:owner',
    params: Closed(TeamPath),
    body: NewTeamMember,
    responses: { 200: Member },
    errors: ['invalid_input', ...errors],
    async handler(call) {
      const team = await getTeam(call);
      const user = await findUserByName(call.db, call.body.member);
      if (!user) throw createInputError({ member: `${call.body.member} does not exist` });
      const isDone = await insertTeamMember(call.db, team, user.id);
      const member = isDone && (await findMember(call.db, getOrganization(call).id, user.id));
      if (!member) throw new ApiError('not_found');
      return { status: 200, body: presentMember(call)(member), audit: { name: team.name, data: { user: user.username } } };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/:username`,
    summary: 'Take a user out of a team',
    description: 'They stay in the organization. The last owner stays an owner.',
    audit: 'team.member.remove',
    may: 'organization:owner',
    params: Closed({ ...TeamPath, username: Type.String() }),
    responses: { 204: null },
    errors: [...errors, 'last_owner'],
    async handler(call) {
      const team = await getTeam(call);
      const user = await findUserByName(call.db, call.params.username);
      const isDone = user && (await refuseLastOwner(() => deleteTeamMember(call.db, team, user.id)));
      if (!isDone) throw new ApiError('not_found', `${call.params.username} is not in the team ${team.name}`);
      return { status: 204, audit: { name: team.name, data: { user: user.username } } };
    },
  }),
];
