import test from 'ava';
import { createSession } from '../../api/auth.js';
import { clearCookie } from '../../api/cookies.js';
import { insertAccessToken } from '../../db/accessTokens.js';
import { insertSession } from '../../db/sessions.js';
import { createKeyring } from '../../keys.js';
import { assertError, buildPlace, fromPage, startApi, type Answer } from '../helpers/api.js';
import { buildUser, must, QUICK_HASH } from '../helpers/builders.js';

const PATH = '/v2/session';
const PAGE = { 'x-hookline-request': '1' };

/** The cookie as a browser would send it back. */
function readCookie({ headers }: Answer): string {
  return headers['set-cookie']?.[0]?.split(';')[0] ?? '';
}

for (const [publicUrl, expected] of [
  ['http://127.0.0.1:7080', /^hookline_session=[\w.-]+; HttpOnly; SameSite=Strict; Path=\/$/],
  ['https://hub.example', /^__Host-hookline_session=[\w.-]+; HttpOnly; SameSite=Strict; Path=\/; Secure$/],
] as const) {
  test(`signing in at ${publicUrl} sets a cookie that is good until it is signed out`, async (t) => {
    const api = await startApi(t, { publicUrl });
    const user = await buildUser(api.db, { password_hash: QUICK_HASH, is_admin: true });
    const answer = await api.request('POST', PATH, { body: { username: user.username, password: 'password' }, headers: PAGE });
    t.is(answer.status, 200);
    t.like(answer.body, { username: user.username, is_admin: true });
    t.is(answer.headers['cache-control'], 'no-store');
    t.regex(answer.headers['set-cookie']?.[0] ?? '', expected);
    t.false(answer.text.includes(readCookie(answer).split('=')[1] ?? ''), 'no script reads the token');
    const cookie = readCookie(answer);
    const shown = await api.request('GET', PATH, { headers: { cookie } });
    t.deepEqual([shown.status, shown.body], [200, answer.body]);
    t.is(shown.headers['cache-control'], 'no-store');
    const out = await api.request('DELETE', PATH, { headers: { cookie, ...PAGE } });
    t.deepEqual([out.status, out.headers['set-cookie']], [204, [clearCookie({ publicUrl })]]);
    const after = await api.request('GET', PATH, { headers: { cookie } });
    assertError(t, after, { status: 401, code: 'invalid_token' });
    t.deepEqual(after.headers['set-cookie'], [clearCookie({ publicUrl })]);
  });
}

test('nobody is signed in without a cookie', async (t) => {
  const api = await startApi(t);
  assertError(t, await api.request('GET', PATH), { status: 401, code: 'authentication_required' });
});

test('a wrong password signs nobody in and sets no cookie; a cookie that is over does not keep one from signing in', async (t) => {
  const api = await startApi(t);
  const { username } = await buildUser(api.db, { password_hash: QUICK_HASH });
  const wrong = await api.request('POST', PATH, { body: { username, password: 'wrong' }, headers: PAGE });
  assertError(t, wrong, { status: 401, code: 'invalid_credentials' });
  t.is(wrong.headers['set-cookie'], undefined);
  const headers = fromPage(api, 'a.b.c');
  t.is((await api.request('POST', PATH, { body: { username, password: 'password' }, headers })).status, 200);
});

test('failed sign-ins are counted with the other logins', async (t) => {
  const api = await startApi(t);
  const body = { username: (await buildUser(api.db, { password_hash: QUICK_HASH })).username, password: 'wrong' };
  const ask = async () => (await api.request('POST', PATH, { body, headers: PAGE })).status;
  for (let count = 0; count < 20; count += 1) await ask();
  t.is(await ask(), 429);
  t.is((await api.request('POST', '/v2/users/login', { body })).status, 429);
});

/** What a request from elsewhere looks like; all of them by a cookie that is good. */
const FOREIGN: readonly [what: string, headers: Record<string, string>][] = [
  ['a form of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example', 'content-type': 'application/json' }],
  ['without the header', { 'x-hookline-request': '', 'sec-fetch-site': 'same-origin' }],
  ['with another value of it', { 'x-hookline-request': '0' }],
  ['another site with the header', { 'x-hookline-request': '1', 'sec-fetch-site': 'cross-site' }],
  ['another host of the same site', { 'x-hookline-request': '1', 'sec-fetch-site': 'same-site' }],
  ['an address that was typed', { 'x-hookline-request': '1', 'sec-fetch-site': 'none' }],
  ['another origin', { 'x-hookline-request': '1', origin: 'https://evil.example' }],
  ['the same host without TLS', { 'x-hookline-request': '1', origin: 'http://hub.example' }],
  ['another port', { 'x-hookline-request': '1', origin: 'https://hub.example:8443' }],
  ['an origin without a name', { 'x-hookline-request': '1', origin: 'null' }],
];
for (const [what, headers] of FOREIGN) {
  test(`a cookie changes nothing: ${what}`, async (t) => {
    const api = await startApi(t);
    const { token, path } = await buildPlace(api);
    const { cookie = '' } = fromPage(api, token);
    for (const [method, url, body] of [['PATCH', path, { description: 'x' }], ['DELETE', path, undefined], ['DELETE', PATH, undefined], ['POST', '/v2/orgs', { orgname: 'mine' }]] as const) {
      const answer = await api.request(method, url, { ...(body ? { body } : {}), headers: { cookie, ...headers } });
      assertError(t, answer, { status: 403, code: 'cross_site' });
    }
    t.is((await api.request('GET', path, { token })).status, 200);
    const login = await api.request('POST', PATH, { body: { username: 'a', password: 'b' }, headers });
    assertError(t, login, { status: 403, code: 'cross_site' });
  });
}

