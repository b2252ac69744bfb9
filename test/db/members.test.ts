import test from 'ava';
import type { Db } from '../../db/connection.js';
import { insertInvitations, listInvitations } from '../../db/invitations.js';
import { findMember, isMember, listMembers, type MemberFilter } from '../../db/members.js';
import { deleteOrganization, type OrganizationRow } from '../../db/organizations.js';
import { LastOwnerError, removeMember, setRole, type Role } from '../../db/roles.js';
import { insertTeamMember } from '../../db/teams.js';
import { updateProfile, type UserRow } from '../../db/users.js';
import { buildOrganization, buildTeam, buildUser } from '../helpers/builders.js';
import { countQueries, ENGINES } from '../helpers/database.js';

const ALL = { limit: 100, offset: 0 };

async function buildMember(db: Db, organization: OrganizationRow, { role, username }: { role?: Role; username?: string } = {}): Promise<UserRow> {
  const user = await buildUser(db, username === undefined ? {} : { username });
  await buildTeam(db, organization, [user]);
  if (role) await setRole(db, organization.id, { userId: user.id, role });
  return user;
}

async function listNames(db: Db, filter: MemberFilter, page = ALL): Promise<string[]> {
  return (await listMembers(db, filter, page)).rows.map(({ username }) => username);
}

for (const { name, open } of ENGINES) {
  test(`${name}: members are listed by name with role and teams, in a fixed number of queries`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db, { username: 'dora' });
    const organization = await buildOrganization(db, { owner });
    await buildMember(db, organization, { username: 'carl', role: 'editor' });
    await buildMember(db, organization, { username: 'anna' });
    await buildMember(db, await buildOrganization(db), { username: 'stranger' });
    const { count, rows } = await listMembers(db, { organizationId: organization.id }, ALL);
    t.is(count, 3);
    t.deepEqual(rows.map(({ username, role, teams }) => [username, role, teams.length]), [['anna', 'member', 1], ['carl', 'editor', 1], ['dora', 'owner', 1]]);
    t.deepEqual(rows[2]?.teams, ['owners']);
    t.deepEqual(await listNames(db, { organizationId: organization.id }, { limit: 2, offset: 1 }), ['carl', 'dora']);
    const few = await countQueries(db, () => listMembers(db, { organizationId: organization.id }, ALL));
    for (let more = 0; more < 5; more += 1) await buildMember(db, organization);
    t.is(await countQueries(db, () => listMembers(db, { organizationId: organization.id }, ALL)), few);
  });

  test(`${name}: members are found by role, team and parts of their names, in which % and _ are plain`, async (t) => {
    const db = await open(t);
    const organization = await buildOrganization(db, { owner: await buildUser(db, { username: 'dora' }) });
    const organizationId = organization.id;
    await buildMember(db, organization, { username: 'carl', role: 'editor' });
    const anna = await buildMember(db, organization, { username: 'anna' });
    await updateProfile(db, anna.id, { full_name: 'Anna 100% Smith_Jones!' });
    const team = await buildTeam(db, organization, [anna]);
    for (const [role, found] of [['owner', 'dora'], ['editor', 'carl'], ['member', 'anna']] as const) {
      t.deepEqual(await listNames(db, { organizationId, role }), [found]);
    }
    t.deepEqual(await listNames(db, { organizationId, teamId: team.id }), ['anna']);
    for (const search of ['AR', '0% s', 'h_J', 'JONES!']) t.is((await listNames(db, { organizationId, search })).length, 1, search);
    for (const search of ['0%S', 'n_a', 'x!', '%%', '\\']) t.deepEqual(await listNames(db, { organizationId, search }), [], search);
  });

  test(`${name}: an editor in the team of owners is an owner`, async (t) => {
    const db = await open(t);
    const organization = await buildOrganization(db);
    const user = await buildMember(db, organization, { role: 'editor' });
    const owners = await db('teams').where({ organization_id: organization.id, is_owners: true }).first<{ id: number }>('id');
    await insertTeamMember(db, { id: owners.id, organization_id: organization.id }, user.id);
    t.like(await findMember(db, organization.id, user.id), { role: 'owner' });
  });

  test(`${name}: roles go up and down, and the last owner keeps theirs`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db);
    const organization = await buildOrganization(db, { owner });
    const user = await buildMember(db, organization);
    for (const role of ['owner', 'editor', 'owner', 'member', 'editor', 'member'] as const) {
      t.true(await setRole(db, organization.id, { userId: user.id, role }));
      t.like(await findMember(db, organization.id, user.id), { role });
    }
    for (const role of ['editor', 'member'] as const) {
      await t.throwsAsync(setRole(db, organization.id, { userId: owner.id, role }), { instanceOf: LastOwnerError });
    }
    t.like(await findMember(db, organization.id, owner.id), { role: 'owner' });
    t.false(await setRole(db, organization.id, { userId: (await buildUser(db)).id, role: 'owner' }));
  });

  test(`${name}: whoever leaves leaves all teams of the organization, and none of another`, async (t) => {
    const db = await open(t);
    const [organization, other] = [await buildOrganization(db), await buildOrganization(db)];
    const user = await buildMember(db, organization);
    const kept = await buildTeam(db, other, [user]);
    t.true(await removeMember(db, organization.id, user.id));
    t.false(await removeMember(db, organization.id, user.id));
    t.false(await isMember(db, organization.id, user.id));
    t.deepEqual(await listNames(db, { organizationId: other.id, teamId: kept.id }), [user.username]);
    t.is((await db('team_members').where({ user_id: user.id })).length, 1);
  });

  test(`${name}: of two owners who leave at once one stays, however they leave`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < 10; round += 1) {
      const first = await buildUser(db);
      const organization = await buildOrganization(db, { owner: first });
      const second = await buildMember(db, organization, { role: 'owner' });
      const left = await Promise.allSettled([
        removeMember(db, organization.id, first.id),
        round % 2 === 0 ? removeMember(db, organization.id, second.id) : setRole(db, organization.id, { userId: second.id, role: 'member' }),
      ]);
      t.deepEqual(left.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      for (const one of left) if (one.status === 'rejected') t.true(one.reason instanceof LastOwnerError);
      t.is((await listNames(db, { organizationId: organization.id, role: 'owner' })).length, 1);
    }
  });

  test(`${name}: roles change and members leave while the organization is deleted, and nothing fails`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < 5; round += 1) {
      const organization = await buildOrganization(db);
      const [first, second] = [await buildMember(db, organization), await buildMember(db, organization)];
      await Promise.all([
        deleteOrganization(db, organization), removeMember(db, organization.id, first.id),
        setRole(db, organization.id, { userId: second.id, role: 'owner' }),
      ]);
      t.false(await removeMember(db, organization.id, second.id));
      t.false(await setRole(db, organization.id, { userId: second.id, role: 'owner' }));
    }
  });

  test(`${name}: whoever becomes a member otherwise has no invitation left that could lower them`, async (t) => {
    const db = await open(t);
    const organization = await buildOrganization(db);
    const user = await buildUser(db);
    await insertInvitations(db, { organization_id: organization.id, team_id: null, role: 'editor', inviter: 'x' }, [user.id]);
    await buildTeam(db, organization, [user]);
    t.like(await listInvitations(db, { user_id: user.id }, ALL), { count: 0 });
  });
}
