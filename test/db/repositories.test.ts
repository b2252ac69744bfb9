import test from 'ava';
import { insertCollaborator } from '../../db/collaborators.js';
import {
  deleteRepository, findRepository, findRepositoryById, insertRepository, listRepositories, setPrivacy, SlotsTakenError, updateRepository,
} from '../../db/repositories.js';
import { findLevel } from '../../db/visibility.js';
import { buildCollaborator, buildRepository, buildRun, buildUser, PLENTY } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

const describeApp = (namespace: string) =>
  ({ namespace, name: 'app', description: 'd', full_description: 'f', is_private: false });

for (const { name, open } of ENGINES) {
  test(`${name}: a repository is found by its path and by its id`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db);
    const made = await insertRepository(db, describeApp(owner.username), PLENTY);
    t.deepEqual(await findRepository(db, owner.username, 'app'), made);
    t.deepEqual(await findRepositoryById(db, made?.id ?? ''), made);
    t.is(await findRepository(db, owner.username, 'other'), undefined);
    t.regex(made?.id ?? '', /^rep_[0-9a-f]{32}$/);
    t.is(made?.star_count, 0);
    t.false(Boolean(made?.is_official));
  });

  test(`${name}: of twenty creations of one repository at once exactly one succeeds`, async (t) => {
    const db = await open(t);
    const { username } = await buildUser(db);
    const made = await Promise.all(Array.from({ length: 20 }, () => insertRepository(db, describeApp(username), PLENTY)));
    t.is(made.filter(Boolean).length, 1);
  });

  test(`${name}: two namespaces may have repositories of one name`, async (t) => {
    const db = await open(t);
    const [a, b] = [await buildUser(db), await buildUser(db)];
    t.truthy(await insertRepository(db, describeApp(a.username), PLENTY));
    t.truthy(await insertRepository(db, describeApp(b.username), PLENTY));
  });

  test(`${name}: a change writes what it names and leaves the rest`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db, { description: 'old', full_description: 'long' });
    const changed = await updateRepository(db, repository.id, { description: 'new' });
    t.like(changed, { description: 'new', full_description: 'long', name: repository.name });
    t.is(await updateRepository(db, 'rep_none', { description: 'x' }), undefined);
  });

  test(`${name}: levels follow administrator, owner, collaborator, privacy and nobody`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db);
    const [admin, stranger] = [await buildUser(db, { is_admin: true }), await buildUser(db)];
    for (const is_private of [false, true]) {
      const repository = await buildRepository(db, { owner, is_private });
      const collaborator = await buildCollaborator(db, repository);
      const levels = await Promise.all([admin, owner, collaborator, stranger, undefined].map((user) => findLevel(db, repository, user)));
      t.deepEqual(levels, ['admin', 'admin', 'write', ...(is_private ? ['none', 'none'] : ['read', 'read'])], `private: ${is_private}`);
    }
  });

  test(`${name}: being a collaborator of one repository says nothing of the next`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db);
    const [mine, other] = [await buildRepository(db, { owner, is_private: true }), await buildRepository(db, { owner, is_private: true })];
    const user = await buildCollaborator(db, mine);
    t.is(await findLevel(db, other, user), 'none');
    await insertCollaborator(db, other.id, user.id);
    t.is(await findLevel(db, other, user), 'write');
  });

  test(`${name}: two switches race for the last private slot, and one wins`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db);
    const limits = { user: 3, organization: 0 };
    await buildRepository(db, { owner, is_private: true });
    const repositories = await Promise.all(Array.from({ length: 8 }, () => buildRepository(db, { owner })));
    const made = await Promise.allSettled(repositories.map((repository) => setPrivacy(db, repository, true, limits)));
    const refused = made.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
    t.is(made.length - refused.length, 2);
    t.true(refused.every((error) => error instanceof SlotsTakenError));
    t.deepEqual((refused[0] as SlotsTakenError).slots, { used: 3, limit: 3 });
    t.is((await db('repositories').where({ is_private: true }).select<object[]>('id')).length, 3);
  });

  test(`${name}: creations race for the last private slot as well`, async (t) => {
    const db = await open(t);
    const { username } = await buildUser(db);
    const create = (index: number) =>
      insertRepository(db, { ...describeApp(username), name: `app${index}`, is_private: true }, { user: 1, organization: 0 });
    const made = await Promise.allSettled([1, 2, 3, 4, 5].map(create));
    t.is(made.filter(({ status }) => status === 'fulfilled').length, 1);
    t.is((await db('repositories').select<object[]>('id')).length, 1);
  });

  test(`${name}: what is private already takes no second slot, and public needs none`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db, { is_private: true });
    const limits = { user: 1, organization: 0 };
    t.true(Boolean((await setPrivacy(db, repository, true, limits))?.is_private));
    t.false(Boolean((await setPrivacy(db, repository, false, { user: 0, organization: 0 }))?.is_private));
    t.is(await setPrivacy(db, { ...repository, id: 'rep_none' }, true, limits), undefined);
  });

  test(`${name}: repositories are listed by each order both ways, those never pushed to last`, async (t) => {
    const db = await open(t);
    const owner = await buildUser(db);
    const rows = [];
    for (const label of ['b', 'a', 'c', 'd']) rows.push(await buildRepository(db, { owner, name: label }));
    const [b, a, c] = rows.map(({ id }) => id);
    await db('repositories').where({ id: b }).update({ star_count: 5, last_pushed: '2026-01-02T00:00:00.000Z' });
    await db('repositories').where({ id: a }).update({ star_count: 1, last_pushed: '2026-01-03T00:00:00.000Z' });
    await db('repositories').where({ id: c }).update({ star_count: 9, last_pushed: '2026-01-01T00:00:00.000Z' });
    const expected = { name: 'abcd', '-name': 'dcba', star_count: 'dabc', '-star_count': 'cbad', last_updated: 'cbad', '-last_updated': 'abcd' } as const;
    for (const [order, names] of Object.entries(expected) as [keyof typeof expected, string][]) {
      const { rows: found } = await listRepositories(db, owner, { order }, { limit: 10, offset: 0 });
      t.is(found.map(({ name: label }) => label).join(''), names, order);
    }
  });

  test(`${name}: a deleted repository takes everything under it along`, async (t) => {
    const db = await open(t);
    const { repository } = await buildRun(db, { webhooks: 2 });
    await buildCollaborator(db, repository);
    await deleteRepository(db, repository.id);
    const tables = ['repositories', 'collaborators', 'chains', 'webhooks', 'pushes', 'tags', 'runs', 'deliveries'];
    const counts = await Promise.all(tables.map(async (table) => (await db(table).select<object[]>()).length));
    t.deepEqual(counts, tables.map(() => 0));
  });
}
