import test from 'ava';
import {
  deletePermission, findPermission, findTeamOfNamespace, listPermissions, PERMISSIONS, setPermission, updatePermission,
} from '../../db/permissions.js';
import { deleteOrganization } from '../../db/organizations.js';
import { deleteRepository } from '../../db/repositories.js';
import { setRole } from '../../db/roles.js';
import { deleteTeam, deleteTeamMember } from '../../db/teams.js';
import type { Db } from '../../db/connection.js';
import { findLevel } from '../../db/visibility.js';
import { buildOrganization, buildRepository, buildTeam, buildUser, pick } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

const ALL = { limit: 10, offset: 0 };

async function buildPlace(db: Db) {
  const organization = await buildOrganization(db);
  const user = await buildUser(db);
  const team = await buildTeam(db, organization, [user]);
  const repository = await buildRepository(db, { namespace: organization.name, is_private: true });
  return { organization, user, team, repository };
}

for (const { name, open } of ENGINES) {
  test(`${name}: a permission is set, replaced, changed and taken away, and the team's members have that level`, async (t) => {
    const db = await open(t);
    const { user, team, repository } = await buildPlace(db);
    t.is(await findLevel(db, repository, user), 'none');
    for (const permission of PERMISSIONS) {
      t.true(await setPermission(db, repository.id, { team, permission }));
      t.deepEqual(await findPermission(db, repository.id, team.id), { group_id: team.id, group_name: team.name, permission });
      t.is(await findLevel(db, repository, user), permission);
    }
    t.true(await updatePermission(db, repository.id, { teamId: team.id, permission: 'read' }));
    t.is(await findLevel(db, repository, user), 'read');
    t.true(await deletePermission(db, repository.id, team.id));
    t.false(await deletePermission(db, repository.id, team.id));
    t.false(await updatePermission(db, repository.id, { teamId: team.id, permission: 'admin' }));
    t.is(await findLevel(db, repository, user), 'none');
  });

  test(`${name}: the highest of several grants counts, and only on its own repository`, async (t) => {
    const db = await open(t);
    const { organization, user, team, repository } = await buildPlace(db);
    const second = await buildTeam(db, organization, [user]);
    await setPermission(db, repository.id, { team, permission: 'read' });
    await setPermission(db, repository.id, { team: second, permission: 'write' });
    t.is(await findLevel(db, repository, user), 'write');
    t.is(await findLevel(db, await buildRepository(db, { namespace: organization.name, is_private: true }), user), 'none');
    await deleteTeamMember(db, second, user.id);
    t.is(await findLevel(db, repository, user), 'read');
    await setRole(db, organization.id, { userId: user.id, role: 'editor' });
    t.is(await findLevel(db, repository, user), 'admin');
  });

  test(`${name}: permissions are listed by team, a page at a time, and go with their team`, async (t) => {
    const db = await open(t);
    const { organization, repository, team } = await buildPlace(db);
    const teams = [team, await buildTeam(db, organization), await buildTeam(db, organization)];
    for (const one of teams) await setPermission(db, repository.id, { team: one, permission: 'read' });
    const names = teams.map(({ name: word }) => word).sort();
    t.deepEqual((await listPermissions(db, repository.id, ALL)).rows.map(({ group_name }) => group_name), names);
    t.like(await listPermissions(db, repository.id, { limit: 1, offset: 1 }), { count: 3, rows: [{ group_name: names[1] }] });
    await deleteTeam(db, team);
    t.like(await listPermissions(db, repository.id, ALL), { count: 2 });
  });

  test(`${name}: a team is known in the namespace of its organization alone`, async (t) => {
    const db = await open(t);
    const { organization, team } = await buildPlace(db);
    t.like(await findTeamOfNamespace(db, organization.name, team.id), { id: team.id, name: team.name });
    t.is(await findTeamOfNamespace(db, (await buildOrganization(db)).name, team.id), undefined);
    t.is(await findTeamOfNamespace(db, (await buildUser(db)).username, team.id), undefined);
  });

  test(`${name}: a permission is set while its team, repository or organization goes, and nothing fails`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < 6; round += 1) {
      const { organization, repository, team } = await buildPlace(db);
      const goes = [() => deleteTeam(db, team), () => deleteRepository(db, repository.id), () => deleteOrganization(db, organization)];
      await Promise.all([pick(goes, round % 3)(), setPermission(db, repository.id, { team, permission: 'read' })]);
      t.is(await findPermission(db, repository.id, team.id), undefined);
      t.false(await setPermission(db, repository.id, { team, permission: 'read' }));
    }
  });
}
