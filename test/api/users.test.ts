import test from 'ava';
import { ensureAdmin } from '../../api/admin.js';
import { checkPassword } from '../../api/passwords.js';
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
