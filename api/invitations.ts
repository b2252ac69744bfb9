import { checkInvitees, insertInvitations, type InvitationOutcome, type InvitationRow } from '../db/invitations.js';
import { findOrganization, type OrganizationRow } from '../db/organizations.js';
import type { Role } from '../db/roles.js';
import { findTeam } from '../db/teams.js';
import { findUsersByName } from '../db/users.js';
import { ApiError, createInputError } from './errors.js';
import { requireOrganizationOwner } from './policy.js';
import { getCaller, type Call } from './route.js';
import type { NewInvitations } from './schemas/organizations.js';

/** An invitation. */
export function presentInvitation({ id, inviter, invitee, organization, team, role, created }: InvitationRow) {
  return { id, inviter_username: inviter, invitee, org: organization, team: team ?? '', role, created_at: created };
}

async function getOwnOrganization({ db, caller }: Call, name: string): Promise<OrganizationRow> {
  const organization = await findOrganization(db, name);
  if (!organization) throw createInputError({ org: `${name} does not exist` });
  await requireOrganizationOwner(db, organization, caller);
  return organization;
}

async function findTeamId({ db }: Call, organization: OrganizationRow, name: string): Promise<number | null> {
  if (name === '') return null;
  const team = await findTeam(db, organization.id, name);
  if (!team) throw createInputError({ team: `${organization.name} has no team ${name}` });
  return team.id;
}

function presentOutcome(invitee: string, outcome: InvitationOutcome | undefined) {
  if (outcome === undefined) {
    return { invitee, status: invitee.includes('@') ? 'email_not_supported' : 'invalid_email_or_docker_id', invite: null };
  }
  if (outcome === 'member') return { invitee, status: 'existing_org_member', invite: null };
  if (outcome === 'invited') return { invitee, status: 'already_invited', invite: null };
  return { invitee, status: 'invited', invite: outcome === 'free' ? null : presentInvitation(outcome) };
}

/**
 * Invites users by name, each name once, and says what became of each; a dry run says it and writes nothing.
 * @throws ApiError 400 for an unknown organization or team, 403 for whoever does not own it
 */
export async function inviteUsers(call: Call, { org, team = '', invitees, role = 'member' }: Omit<NewInvitations, 'dry_run'>, isDryRun: boolean) {
  const organization = await getOwnOrganization(call, org);
  // The schema has checked the role.
  const common = {
    organization_id: organization.id, team_id: await findTeamId(call, organization, team), role: role as Role,
    inviter: getCaller(call).username,
  };
  const names = [...new Set(invitees)];
  const users = await findUsersByName(call.db, names);
  const ids = users.map(({ id }) => id);
  const outcomes = isDryRun ? await checkInvitees(call.db, organization.id, ids) : await insertInvitations(call.db, common, ids);
  if (!outcomes) throw new ApiError('not_found');
  const idOf = new Map(users.map(({ username, id }) => [username, id]));
  const results = names.map((name) => presentOutcome(name, outcomes.get(idOf.get(name) ?? '')));
  const invited = results.filter(({ status }) => status === 'invited').map(({ invitee }) => invitee);
  return { invitees: results, audit: { account: org, data: { invited, role, team } } };
}
