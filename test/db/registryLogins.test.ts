import test from 'ava';
import { deleteAccessToken, updateAccessToken } from '../../db/accessTokens.js';
import { deleteRegistryLogin, insertRegistryLogin, listRegistryLogins, LOGIN_IDLE_LIFETIME, useRegistryLogin } from '../../db/registryLogins.js';
import { setPassword } from '../../db/users.js';
import { buildAccessToken, buildRegistryLogin, buildRepository, buildUser } from '../helpers/builders.js';
import { countQueries, ENGINES } from '../helpers/database.js';

const PAGE = { limit: 10, offset: 0 };
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

for (const engine of ENGINES) {
  test(`a login belongs to its user, within the bounds of its access token (${engine.name})`, async (t) => {
    const db = await engine.open(t);
    const user = await buildUser(db);
    t.like(await useRegistryLogin(db, (await buildRegistryLogin(db, user)).token), { id: user.id, scope: null, only_repository: null, access_token_id: null, session_id: null });
    const { id } = await buildRepository(db, { owner: user });
    const { row } = await buildAccessToken(db, user, { scope: 'repo:read', repository_id: id });
    const { token } = await buildRegistryLogin(db, user, { access_token_id: row.id });
    t.like(await useRegistryLogin(db, token), { id: user.id, scope: 'repo:read', only_repository: id, access_token_id: row.id });
    t.is(await useRegistryLogin(db, `${token}x`), undefined);
    // As when it is switched off while the login begins.
    await db('access_tokens').where({ id: row.id }).update({ is_active: false });
    t.is(await useRegistryLogin(db, token), undefined);
  });

  test(`a use is noted to the minute, and keeps a login alive (${engine.name})`, async (t) => {
    const db = await engine.open(t);
    const user = await buildUser(db);
    const { token } = await buildRegistryLogin(db, user);
    t.is(await countQueries(db, () => useRegistryLogin(db, token)), 1);
    const old = ago(LOGIN_IDLE_LIFETIME - 60_000);
    await db('registry_logins').update({ last_used: old });
    t.is(await countQueries(db, () => useRegistryLogin(db, token)), 2);
    t.true(((await listRegistryLogins(db, user.id, PAGE)).rows[0]?.last_used ?? '') > old);
  });

  test(`lapsed logins count no more and are forgotten with the next one (${engine.name})`, async (t) => {
    const db = await engine.open(t);
    const [user, other] = [await buildUser(db), await buildUser(db)];
    const { token } = await buildRegistryLogin(db, user);
    await buildRegistryLogin(db, other);
    await db('registry_logins').update({ last_used: ago(LOGIN_IDLE_LIFETIME) });
    t.is(await useRegistryLogin(db, token), undefined);
    t.is((await listRegistryLogins(db, user.id, PAGE)).count, 0);
    await buildRegistryLogin(db, user);
    t.is((await db('registry_logins').where({ user_id: user.id }).select('id')).length, 1);
    t.is((await db('registry_logins').where({ user_id: other.id }).select('id')).length, 1, 'that of another user stays');
  });

  test(`a login by a password that was changed meanwhile does not begin (${engine.name})`, async (t) => {
    const db = await engine.open(t);
    const before = await buildUser(db, { password_hash: 'old' });
    const login = { access_token_id: null, client_id: '', user_agent: '', address: '' };
    await setPassword(db, before.id, 'new');
    t.is(await insertRegistryLogin(db, before, login), undefined);
    const [made] = await Promise.all([insertRegistryLogin(db, { id: before.id, password_hash: 'new' }, login), setPassword(db, before.id, 'newer')]);
    t.is(made === undefined ? undefined : await useRegistryLogin(db, made), undefined, 'whichever came first');
    t.is((await listRegistryLogins(db, before.id, PAGE)).count, 0);
  });

  test(`a login by an access token that was switched off or deleted meanwhile does not begin (${engine.name})`, async (t) => {
    const db = await engine.open(t);
    const user = await buildUser(db);
    const [off, gone, good] = [await buildAccessToken(db, user), await buildAccessToken(db, user), await buildAccessToken(db, user)];
    await updateAccessToken(db, { userId: user.id, id: off.row.id }, { is_active: false });
    await deleteAccessToken(db, user.id, gone.row.id);
    const begin = async ({ row }: typeof off) => insertRegistryLogin(db, user, { access_token_id: row.id, client_id: '', user_agent: '', address: '' });
    t.deepEqual([await begin(off), await begin(gone)], [undefined, undefined]);
    // It is the access token that proves who comes with it: a new password ends nothing that it may begin.
    await setPassword(db, user.id, 'new');
    t.truthy(await useRegistryLogin(db, (await begin(good)) ?? ''));
    t.is((await listRegistryLogins(db, user.id, PAGE)).count, 1);
  });

  test(`logins are listed by their last use and ended by who has them (${engine.name})`, async (t) => {
    const db = await engine.open(t);
    const [user, other] = [await buildUser(db), await buildUser(db)];
    for (const client_id of ['a', 'b', 'c']) {
      const { id } = await buildRegistryLogin(db, user, { client_id });
      await db('registry_logins').where({ id }).update({ last_used: ago(client_id === 'b' ? 1000 : 60_000) });
    }
    const { count, rows } = await listRegistryLogins(db, user.id, { limit: 2, offset: 0 });
    t.deepEqual([count, rows.map(({ client_id }) => client_id)], [3, ['b', 'c']]);
    const id = rows[0]?.id ?? '';
    t.false(await deleteRegistryLogin(db, other.id, id));
    t.true(await deleteRegistryLogin(db, user.id, id));
    t.false(await deleteRegistryLogin(db, user.id, id));
  });
}
