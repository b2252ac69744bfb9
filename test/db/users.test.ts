import test from 'ava';
import { findNamespace, setPrivateLimit } from '../../db/namespaces.js';
import { findUser, findUserByName, hasAdmin, insertUser, listUsers } from '../../db/users.js';
import { buildRepository, buildUser, uniqueName } from '../helpers/builders.js';
import { countQueries, ENGINES } from '../helpers/database.js';

const describeUser = (username: string) => ({ username, email: 'a@example.com', password_hash: 'x', is_admin: false });

for (const { name, open } of ENGINES) {
  test(`${name}: a user is found by name and by id and owns the namespace of that name`, async (t) => {
    const db = await open(t);
    const user = await buildUser(db, { username: 'alice' });
    t.is((await findUserByName(db, 'alice'))?.id, user.id);
    t.is((await findUser(db, user.id))?.username, 'alice');
    t.is((await findNamespace(db, 'alice'))?.user_id, user.id);
    t.is(await findUserByName(db, 'bob'), undefined);
    t.regex(user.id, /^usr_[0-9a-f]{32}$/);
  });

  test(`${name}: users are listed with the private repositories of their namespaces, in two queries`, async (t) => {
    const db = await open(t);
    const [alice] = [await buildUser(db, { username: 'alice' }), await buildUser(db, { username: 'bob' }), await buildUser(db, { username: 'carol' })];
    for (const is_private of [true, true, false]) await buildRepository(db, { owner: alice, is_private });
    await setPrivateLimit(db, 'bob', 7);
    const list = async () => listUsers(db, { fallback: 3 }, { limit: 2, offset: 0 });
    t.is(await countQueries(db, list), 2);
    const { count, rows } = await list();
    t.is(count, 3);
    t.deepEqual(rows.map(({ username, private_repo_limit, slots }) => [username, private_repo_limit, slots]), [['alice', null, { used: 2, limit: 3 }], ['bob', 7, { used: 0, limit: 7 }]]);
  });

  test(`${name}: a taken name makes no second user`, async (t) => {
    const db = await open(t);
    const first = await buildUser(db, { username: 'alice' });
    t.is(await insertUser(db, describeUser('alice')), undefined);
    t.is((await findUserByName(db, 'alice'))?.id, first.id);
  });

  test(`${name}: of twenty creations of one name at once exactly one succeeds`, async (t) => {
    const db = await open(t);
    const made = await Promise.all(Array.from({ length: 20 }, () => insertUser(db, describeUser('alice'))));
    t.is(made.filter(Boolean).length, 1);
  });

  test(`${name}: a namespace without a user keeps its name`, async (t) => {
    const db = await open(t);
    const org = uniqueName('org');
    await db('namespaces').insert({ name: org });
    t.is(await insertUser(db, describeUser(org)), undefined);
    t.is((await findNamespace(db, org))?.user_id, null);
  });

  test(`${name}: a hub has an administrator once one was made`, async (t) => {
    const db = await open(t);
    await buildUser(db);
    t.false(await hasAdmin(db));
    await buildUser(db, { is_admin: true });
    t.true(await hasAdmin(db));
  });
}
