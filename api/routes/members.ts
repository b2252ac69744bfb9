import { Type } from '@sinclair/typebox';
import { findMember, listMembers, type MemberRow } from '../../db/members.js';
import { removeMember, setRole, type Role } from '../../db/roles.js';
import { findUserByName } from '../../db/users.js';
import { ApiError } from '../errors.js';
import { findTeamViewer, presentMember, refuseLastOwner } from '../organizations.js';
import { presentPage, readPage } from '../page.js';
import { requireAccount, requireOrganizationOwner } from '../policy.js';
import { defineRoute, getCaller, getOrganization, type Call } from '../route.js';
import { Member, MemberRole, RoleChange } from '../schemas/organizations.js';
import { Closed, FilterText, OrganizationPath, PageOf, PageQuery } from '../schemas/shapes.js';

const path = '/v2/orgs/:organization/members';
const params = Closed({ ...OrganizationPath, username: Type.String() });

async function getMember(call: Call<{ username: string }>): Promise<MemberRow> {
  const user = await findUserByName(call.db, call.params.username);
  const member = user && (await findMember(call.db, getOrganization(call).id, user.id));
  return member ?? refuseStranger(call);
}

function refuseStranger(call: Call<{ username: string }>): never {
  throw new ApiError('not_found', `${call.params.username} is no member of ${getOrganization(call).name}`);
}

/** Owners remove members, and every member may leave. */
async function requireRemoval(call: Call<{ username: string }>): Promise<void> {
  const caller = getCaller(call);
  if (call.params.username === caller.username) requireAccount(caller);
  else await requireOrganizationOwner(call.db, getOrganization(call), caller);
}

export const memberRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'List the members of an organization',
    may: 'organization:member',
    params: Closed(OrganizationPath),
    query: Closed({ ...PageQuery, search: Type.Optional(FilterText), role: Type.Optional(MemberRole) }),
    responses: { 200: PageOf(Member) },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'not_found'],
    async handler(call) {
      const { search, role } = call.query;
      // The schema has checked the role.
      const filter = { organizationId: getOrganization(call).id, search, role: role as Role | undefined, seenBy: await findTeamViewer(call) };
      return { status: 200, body: presentPage(await listMembers(call.db, filter, readPage(call.query)), presentMember(call), call) };
    },
  }),
  defineRoute({
    method: 'PUT',
    path: `${path}/:username`,
    summary: 'Give a member another role',
    description: 'Owners are the members of the team `owners`: this puts into it and takes out of it.',
    audit: 'org.member.role',
    may: 'organization:owner',
    params,
    body: RoleChange,
    responses: { 200: Member },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'not_found', 'last_owner'],
    async handler(call) {
      const { id, username } = await getMember(call);
      const role = call.body.role as Role;
      const isDone = await refuseLastOwner(() => setRole(call.db, getOrganization(call).id, { userId: id, role }));
      if (!isDone) refuseStranger(call);
      return { status: 200, body: presentMember(call)(await getMember(call)), audit: { name: username, data: { role } } };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/:username`,
    summary: 'Remove a member, or leave the organization',
    description: 'From all its teams too. Owners remove anybody, and a member may leave; the last owner stays.',
    audit: 'org.member.remove',
    may: 'organization:member',
    params,
    responses: { 204: null },
    errors: ['authentication_required', 'forbidden', 'not_found', 'last_owner'],
    async handler(call) {
      await requireRemoval(call);
      const { id, username } = await getMember(call);
      const isDone = await refuseLastOwner(() => removeMember(call.db, getOrganization(call).id, id));
      if (!isDone) refuseStranger(call);
      return { status: 204, audit: { name: username } };
    },
  }),
];
