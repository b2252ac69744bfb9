import test from 'ava';
import type { Db } from '../../db/connection.js';
import { findMember, isMember, listMembers } from '../../db/members.js';
import { deleteOrganization, type OrganizationRow } from '../../db/organizations.js';
import { LastOwnerError, setRole } from '../../db/roles.js';
import {
  deleteTeam, deleteTeamMember, findTeam, insertTeam, insertTeamMember, listTeams, updateTeam, type TeamRow,
} from '../../db/teams.js';
import { buildOrganization, buildTeam, buildUser, must, uniqueName } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

const ALL = { limit: 100, offset: 0 };

async function makeTeam(db: Db, { id }: OrganizationRow, name: string): Promise<TeamRow> {
  const team = await insertTeam(db, { organization_id: id, name, description: 'd' });
  if (team === 'taken') throw new Error(`${name} is taken`);
  return must(team, 'a team');
}

async function listNames(db: Db, organizationId: string, filter: { userId?: string; search?: string; seenBy?: string } = {}, page = ALL) {
  const { count, rows } = await listTeams(db, { organizationId, ...filter }, page);
  return [count, ...rows.map(({ name }) => name)];
}

for (const { name, open } of ENGINES) {
  test(`${name}: teams are found by name in their organization, with the number of their members`, async (t) => {
    const db = await open(t);
    const [organization, other] = [await buildOrganization(db), await buildOrganization(db)];
    const made = await makeTeam(db, organization, 'Dev_Team');
    t.like(made, { name: 'Dev_Team', description: 'd', member_count: 0 });
    t.is(await insertTeam(db, { organization_id: organization.id, name: 'Dev_Team', description: '' }), 'taken');
    t.is(await insertTeam(db, { organization_id: 'org_none', name: 'Dev_Team', description: '' }), undefined);
    await makeTeam(db, other, 'Dev_Team');
    for (const user of [await buildUser(db), await buildUser(db)]) await insertTeamMember(db, made, user.id);
    t.deepEqual(await findTeam(db, organization.id, 'Dev_Team'), { ...made, member_count: 2 });
    t.like(await findTeam(db, other.id, 'Dev_Team'), { member_count: 0 });
    t.is(await findTeam(db, organization.id, 'dev_team'), undefined);
  });

  test(`${name}: teams are listed by name, by member and by a part of the name`, async (t) => {
    const db = await open(t);
    const organization = await buildOrganization(db);
    const user = await buildUser(db);
    await insertTeamMember(db, await makeTeam(db, organization, 'a_b'), user.id);
    await makeTeam(db, organization, 'axb');
    t.deepEqual(await listNames(db, organization.id), [3, 'a_b', 'axb', 'owners']);
    t.deepEqual(await listNames(db, organization.id, {}, { limit: 1, offset: 1 }), [3, 'axb']);
    t.deepEqual(await listNames(db, organization.id, { userId: user.id }), [1, 'a_b']);
    t.deepEqual(await listNames(db, organization.id, { search: 'A_B' }), [1, 'a_b']);
    t.deepEqual(await listNames(db, organization.id, { search: '%' }), [0]);
  });

  test(`${name}: a member sees their own teams, an editor all but the owners`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db);
    const organization = await buildOrganization(db, { owner });
    const [member, editor] = [await buildUser(db), await buildUser(db)];
    const team = await makeTeam(db, organization, 'one');
    await insertTeamMember(db, team, member.id);
    await insertTeamMember(db, await makeTeam(db, organization, 'two'), editor.id);
    await setRole(db, organization.id, { userId: editor.id, role: 'editor' });
    t.deepEqual(await listNames(db, organization.id, { seenBy: member.id }), [1, 'one']);
    t.deepEqual(await listNames(db, organization.id, { seenBy: editor.id }), [2, 'one', 'two']);
    t.deepEqual(await listNames(db, organization.id, { seenBy: owner.id }), [1, 'owners']);
    t.deepEqual(await listNames(db, organization.id, { seenBy: (await buildUser(db)).id }), [0]);
    t.is(await findTeam(db, organization.id, 'two', member.id), undefined);
    t.like(await findTeam(db, organization.id, 'one', editor.id), { id: team.id });
    const shown = await listMembers(db, { organizationId: organization.id, seenBy: member.id }, ALL);
    t.deepEqual(shown.rows.flatMap(({ teams }) => teams), ['one']);
  });

  test(`${name}: a team is renamed to a free name, or to its own`, async (t) => {
    const db = await open(t);
    const organization = await buildOrganization(db);
    const team = await makeTeam(db, organization, 'one');
    await makeTeam(db, organization, 'two');
    await insertTeamMember(db, team, (await buildUser(db)).id);
    t.is(await updateTeam(db, team, { name: 'two' }), 'taken');
    t.like(await updateTeam(db, team, { name: 'one', description: 'new' }), { name: 'one', description: 'new', member_count: 1 });
    t.like(await updateTeam(db, team, { name: 'three' }), { name: 'three', description: 'new' });
    t.like(await updateTeam(db, team, {}), { name: 'three' });
    await deleteTeam(db, team);
    t.is(await updateTeam(db, team, { name: 'four' }), undefined);
  });

  test(`${name}: two teams that take one name at once: one has it`, async (t) => {
    const db = await open(t);
    const organization = await buildOrganization(db);
    for (let round = 0; round < 5; round += 1) {
      const [first, second] = [await makeTeam(db, organization, uniqueName('a')), await makeTeam(db, organization, uniqueName('b'))];
      const word = uniqueName('c');
      const done = await Promise.all([
        updateTeam(db, first, { name: word }), updateTeam(db, second, { name: word }),
        insertTeam(db, { organization_id: organization.id, name: word, description: '' }),
      ]);
      t.is(done.filter((one) => one === 'taken').length, 2);
    }
  });

  test(`${name}: in a team, in the organization; out of the team, still in the organization`, async (t) => {
    const db = await open(t);
    const organization = await buildOrganization(db);
    const team = await buildTeam(db, organization);
    const user = await buildUser(db);
    await Promise.all([1, 2, 3].map(() => insertTeamMember(db, team, user.id)));
    t.deepEqual((await findMember(db, organization.id, user.id))?.teams, [team.name]);
    t.true(await deleteTeamMember(db, team, user.id));
    t.false(await deleteTeamMember(db, team, user.id));
    t.true(await isMember(db, organization.id, user.id));
    await deleteTeam(db, team);
    t.false(await insertTeamMember(db, team, user.id));
  });

  test(`${name}: of two owners taken out of their team at once one stays`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < 10; round += 1) {
      const users = [await buildUser(db), await buildUser(db)] as const;
      const organization = await buildOrganization(db, { owner: users[0] });
      const owners = must(await findTeam(db, organization.id, 'owners'), 'the owners');
      await insertTeamMember(db, owners, users[1].id);
      const done = await Promise.allSettled(users.map(({ id }) => deleteTeamMember(db, owners, id)));
      t.deepEqual(done.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      t.like(await findTeam(db, organization.id, 'owners'), { member_count: 1 });
    }
    const owners = must(await findTeam(db, (await buildOrganization(db)).id, 'owners'), 'the owners');
    await t.throwsAsync(deleteTeamMember(db, owners, (await db('team_members').where({ team_id: owners.id }).first<{ user_id: string }>('user_id')).user_id), { instanceOf: LastOwnerError });
  });

  test(`${name}: teams and members come while the organization or the team goes, and nothing fails`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < 5; round += 1) {
      const organization = await buildOrganization(db);
      const [team, user] = [await buildTeam(db, organization), await buildUser(db)];
      const goes = round % 2 === 0 ? deleteOrganization(db, organization) : deleteTeam(db, team);
      await Promise.all([
        goes, insertTeamMember(db, team, user.id), updateTeam(db, team, { name: 'other' }),
        insertTeam(db, { organization_id: organization.id, name: 'new', description: '' }),
      ]);
      t.false(await insertTeamMember(db, team, user.id));
    }
  });
}
