import test from 'ava';
import { SignJWT } from 'jose';
import { hashPassword } from '../../api/passwords.js';
import { insertSession } from '../../db/sessions.js';
import { createKeyring } from '../../keys.js';
import { assertError, buildPlace, startApi } from '../helpers/api.js';
import { buildUser, TEST_KEYRING } from '../helpers/builders.js';

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

const GARBAGE = ['Bearer', 'Bearer x', 'Bearer a.b.c', 'Basic dXNlcjpwYXNz', 'x', 'Bearer a b', 'JWT null'];
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
  const { id } = await insertSession(api.db, { user_id: owner.id, access_token_id: null, lifetime: 60_000 });
  const over = await insertSession(api.db, { user_id: owner.id, access_token_id: null, lifetime: -1 });
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
