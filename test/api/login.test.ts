import { randomBytes } from 'node:crypto';
import test from 'ava';
import { decodeJwt, SignJWT } from 'jose';
import { hashPassword } from '../../api/passwords.js';
import { createSession } from '../../api/auth.js';
import { deleteAccessToken, insertAccessToken, updateAccessToken } from '../../db/accessTokens.js';
import { insertSession } from '../../db/sessions.js';
import { createKeyring } from '../../keys.js';
import { assertError, buildPlace, startApi, type Answer, type TestApi } from '../helpers/api.js';
import { buildUser, must, QUICK_HASH, TEST_KEYRING } from '../helpers/builders.js';

const PASSWORD = 'correct horse';
const LOGIN = '/v2/users/login';

test('a right password gives a token that counts as Bearer and as JWT', async (t) => {
  const api = await startApi(t);
  const owner = await buildUser(api.db, { password_hash: await hashPassword(PASSWORD) });
  const { path } = await buildPlace(api, { owner, is_private: true });
  const answer = await api.request('POST', LOGIN, { body: { username: owner.username, password: PASSWORD } });
  t.is(answer.status, 200);
  const { token } = answer.body as { token: string };
  for (const scheme of ['Bearer', 'JWT', 'bearer']) {
    const found = await api.request('GET', path, { headers: { authorization: `${scheme} ${token}` } });
    t.is(found.status, 200, scheme);
  }
});

test('a wrong password and an unknown user get the same answer to the letter', async (t) => {
  const api = await startApi(t);
  const { username } = await buildUser(api.db, { password_hash: await hashPassword(PASSWORD) });
  const wrong = await api.request('POST', LOGIN, { body: { username, password: 'wrong horse' } });
  const unknown = await api.request('POST', LOGIN, { body: { username: 'nobody', password: PASSWORD } });
  assertError(t, wrong, { status: 401, code: 'invalid_credentials' });
  t.is(unknown.text, wrong.text);
  t.is(unknown.status, wrong.status);
});

test('a login without its fields names them', async (t) => {
  const api = await startApi(t);
  assertError(t, await api.request('POST', LOGIN, { body: {} }), { status: 400, code: 'invalid_input', fields: ['username', 'password'] });
});

test('the same password in another Unicode form is the same password', async (t) => {
  const api = await startApi(t);
  const { username } = await buildUser(api.db, { password_hash: await hashPassword('caf\u00e9 noir') });
  const answer = await api.request('POST', LOGIN, { body: { username, password: 'cafe\u0301 noir' } });
  t.is(answer.status, 200);
});

/** A token with the hub's own key and whatever is wrong with the rest. */
async function forge(session: string, change: (jwt: SignJWT) => SignJWT, kid = 'test'): Promise<string> {
  const jwt = new SignJWT({}).setProtectedHeader({ alg: 'HS256', kid }).setJti(session);
  const key = TEST_KEYRING.sessionKeys.get('test') ?? new Uint8Array();
  return change(jwt.setIssuer('hookline').setExpirationTime('1h')).sign(key);
}

const GARBAGE = ['Bearer', 'Bearer x', 'Bearer a.b.c', 'x', 'Bearer a b', 'JWT null'];
for (const authorization of GARBAGE) {
  test(`the header "${authorization}" is refused, also where no token is needed`, async (t) => {
    const api = await startApi(t);
    const { path } = await buildPlace(api);
    for (const url of [path, '/healthz', '/v2/repositories/no/body']) {
      const answer = await api.request('GET', url, { headers: { authorization } });
      assertError(t, answer, { status: 401, code: 'invalid_token' });
      t.regex(String(answer.headers['www-authenticate']), /^Bearer /);
    }
  });
}

