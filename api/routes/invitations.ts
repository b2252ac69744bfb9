import { Type } from '@sinclair/typebox';
import {
  acceptInvitation, deleteInvitation, findInvitation, listInvitations, renewInvitation, type InvitationRow,
} from '../../db/invitations.js';
import { ApiError } from '../errors.js';
import { inviteUsers, presentInvitation } from '../invitations.js';
import { presentPage, readPage } from '../page.js';
import { governsOrganization } from '../policy.js';
import { defineRoute, getCaller, getOrganization, type Call } from '../route.js';
import { Invitation, InvitationOutcomes, NewInvitations } from '../schemas/organizations.js';
import { Closed, OrganizationPath, PageOf, PageQuery } from '../schemas/shapes.js';

const path = '/v2/invites/:id';
const params = Closed({ id: Type.String() });
const errors = ['authentication_required', 'forbidden', 'not_found'] as const;
/** Docker Hub's list of invitations has no pages. */
const ALL = { limit: Number.MAX_SAFE_INTEGER, offset: 0 };

type IdCall = Call<{ id: string }>;

/** The invitation, and what it is to the caller. @throws ApiError 404, the same for one that is not theirs to know of */
async function getInvitation(call: IdCall): Promise<{ invitation: InvitationRow; isOwner: boolean; isInvitee: boolean }> {
  const caller = getCaller(call);
  const invitation = await findInvitation(call.db, call.params.id);
  if (!invitation) throw new ApiError('not_found');
  const isOwner = await governsOrganization(call.db, invitation.organization_id, caller);
  const isInvitee = invitation.user_id === caller.id;
  if (!isOwner && !isInvitee) throw new ApiError('not_found');
  return { invitation, isOwner, isInvitee };
}

export const invitationRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v2/invites/bulk',
    summary: 'Invite users into an organization',
    description: 'Users of this hub, by name. Each gets a status of its own: `invited` (with `dry_run`: would be), or why not.',
    audit: 'org.member.invite',
    may: 'account',
    body: NewInvitations,
    responses: { 202: InvitationOutcomes },
    errors: ['invalid_input', ...errors],
    async handler(call) {
      const { dry_run = false, ...wish } = call.body;
      const { invitees, audit } = await inviteUsers(call, wish, dry_run);
      return { status: 202, body: { invitees }, audit: dry_run ? null : audit };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v2/orgs/:organization/invites',
    summary: 'List the open invitations of an organization',
    description: 'All of them, newest first.',
    may: 'organization:owner',
    params: Closed(OrganizationPath),
    responses: { 200: Closed({ data: Type.Array(Invitation) }) },
    errors,
    async handler(call) {
      const { rows } = await listInvitations(call.db, { organization_id: getOrganization(call).id }, ALL);
      return { status: 200, body: { data: rows.map(presentInvitation) } };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v2/user/invites',
    summary: 'List the invitations that the caller has got',
    may: 'user',
    query: Closed(PageQuery),
    responses: { 200: PageOf(Invitation) },
    errors: ['invalid_input', 'authentication_required'],
    async handler(call) {
      const page = await listInvitations(call.db, { user_id: getCaller(call).id }, readPage(call.query));
      return { status: 200, body: presentPage(page, presentInvitation, call) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/accept`,
    summary: 'Accept an invitation',
    description: 'The invited user alone may, and is a member from then on, with the role and in the team that it names.',
    audit: 'org.member.join',
    may: 'account',
    params,
    responses: { 204: null },
    errors,
    async handler(call) {
      const { invitation, isInvitee } = await getInvitation(call);
      if (!isInvitee) throw new ApiError('forbidden', 'Only the invited user may accept');
      if (!(await acceptInvitation(call.db, invitation))) throw new ApiError('not_found');
      const { organization, role, team } = invitation;
      return { status: 204, audit: { account: organization, name: invitation.invitee, data: { role, team } } };
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: `${path}/resend`,
    summary: 'Bring an invitation to mind',
    description: 'It counts as sent now. There is no mail: the user finds it in the list of their invitations.',
    may: 'account',
    params,
    responses: { 204: null },
    errors,
    async handler(call) {
      const { invitation, isOwner } = await getInvitation(call);
      if (!isOwner) throw new ApiError('forbidden', `Only owners of ${invitation.organization} may do this`);
      if (!(await renewInvitation(call.db, invitation.id))) throw new ApiError('not_found');
      return { status: 204 };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path,
    summary: 'Take an invitation back, or decline it',
    audit: 'org.invite.remove',
    may: 'account',
    params,
    responses: { 204: null },
    errors,
    async handler(call) {
      const { invitation } = await getInvitation(call);
      if (!(await deleteInvitation(call.db, invitation.id))) throw new ApiError('not_found');
      return { status: 204, audit: { account: invitation.organization, name: invitation.invitee } };
    },
  }),
];
