import test from 'ava';
import { findNamespace, isNamespaceOwner, isOrganizationOwner } from '../../db/namespaces.js';
import {
  deleteOrganization, findOrganization, insertOrganization, listOrganizations, lockOrganization, updateOrganization,
} from '../../db/organizations.js';
import { findRepositoryById, insertRepository, NamespaceGoneError } from '../../db/repositories.js';
import { findRun } from '../../db/runs.js';
import { findTeam } from '../../db/teams.js';
import { insertUser } from '../../db/users.js';
import { buildOrganization, buildRepository, buildRun, buildTeam, buildUser, must, PLENTY, uniqueName } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

const NO_PROFILE = { full_name: '', location: '', company: '', profile_url: '' };
const ALL = { limit: 10, offset: 0 };

for (const { name, open } of ENGINES) {
  test(`${name}: an organization comes with its namespace and a team of owners that holds its founder`, async (t) => {
    const db = await open(t);
    const [founder, other] = [await buildUser(db), await buildUser(db)];
    const profile = { full_name: 'Acme', location: 'Here', company: 'Acme Ltd', profile_url: 'https://acme.example/' };
    const made = must(await insertOrganization(db, { name: 'acme', ...profile }, founder.id), 'an organization');
    t.deepEqual(await findOrganization(db, 'acme'), made);
    t.like(made, profile);
    const namespace = must(await findNamespace(db, 'acme'), 'a namespace');
    t.like(namespace, { organization_id: made.id, user_id: null });
    t.like(await findTeam(db, made.id, 'owners'), { member_count: 1 });
    t.deepEqual(await Promise.all([founder, other].map(({ id }) => isNamespaceOwner(db, namespace, id))), [true, false]);
  });

  test(`${name}: users and organizations share their names, also when both take one at once`, async (t) => {
    const db = await open(t);
    const founder = await buildUser(db);
    t.is(await insertOrganization(db, { name: founder.username, ...NO_PROFILE }, founder.id), undefined);
    t.is(await findOrganization(db, founder.username), undefined);
    for (let round = 0; round < 5; round += 1) {
      const word = uniqueName('x');
      const made = await Promise.all([
        insertOrganization(db, { name: word, ...NO_PROFILE }, founder.id),
        insertUser(db, { username: word, email: '', password_hash: '', is_admin: false }),
        insertOrganization(db, { name: word, ...NO_PROFILE }, founder.id),
      ]);
      t.is(made.filter(Boolean).length, 1);
    }
  });

  test(`${name}: a profile changes where it says so, and a missing organization has none`, async (t) => {
    const db = await open(t);
    const { id, name: word } = await buildOrganization(db);
    t.like(await updateOrganization(db, id, { company: 'New' }), { name: word, company: 'New', full_name: '' });
    t.like(await updateOrganization(db, id, {}), { company: 'New' });
    t.is(await updateOrganization(db, 'org_none', { company: 'New' }), undefined);
    t.deepEqual([await lockOrganization(db, id), await lockOrganization(db, 'org_none')], [true, false]);
  });

  test(`${name}: a user's organizations are listed by name, a page at a time`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db);
    for (const word of ['zeta', 'alpha', 'mid']) await buildOrganization(db, { owner, name: word });
    const other = await buildOrganization(db);
    const names = async (userId: string, page = ALL) => {
      const { count, rows } = await listOrganizations(db, userId, page);
      return [count, ...rows.map(({ name: word }) => word)];
    };
    t.deepEqual(await names(owner.id), [3, 'alpha', 'mid', 'zeta']);
    t.deepEqual(await names(owner.id, { limit: 1, offset: 2 }), [3, 'zeta']);
    await buildTeam(db, other, [owner]);
    t.is((await names(owner.id))[0], 4);
  });

  test(`${name}: what belongs to an organization goes with it, and its name is free again`, async (t) => {
    const db = await open(t);
    const [owner, member] = [await buildUser(db), await buildUser(db)];
    const organization = await buildOrganization(db, { owner });
    await buildTeam(db, organization, [member]);
    const repository = await buildRepository(db, { namespace: organization.name });
    const { run } = await buildRun(db, { repository });
    const foreign = await buildRun(db, { repository: await buildRepository(db, { owner }) });
    t.deepEqual(await deleteOrganization(db, organization), [run.id]);
    t.is(await findOrganization(db, organization.name), undefined);
    t.is(await findRepositoryById(db, repository.id), undefined);
    t.like(await findRun(db, foreign.repository.id, foreign.run.id), { state: 'queued' });
    t.false(await isOrganizationOwner(db, organization.id, owner.id));
    t.like(await listOrganizations(db, member.id, ALL), { count: 0 });
    t.truthy(await insertOrganization(db, { name: organization.name, ...NO_PROFILE }, member.id));
  });

  test(`${name}: an organization is deleted twice at once, and beside what belongs to it`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < 5; round += 1) {
      const organization = await buildOrganization(db);
      const user = await buildUser(db);
      const repository = await buildRepository(db, { namespace: organization.name });
      await buildRun(db, { repository });
      const [first, second] = await Promise.all([
        deleteOrganization(db, organization), deleteOrganization(db, organization),
        updateOrganization(db, organization.id, { company: 'x' }), listOrganizations(db, user.id, ALL),
      ]);
      t.is(first.length + second.length, 1);
    }
  });

  test(`${name}: repositories created while their organization is deleted go with it, or find it gone`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < 6; round += 1) {
      const organization = await buildOrganization(db);
      const row = { namespace: organization.name, description: '', full_description: '', is_private: round % 2 === 0 };
      const create = async () => insertRepository(db, { ...row, name: uniqueName() }, PLENTY);
      const done = await Promise.allSettled([create(), deleteOrganization(db, organization), create(), create()]);
      for (const one of done) if (one.status === 'rejected') t.true(one.reason instanceof NamespaceGoneError, String(one.reason));
      await t.throwsAsync(create(), { instanceOf: NamespaceGoneError });
    }
  });
}