const OWN: readonly [what: string, headers: Record<string, string>][] = [
  ['a browser that says where the page is from', { 'sec-fetch-site': 'same-origin' }],
  ['the same under another name of this machine', { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:7080' }],
  ['a browser that names the origin alone', { origin: 'https://hub.example' }],
  ['a program', {}],
];
for (const [what, headers] of OWN) {
  test(`a cookie changes what its user may: ${what}`, async (t) => {
    const api = await startApi(t);
    const { token, path } = await buildPlace(api);
    const { cookie = '' } = fromPage(api, token);
    const answer = await api.request('PATCH', path, { body: { description: 'x' }, headers: { cookie, ...PAGE, ...headers } });
    t.is(answer.status, 200, answer.text);
  });
}

test('Authorization wins over a cookie, and one that does not hold is not made good by it', async (t) => {
  const api = await startApi(t);
  const [alice, bob] = [await buildUser(api.db), await buildUser(api.db)];
  const { cookie = '' } = fromPage(api, await api.login(alice));
  const both = await api.request('GET', PATH, { token: await api.login(bob), headers: { cookie } });
  t.like(both.body, { username: bob.username });
  assertError(t, await api.request('GET', PATH, { token: 'x', headers: { cookie } }), { status: 401, code: 'invalid_token' });
  // By a token it is no browser that asks: nothing has to be shown.
  t.is((await api.request('DELETE', PATH, { token: await api.login(bob), headers: { cookie, 'sec-fetch-site': 'cross-site' } })).status, 204);
  t.is((await api.request('GET', PATH, { headers: { cookie } })).status, 200);
});

test('no cookie of another key, of an access token, of another name, or of a session that is over', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db);
  const keyring = createKeyring([{ kid: 'test', key: Buffer.alloc(32, 7) }]);
  const { secret } = await insertAccessToken(api.db, { user_id: user.id, label: '', scopes: ['repo:admin'], repository_id: null, creator_ip: '', creator_ua: '', expires: null });
  for (const token of [await createSession({ db: api.db, keyring }, user), await createSession(api.hub, user, { lifetime: -1000 }), secret, 'x']) {
    assertError(t, await api.request('GET', PATH, { headers: fromPage(api, token) }), { status: 401, code: 'invalid_token' });
  }
  // Over TLS the name without its prefix is anybody's to set.
  const cookie = `hookline_session=${await api.login(user)}`;
  assertError(t, await api.request('GET', PATH, { headers: { cookie } }), { status: 401, code: 'authentication_required' });
});

test('one’s own sessions are listed and ended, nobody else’s', async (t) => {
  const api = await startApi(t);
  const [alice, bob] = [await buildUser(api.db), await buildUser(api.db)];
  const [first, second, other] = [await api.login(alice), await api.login(alice), await api.login(bob)];
  await insertSession(api.db, { user: bob, access_token_id: null, lifetime: 60_000 });
  const list = async (token: string) => (await api.request('GET', '/v2/sessions', { headers: fromPage(api, token) })).body as { count: number; results: { id: string; is_current: boolean }[] };
  const { count, results } = await list(second);
  t.deepEqual([count, results.map(({ is_current }) => is_current)], [2, [true, false]]);
  const oldest = must(results[1], 'the first session').id;
  const end = (token: string) => api.request('DELETE', `/v2/sessions/${oldest}`, { headers: fromPage(api, token) });
  assertError(t, await end(other), { status: 404, code: 'not_found' });
  t.is((await end(second)).status, 204);
  assertError(t, await end(second), { status: 404, code: 'not_found' });
  assertError(t, await api.request('GET', PATH, { headers: fromPage(api, first) }), { status: 401, code: 'invalid_token' });
  t.is((await list(second)).count, 1);
});

test('a session that an access token began does not govern sessions', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db);
  const { secret } = await insertAccessToken(api.db, { user_id: user.id, label: '', scopes: ['repo:admin'], repository_id: null, creator_ip: '', creator_ua: '', expires: null });
  const answer = await api.request('POST', PATH, { body: { username: user.username, password: secret }, headers: PAGE });
  t.is(answer.status, 200);
  const cookie = readCookie(answer);
  t.is((await api.request('GET', PATH, { headers: { cookie } })).status, 200);
  assertError(t, await api.request('GET', '/v2/sessions', { headers: { cookie } }), { status: 403, code: 'forbidden' });
  const byToken = await api.request('GET', PATH, { token: secret });
  t.like(byToken.body, { username: user.username, session_id: null, expires: null });
});
