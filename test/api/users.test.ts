import test from 'ava';
import { ensureAdmin } from '../../api/admin.js';
import { checkPassword, hashPassword } from '../../api/passwords.js';
import { findUserByName, hasAdmin } from '../../db/users.js';
import { assertError, startApi } from '../helpers/api.js';
import { buildUser } from '../helpers/builders.js';
import { openTestDatabase } from '../helpers/database.js';

const ALICE = { username: 'alice', email: 'alice@example.com', password: 'correct horse' };

test('a closed hub lets its administrator alone create users', async (t) => {
  const api = await startApi(t);
  const admin = await api.login(await buildUser(api.db, { is_admin: true }));
  const other = await api.login(await buildUser(api.db));
  for (const token of [undefined, other]) {
    assertError(t, await api.request('POST', '/v2/users/', { token, body: ALICE }), { status: 403, code: 'signup_closed' });
  }
  const made = await api.request('POST', '/v2/users/', { token: admin, body: ALICE });
  t.is(made.status, 201);
  t.like(made.body, { username: 'alice', type: 'User' });
  t.false(made.text.includes('hash'));
  t.false(made.text.includes(ALICE.email));
});

test('an open hub lets anybody sign up and log in, and nobody become administrator so', async (t) => {
  const api = await startApi(t, { signup: 'open' });
  t.is((await api.request('POST', '/v2/users', { body: ALICE })).status, 201);
  t.is((await api.request('POST', '/v2/users/login', { body: { username: 'alice', password: ALICE.password } })).status, 200);
  t.false(await hasAdmin(api.db));
  const raised = await api.request('POST', '/v2/users', { body: { ...ALICE, username: 'mallory', is_admin: true } });
  assertError(t, raised, { status: 400, code: 'invalid_input', fields: ['is_admin'] });
});

test('a taken name is refused', async (t) => {
  const api = await startApi(t, { signup: 'open' });
  await buildUser(api.db, { username: 'alice' });
  assertError(t, await api.request('POST', '/v2/users', { body: ALICE }), { status: 409, code: 'name_taken' });
});

const FAULTS: readonly [what: string, change: object, field: string][] = [
  ['an upper-case name', { username: 'Alice' }, 'username'],
  ['a name of one letter', { username: 'a' }, 'username'],
  ['a name with a slash', { username: 'a/b' }, 'username'],
  ['a name with a line break at its end', { username: 'alice\n' }, 'username'],
  ['a name that is a number', { username: 12345 }, 'username'],
  ['an address without a host', { email: 'alice' }, 'email'],
  ['a short password', { password: '1234567' }, 'password'],
  ['a password of 1025 characters', { password: 'x'.repeat(1025) }, 'password'],
];
for (const [what, change, field] of FAULTS) {
  test(`${what} is refused and named`, async (t) => {
    const api = await startApi(t, { signup: 'open' });
    const answer = await api.request('POST', '/v2/users', { body: { ...ALICE, ...change } });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: [field] });
    t.is(await findUserByName(api.db, 'alice'), undefined);
  });
}

test('several faults are named at once', async (t) => {
  const api = await startApi(t, { signup: 'open' });
  const answer = await api.request('POST', '/v2/users', { body: { username: 'A', colour: 'red' } });
  t.deepEqual(Object.keys((answer.body as { fields: object }).fields).sort(), ['colour', 'email', 'password', 'username']);
});

test('a new hub gets an administrator with a generated password, and keeps the one it has', async (t) => {
  const db = await openTestDatabase(t);
  const password = await ensureAdmin(db, { username: 'admin', password: undefined });
  t.regex(password ?? '', /^[A-Za-z0-9_-]{20}$/);
  t.true(await checkPassword(password ?? '', (await findUserByName(db, 'admin'))?.password_hash));
  t.is(await ensureAdmin(db, { username: 'admin', password: 'another one' }), undefined);
  t.true(await checkPassword(password ?? '', (await findUserByName(db, 'admin'))?.password_hash));
});

test('a configured administrator password is used and not shown', async (t) => {
  const db = await openTestDatabase(t);
  t.is(await ensureAdmin(db, { username: 'root', password: 'configured' }), undefined);
  t.true(await checkPassword('configured', (await findUserByName(db, 'root'))?.password_hash));
});

test('a plain user never becomes administrator by having the configured name', async (t) => {
  const db = await openTestDatabase(t);
  await buildUser(db, { username: 'admin' });
  await t.throwsAsync(ensureAdmin(db, { username: 'admin', password: 'configured' }), { message: /HOOKLINE_ADMIN_USERNAME/ });
});