test('a token of a foreign key, of another issuer, of another key name, expired or of no session is refused', async (t) => {
  const api = await startApi(t);
  const { owner, path } = await buildPlace(api);
  const begin = async (lifetime: number) => must(await insertSession(api.db, { user: owner, access_token_id: null, lifetime }), 'a session');
  const [{ id }, over] = [await begin(60_000), await begin(-1)];
  const foreign = createKeyring([{ kid: 'test', key: Buffer.alloc(32, 7) }]).sessionKeys.get('test') ?? new Uint8Array();
  const tokens = [
    await new SignJWT({}).setProtectedHeader({ alg: 'HS256', kid: 'test' }).setJti(id).setIssuer('hookline').setExpirationTime('1h').sign(foreign),
    await forge(id, (jwt) => jwt.setIssuer('other')),
    await forge(id, (jwt) => jwt, 'other'),
    await forge(id, (jwt) => jwt.setExpirationTime('-1s')),
    await forge('ses_none', (jwt) => jwt),
    await forge(over.id, (jwt) => jwt),
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(`{"jti":"${id}"}`).toString('base64url')}.`,
  ];
  const answers = await Promise.all(tokens.map((token) => api.request('GET', path, { token })));
  t.deepEqual(answers.map(({ status }) => status), tokens.map(() => 401));
  t.is((await api.request('GET', path, { token: await forge(id, (jwt) => jwt) })).status, 200);
});

test('name and password as Basic credentials count like a login, and a wrong one is a 401 everywhere', async (t) => {
  const api = await startApi(t);
  const owner = await buildUser(api.db, { password_hash: await hashPassword('a:b:ü') });
  const { path } = await buildPlace(api, { owner, is_private: true });
  const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });
  t.is((await api.request('GET', path, { headers: basic(`${owner.username}:a:b:ü`) })).status, 200);
  for (const text of [`${owner.username}:wrong`, 'nobody:a:b:ü', 'no colon', 'a\0b:x']) {
    for (const url of [path, '/healthz']) {
      assertError(t, await api.request('GET', url, { headers: basic(text) }), { status: 401, code: 'invalid_credentials' });
    }
  }
});

test('auth/token gives a token for ten minutes', async (t) => {
  const api = await startApi(t);
  const { username } = await buildUser(api.db, { password_hash: await hashPassword(PASSWORD) });
  const answer = await api.request('POST', '/v2/auth/token', { body: { identifier: username, secret: PASSWORD } });
  t.is(answer.status, 200);
  const { access_token } = answer.body as { access_token: string };
  const { exp = 0, iat = 0 } = decodeJwt(access_token);
  t.is(exp - iat, 600);
  t.like((await api.request('GET', '/v2/user', { token: access_token })).body, { username });
  const wrong = await api.request('POST', '/v2/auth/token', { body: { identifier: username, secret: 'wrong' } });
  assertError(t, wrong, { status: 401, code: 'invalid_credentials' });
});

test('logging out ends this session and no other', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db);
  const [one, other] = [await api.login(user), await api.login(user)];
  // As npm's docker-hub-api sends it: no body, no content type.
  t.is((await api.request('POST', '/v2/logout/', { token: one })).status, 200);
  assertError(t, await api.request('GET', '/v2/user', { token: one }), { status: 401, code: 'invalid_token' });
  t.is((await api.request('GET', '/v2/user', { token: other })).status, 200);
});

/** Attempts that fail, until one is refused without being looked at. */
async function failUntilLimited(api: TestApi, attempt: () => { username: string; headers?: Record<string, string> }, limit: number): Promise<Answer> {
  for (let count = 0; count < limit; count += 1) {
    const { username, headers = {} } = attempt();
    const answer = await api.request('POST', LOGIN, { body: { username, password: 'wrong' }, headers });
    if (answer.status !== 401) throw new Error(`attempt ${count + 1} of ${limit}: ${answer.status}`);
  }
  const { username, headers = {} } = attempt();
  return api.request('POST', LOGIN, { body: { username, password: 'wrong' }, headers });
}

test('an account takes 20 failures from anywhere, then waits even for the right password; an access token still passes', async (t) => {
  const api = await startApi(t, { trustedProxies: 1 });
  const user = await buildUser(api.db, { password_hash: QUICK_HASH });
  let count = 0;
  const from = () => ({ 'x-forwarded-for': `198.51.100.${(count += 1)}` });
  const refused = await failUntilLimited(api, () => ({ username: user.username, headers: from() }), 20);
  assertError(t, refused, { status: 429, code: 'rate_limited' });
  const wait = Number(refused.headers['retry-after']);
  t.true(wait > 800 && wait <= 900, String(wait));
  t.true(Math.abs(Number(refused.headers['x-retry-after']) - Date.now() / 1000 - wait) < 60);
  const right = { username: user.username, password: 'password' };
  assertError(t, await api.request('POST', LOGIN, { body: right, headers: from() }), { status: 429, code: 'rate_limited' });
  const { secret } = await insertAccessToken(api.db, { ...TOKEN, user_id: user.id });
  t.is((await api.request('POST', LOGIN, { body: { ...right, password: secret }, headers: from() })).status, 200);
  const other = await buildUser(api.db, { password_hash: QUICK_HASH });
  t.is((await api.request('POST', LOGIN, { body: { ...right, username: other.username }, headers: from() })).status, 200);
});

const TOKEN = { label: 'ci', scopes: ['repo:read'], repository_id: null, creator_ip: '', creator_ua: '', expires: null } as const;

for (const [what, address] of [
  ['an address', () => '198.51.100.7'],
  ['an IPv6 network of 64 bits', () => `2001:db8:1:2:${randomBytes(2).toString('hex')}::1`],
] as const) {
  test(`${what} takes 50 failures, whomever they name`, async (t) => {
    const api = await startApi(t, { trustedProxies: 1 });
    const username = () => `nobody${randomBytes(4).toString('hex')}`;
    // An access token that is none is refused without any hashing.
    for (let count = 0; count < 50; count += 1) {
      const body = { username: username(), password: 'hlpat_none' };
      assertError(t, await api.request('POST', LOGIN, { body, headers: { 'x-forwarded-for': address() } }), { status: 401, code: 'invalid_credentials' });
    }
    const body = { username: username(), password: 'wrong' };
    const headers = { 'x-forwarded-for': address() };
    assertError(t, await api.request('POST', LOGIN, { body, headers }), { status: 429, code: 'rate_limited' });
    const elsewhere = { 'x-forwarded-for': '2001:db8:1:3::1' };
    const tokenless = { username: username(), password: 'hlpat_none' };
    t.is((await api.request('POST', LOGIN, { body: tokenless, headers: elsewhere })).status, 401);
  });
}

test('of 60 failures at once no more than the limit are looked at', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db, { password_hash: QUICK_HASH });
  const body = { username: user.username, password: 'wrong' };
  const answers = await Promise.all(Array.from({ length: 60 }, () => api.request('POST', LOGIN, { body })));
  const looked = answers.filter(({ status }) => status === 401).length;
  // Two hash at a time: the last two may pass the limit together.
  t.true(looked >= 20 && looked <= 21, String(looked));
  t.is(answers.filter(({ status }) => status === 429).length, 60 - looked);
});

test('without a trusted proxy X-Forwarded-For buys no further tries', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db, { password_hash: QUICK_HASH });
  let count = 0;
  const spoof = () => ({ 'x-forwarded-for': `198.51.100.${(count += 1)}` });
  for (let tries = 0; tries < 50; tries += 1) {
    const body = { username: `${user.username}${tries}`, password: 'hlpat_none' };
    t.is((await api.request('POST', LOGIN, { body, headers: spoof() })).status, 401);
  }
  const body = { username: user.username, password: 'wrong' };
  assertError(t, await api.request('POST', LOGIN, { body, headers: spoof() }), { status: 429, code: 'rate_limited' });
});

test('who fails now and then and succeeds in between is never refused', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db, { password_hash: QUICK_HASH });
  for (let count = 0; count < 19; count += 1) {
    const password = count % 2 === 0 ? 'password' : 'wrong';
    const { status } = await api.request('POST', LOGIN, { body: { username: user.username, password } });
    t.is(status, count % 2 === 0 ? 200 : 401);
  }
});

test('a login that was checked before a change of the password gives no session', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db, { password_hash: await hashPassword(PASSWORD) });
  const { username } = user;
  const token = await api.login(user);
  const logins = Promise.all([1, 2, 3].map(() => api.request('POST', LOGIN, { body: { username, password: PASSWORD } })));
  const body = { current_password: PASSWORD, new_password: 'another horse' };
  t.is((await api.request('POST', '/v2/user/password', { token, body })).status, 200);
  for (const { body } of await logins) {
    const { token: late } = body as { token?: string };
    if (late !== undefined) assertError(t, await api.request('GET', '/v2/user', { token: late }), { status: 401, code: 'invalid_token' });
  }
  await t.throwsAsync(() => api.login(user), { message: /^invalid_credentials/ });
});

test('of two changes of one password at once, one counts', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db, { password_hash: await hashPassword(PASSWORD) });
  const token = await api.login(user);
  const change = (new_password: string) => api.request('POST', '/v2/user/password', { token, body: { current_password: PASSWORD, new_password } });
  const answers = await Promise.all([change('first horse'), change('second horse')]);
  t.deepEqual(answers.map(({ status }) => status).sort(), [200, 401]);
});

test('an access token that was switched off or revoked while it was checked gives no session', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db);
  const { row } = await insertAccessToken(api.db, {
    user_id: user.id, label: '', scopes: ['repo:read'], repository_id: null, creator_ip: '', creator_ua: '', expires: null,
  });
  await updateAccessToken(api.db, { userId: user.id, id: row.id }, { is_active: false });
  await t.throwsAsync(() => createSession(api.hub, user, { accessToken: row }), { message: /^invalid_credentials/ });
  await deleteAccessToken(api.db, user.id, row.id);
  await t.throwsAsync(() => createSession(api.hub, user, { accessToken: row }), { message: /^invalid_credentials/ });
});

for (const address of ['1.2.3.4:5678', '[2001:db8::1]:80', 'unknown']) {
  test(`a login from where a proxy calls ${address} is answered`, async (t) => {
    const api = await startApi(t, { trustedProxies: 1 });
    const headers = { 'x-forwarded-for': address };
    assertError(t, await api.request('POST', LOGIN, { body: { username: 'nobody', password: PASSWORD }, headers }), { status: 401, code: 'invalid_credentials' });
  });
}
