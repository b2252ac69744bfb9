import test from 'ava';
import type { Db } from '../../db/connection.js';
import {
  acceptInvitation, checkInvitees, deleteInvitation, findInvitation, insertInvitations, listInvitations, renewInvitation,
  type InvitationRow, type NewInvitations,
} from '../../db/invitations.js';
import { findMember, isMember } from '../../db/members.js';
import { deleteOrganization, type OrganizationRow } from '../../db/organizations.js';
import { deleteTeam } from '../../db/teams.js';
import type { UserRow } from '../../db/users.js';
import { buildOrganization, buildTeam, buildUser } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

const ALL = { limit: 10, offset: 0 };

function describe({ id }: OrganizationRow, options: Partial<NewInvitations> = {}): NewInvitations {
  return { organization_id: id, team_id: null, role: 'member', inviter: 'boss', ...options };
}

async function invite(db: Db, organization: OrganizationRow, user: UserRow, options: Partial<NewInvitations> = {}): Promise<InvitationRow> {
  const outcome = (await insertInvitations(db, describe(organization, options), [user.id]))?.get(user.id);
  if (typeof outcome !== 'object') throw new Error(`not invited: ${outcome}`);
  return outcome;
}

for (const { name, open } of ENGINES) {
  test(`${name}: users are invited once, members not at all, and asking beforehand writes nothing`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db);
    const organization = await buildOrganization(db, { owner });
    const [first, second] = [await buildUser(db), await buildUser(db)];
    const ids = [owner.id, first.id, second.id];
    await invite(db, organization, second);
    const expected = [[owner.id, 'member'], [first.id, 'free'], [second.id, 'invited']];
    t.deepEqual([...(await checkInvitees(db, organization.id, ids))], expected as [string, 'member'][]);
    t.like(await listInvitations(db, { organization_id: organization.id }, ALL), { count: 1 });
    const done = await insertInvitations(db, describe(organization), ids);
    t.like(done?.get(first.id), { invitee: first.username, organization: organization.name, team: null, role: 'member', inviter: 'boss' });
    t.deepEqual([done?.get(owner.id), done?.get(second.id)], ['member', 'invited']);
    t.deepEqual(await insertInvitations(db, describe(organization), []), new Map());
  });

  test(`${name}: invitations are listed by organization and by user, newest first`, async (t) => {
    const db = await open(t);
    const [organization, other] = [await buildOrganization(db), await buildOrganization(db)];
    const [first, second] = [await buildUser(db), await buildUser(db)];
    const [a, b, c] = [await invite(db, organization, first), await invite(db, organization, second), await invite(db, other, first)];
    const ids = async (where: object, page = ALL) => (await listInvitations(db, where, page)).rows.map(({ id }) => id);
    t.deepEqual(await ids({ organization_id: organization.id }), [b.id, a.id]);
    t.deepEqual(await ids({ user_id: first.id }), [c.id, a.id]);
    t.deepEqual(await ids({ user_id: first.id }, { limit: 1, offset: 1 }), [a.id]);
    t.deepEqual(await findInvitation(db, a.id), a);
  });

  test(`${name}: whoever accepts has the role and is in the team, once`, async (t) => {
    const db = await open(t);
    const organization = await buildOrganization(db);
    const team = await buildTeam(db, organization);
    for (const [role, team_id, teams] of [['member', null, []], ['editor', team.id, [team.name]], ['owner', null, ['owners']]] as const) {
      const user = await buildUser(db);
      const invitation = await invite(db, organization, user, { role, team_id });
      const done = await Promise.all([1, 2].map(() => acceptInvitation(db, invitation)));
      t.deepEqual(done.sort(), [false, true]);
      t.like(await findMember(db, organization.id, user.id), { role, teams: [...teams] });
      t.is(await findInvitation(db, invitation.id), undefined);
    }
  });

  test(`${name}: an invitation taken back while it is accepted makes a member or not, never half`, async (t) => {
    const db = await open(t);
    const organization = await buildOrganization(db);
    for (let round = 0; round < 5; round += 1) {
      const user = await buildUser(db);
      const invitation = await invite(db, organization, user);
      const [accepted, deleted] = await Promise.all([acceptInvitation(db, invitation), deleteInvitation(db, invitation.id)]);
      t.not(accepted, deleted);
      t.is(await isMember(db, organization.id, user.id), accepted);
    }
  });

  test(`${name}: an invitation is renewed and taken back while it stands`, async (t) => {
    const db = await open(t);
    const invitation = await invite(db, await buildOrganization(db), await buildUser(db));
    await db('invitations').update({ created: '2020-01-01T00:00:00.000Z' });
    t.true(await renewInvitation(db, invitation.id));
    t.true((await findInvitation(db, invitation.id))?.created.startsWith('20'));
    t.not((await findInvitation(db, invitation.id))?.created, '2020-01-01T00:00:00.000Z');
    t.true(await deleteInvitation(db, invitation.id));
    t.false(await deleteInvitation(db, invitation.id));
    t.false(await renewInvitation(db, invitation.id));
    t.false(await acceptInvitation(db, invitation));
  });

  test(`${name}: invitations come and are accepted while team or organization go, and nothing fails`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < 6; round += 1) {
      const organization = await buildOrganization(db);
      const team = await buildTeam(db, organization);
      const [first, second] = [await buildUser(db), await buildUser(db)];
      const standing = await invite(db, organization, first, { team_id: team.id });
      await Promise.all([
        round % 2 === 0 ? deleteTeam(db, team) : deleteOrganization(db, organization),
        acceptInvitation(db, standing), insertInvitations(db, describe(organization, { team_id: team.id }), [second.id]),
      ]);
      t.like(await listInvitations(db, { organization_id: organization.id }, ALL), { count: 0 });
      t.is(await insertInvitations(db, describe(organization, { team_id: team.id }), [second.id]), undefined);
    }
  });
}