test('a user is shown to everybody without the address, and to themself with it', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db, { username: 'alice', email: 'alice@example.com' });
  const shown = { username: 'alice', full_name: '', type: 'User', gravatar_url: '', date_joined: user.created };
  const answer = await api.request('GET', '/v2/users/alice');
  t.like(answer.body, shown);
  t.false(answer.text.includes('alice@example.com'));
  const { id, uuid } = answer.body as { id: string; uuid: string };
  t.regex(id, /^[0-9a-f]{32}$/);
  t.is(uuid.replaceAll('-', ''), id);
  const own = await api.request('GET', '/v2/user', { token: await api.login(user) });
  t.like(own.body, { ...shown, id, email: 'alice@example.com', is_admin: false, is_staff: false });
  assertError(t, await api.request('GET', '/v2/users/nobody'), { status: 404, code: 'not_found' });
});

test('a profile is changed field by field', async (t) => {
  const api = await startApi(t);
  const token = await api.login(await buildUser(api.db, { username: 'alice' }));
  const change = { full_name: 'Alice', location: 'Köln', company: 'ACME', profile_url: 'https://alice.example/' };
  t.like((await api.request('PATCH', '/v2/user', { token, body: change })).body, change);
  t.like((await api.request('PATCH', '/v2/user', { token, body: { location: '', email: 'a@b.example' } })).body, { ...change, location: '', email: 'a@b.example' });
  t.like((await api.request('GET', '/v2/users/alice')).body, { ...change, location: '' });
});

const PROFILE_FAULTS: readonly [what: string, body: object, field: string][] = [
  ['a script as address', { profile_url: 'javascript:alert(1)' }, 'profile_url'],
  ['a name of 256 characters', { full_name: 'x'.repeat(256) }, 'full_name'],
  ['null as company', { company: null }, 'company'],
  ['an address without a host', { email: 'alice' }, 'email'],
  ['another name', { username: 'bob' }, 'username'],
  ['being the administrator', { is_admin: true }, 'is_admin'],
  ['a password', { password: 'new password' }, 'password'],
  ['a hash', { password_hash: '' }, 'password_hash'],
];
for (const [what, body, field] of PROFILE_FAULTS) {
  test(`a profile with ${what} is refused and named`, async (t) => {
    const api = await startApi(t);
    const { username, ...user } = await buildUser(api.db);
    const before = await findUserByName(api.db, username);
    const answer = await api.request('PATCH', '/v2/user', { token: await api.login({ ...user, username }), body });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: [field] });
    t.deepEqual(await findUserByName(api.db, username), before);
  });
}

test('a new password ends every session; the answer begins a new one, and access tokens stay', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db, { password_hash: await hashPassword('old password') });
  const [token, other] = [await api.login(user), await api.login(user)];
  const { token: secret } = (await api.request('POST', '/v2/access-tokens', { token, body: {} })).body as { token: string };
  const change = (current_password: string) =>
    api.request('POST', '/v2/user/password', { token, body: { current_password, new_password: 'new password' } });
  assertError(t, await change('wrong password'), { status: 401, code: 'invalid_credentials' });
  assertError(t, await change(secret), { status: 401, code: 'invalid_credentials' });
  const changed = await change('old password');
  t.is(changed.status, 200);
  for (const old of [token, other]) assertError(t, await api.request('GET', '/v2/user', { token: old }), { status: 401, code: 'invalid_token' });
  for (const good of [secret, (changed.body as { token: string }).token]) t.is((await api.request('GET', '/v2/user', { token: good })).status, 200);
  const login = async (password: string) => (await api.request('POST', '/v2/users/login', { body: { username: user.username, password } })).status;
  t.deepEqual([await login('old password'), await login('new password')], [401, 200]);
});

test('the administrator gives a new password to whoever has lost theirs', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db, { password_hash: await hashPassword('old password') });
  const [old, admin] = [await api.login(user), await api.login(await buildUser(api.db, { is_admin: true }))];
  const path = `/v2/admin/users/${user.username}/password`;
  t.is((await api.request('POST', path, { token: admin, body: { new_password: 'new password' } })).status, 204);
  t.is((await api.request('GET', '/v2/user', { token: old })).status, 401);
  const body = { username: user.username, password: 'new password' };
  t.is((await api.request('POST', '/v2/users/login', { body })).status, 200);
  const short = await api.request('POST', path, { token: admin, body: { new_password: '1234567' } });
  assertError(t, short, { status: 400, code: 'invalid_input', fields: ['new_password'] });
  const nobody = await api.request('POST', '/v2/admin/users/nobody/password', { token: admin, body: { new_password: 'new password' } });
  assertError(t, nobody, { status: 404, code: 'not_found' });
});
