import type { Route } from '../../api/route.js';
import { insertInvitations } from '../../db/invitations.js';
import { findMember } from '../../db/members.js';
import type { OrganizationRow } from '../../db/organizations.js';
import { setPermission } from '../../db/permissions.js';
import type { RepositoryRow } from '../../db/repositories.js';
import { setRole, type Role } from '../../db/roles.js';
import { findTeam, insertTeamMember } from '../../db/teams.js';
import type { UserRow } from '../../db/users.js';
import type { TestApi } from './api.js';
import { buildOrganization, buildTeam, buildUser, must } from './builders.js';

/** A user with a session token. */
export interface Person extends UserRow {
  readonly token: string;
}

/** An organization with one of each role, somebody who is not in it, and the administrator of the hub. */
export interface TestOrganization {
  readonly organization: OrganizationRow;
  /** `/v2/orgs/NAME` */
  readonly path: string;
  readonly people: Readonly<Record<Role | 'outsider' | 'admin', Person>>;
}

/** A user who is logged in. */
export async function buildPerson(api: TestApi, user: Parameters<typeof buildUser>[1] = {}): Promise<Person> {
  const row = await buildUser(api.db, user);
  return { ...row, token: await api.login(row) };
}

/** Makes a user a member with a role and in no team but the owners. */
export async function join(api: TestApi, organization: OrganizationRow, user: UserRow, role: Role = 'member'): Promise<void> {
  const owners = must(await findTeam(api.db, organization.id, 'owners'), 'the owners');
  await insertTeamMember(api.db, owners, user.id);
  await setRole(api.db, organization.id, { userId: user.id, role });
}

/** An organization with people around it. */
export async function buildPeople(api: TestApi): Promise<TestOrganization> {
  const owner = await buildPerson(api);
  const organization = await buildOrganization(api.db, { owner });
  const [editor, member, outsider] = [await buildPerson(api), await buildPerson(api), await buildPerson(api)];
  const admin = await buildPerson(api, { is_admin: true });
  await join(api, organization, editor, 'editor');
  await join(api, organization, member);
  return { organization, path: `/v2/orgs/${organization.name}`, people: { owner, editor, member, outsider, admin } };
}

/** The role of a user as it stands; undefined for whoever is no member. */
export async function readRole(api: TestApi, organization: OrganizationRow, user: UserRow): Promise<Role | undefined> {
  return (await findMember(api.db, organization.id, user.id))?.role;
}

/** What stands for the parameters of paths around a team with a member and a permission, and an invitation. */
export async function buildGroupValues(
  { db }: TestApi,
  { organization, repository, invitee }: { organization: OrganizationRow; repository: RepositoryRow; invitee: UserRow },
  { path }: Route,
): Promise<Record<string, string>> {
  const member = await buildUser(db);
  const team = await buildTeam(db, organization, [member]);
  await setPermission(db, repository.id, { team, permission: 'read' });
  const common = { organization_id: organization.id, team_id: null, role: 'member', inviter: 'owner' } as const;
  const invited = (await insertInvitations(db, common, [invitee.id]))?.get(invitee.id);
  return {
    group: team.name,
    group_id: String(team.id),
    ...(path.startsWith('/v2/orgs/') ? { username: member.username } : {}),
    ...(path.startsWith('/v2/invites/') && typeof invited === 'object' ? { id: invited.id } : {}),
  };
}
