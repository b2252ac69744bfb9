import type { MemberRow } from '../db/members.js';
import { isOrganizationOwner } from '../db/namespaces.js';
import type { OrganizationRow } from '../db/organizations.js';
import { LastOwnerError } from '../db/roles.js';
import { findTeam, type TeamRow } from '../db/teams.js';
import { ApiError } from './errors.js';
import { getCaller, getOrganization, type Call } from './route.js';
import { presentAccount } from './users.js';

/** Docker Hub reads roles in small letters and shows them so. */
const ROLE_NAMES = { owner: 'Owner', editor: 'Editor', member: 'Member' } as const;

/** An organization as everybody sees it. */
export function presentOrganization(organization: OrganizationRow) {
  return { ...presentAccount(organization), orgname: organization.name, type: 'Organization' };
}

/**
 * A member of an organization or a team. Whoever founds an organization may put every user into it: the address would
 * be anybody's to read if owners saw it.
 */
export function presentMember({ caller }: Pick<Call, 'caller'>) {
  return (member: MemberRow) => {
    const { id, username, role, teams } = member;
    const email = caller?.is_admin || caller?.id === id ? member.email : '';
    const shown = { email, primary_email: email, role: ROLE_NAMES[role], groups: teams, is_guest: false };
    return { ...presentAccount(member), username, type: 'User', ...shown };
  };
}

/** A team. */
export function presentTeam({ id, uuid, name, description, member_count }: TeamRow) {
  return { id, uuid, name, description, member_count };
}

/** By whose eyes teams are seen: undefined for an owner and the administrator, who see them all. */
export async function findTeamViewer(call: Call): Promise<string | undefined> {
  const caller = getCaller(call);
  const isOwner = caller.is_admin || (await isOrganizationOwner(call.db, getOrganization(call).id, caller.id));
  return isOwner ? undefined : caller.id;
}

/** The team that the path names. @throws ApiError 404, also for one that the caller may not see */
export async function getTeam(call: Call<{ group: string }>): Promise<TeamRow> {
  const team = await findTeam(call.db, getOrganization(call).id, call.params.group, await findTeamViewer(call));
  if (!team) throw new ApiError('not_found');
  return team;
}

/** Runs what may take the last owner away, which is refused. @throws ApiError 409 */
export async function refuseLastOwner<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof LastOwnerError) throw new ApiError('last_owner', 'Make another member an owner first');
    throw error;
  }
}
