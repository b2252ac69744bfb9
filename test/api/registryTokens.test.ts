import test, { type ExecutionContext } from 'ava';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { updateAccessToken, type Scope } from '../../db/accessTokens.js';
import { deleteRegistryLogin } from '../../db/registryLogins.js';
import { setOfficial, setPrivacy } from '../../db/repositories.js';
import { setPassword, type UserRow } from '../../db/users.js';
import { assertError, buildPlace, startApi, type Answer, type TestApi } from '../helpers/api.js';
import { buildAccessToken, buildCollaborator, buildOrganization, buildRegistryLogin, buildRepository, buildUser, PLENTY, uniqueName, QUICK_HASH } from '../helpers/builders.js';
import { basic, getToken, postToken, readAccess, type TokenBody } from '../helpers/registryTokens.js';
import { buildScene, CALLERS, type Caller } from '../helpers/scene.js';
import { ROUTES } from '../../api/app.js';
import type { Route } from '../../api/route.js';

const ALL = 'pull,push,delete';

async function buildPerson(api: TestApi): Promise<UserRow> {
  return buildUser(api.db, { password_hash: QUICK_HASH });
}

function askFor(name: string, actions = '*'): readonly (readonly [string, string])[] {
  return [['scope', `repository:${name}:${actions}`]];
}

test('the answer is what all clients read: two names of the token, its life, and an issued_at of RFC 3339', async (t) => {
  const api = await startApi(t);
  const { owner, repository } = await buildPlace(api, { owner: await buildPerson(api) });
  const answer = await getToken(api, [['account', owner.username], ['client_id', 'docker'], ...askFor(`${owner.username}/${repository.name}`, 'push,pull')], basic(owner.username));
  t.is(answer.status, 200);
  t.is(answer.headers['cache-control'], 'no-store');
  const { token, access_token, expires_in, issued_at, ...rest } = answer.body as TokenBody;
  t.deepEqual([access_token, expires_in, rest], [token, 300, {}]);
  t.regex(issued_at, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/);
  const { iat = 0, exp, nbf, jti, ...claims } = decodeJwt(token);
  t.is(Date.parse(issued_at), iat * 1000);
  t.deepEqual([exp, nbf, typeof jti], [iat + 300, iat - 10, 'string']);
  t.deepEqual(claims, {
    iss: 'hookline', sub: owner.username, aud: 'hookline-registry',
    access: [{ type: 'repository', name: `${owner.username}/${repository.name}`, actions: ['pull', 'push'] }],
  });
  const { alg, typ, x5c } = decodeProtectedHeader(token);
  t.deepEqual([alg, typ, x5c?.length], ['ES256', 'JWT', 1]);
});

/** What each caller is granted who asks for everything: on a public, a private and an unknown repository of the organization. */
const GRANTS: Readonly<Record<Caller, readonly [open: string, hidden: string, unknown: string]>> = {
  anonymous: ['pull', '', ''],
  outsider: ['pull', '', ''],
  foreign: ['pull', '', ''],
  collaborator: ['pull,push', 'pull,push', ''],
  reader: ['pull', 'pull', ''],
  writer: ['pull,push', 'pull,push', ''],
  manager: [ALL, ALL, ''],
  owner: [ALL, ALL, 'pull,push'],
  admin: [ALL, ALL, ''],
};

const someRoute = ROUTES.find(({ path }) => path === '/token') as Route;

for (const caller of CALLERS) {
  test(`${caller}: what is granted on a public, a private and an unknown repository`, async (t) => {
    const api = await startApi(t);
    const seen: string[] = [];
    for (const kind of ['open', 'hidden', 'unknown'] as const) {
      const { values, users } = await buildScene(api, kind === 'hidden', someRoute);
      if (caller !== 'anonymous') await api.db('users').where({ id: users[caller].id }).update({ password_hash: QUICK_HASH });
      const name = `${values['namespace'] ?? ''}/${kind === 'unknown' ? 'unknown' : (values['name'] ?? '')}`;
      const answer = await getToken(api, askFor(name), caller === 'anonymous' ? {} : basic(users[caller].username));
      t.is(answer.status, 200);
      seen.push(readAccess(answer).map((line) => line.replace(`repository ${name} `, '')).join(' '));
    }
    t.deepEqual(seen, GRANTS[caller]);
  });
}

test('no more is granted than is asked for', async (t) => {
  const api = await startApi(t);
  const { owner, repository } = await buildPlace(api, { owner: await buildPerson(api) });
  const name = `${repository.namespace}/${repository.name}`;
  for (const [asked, granted] of [['pull', 'pull'], ['delete', 'delete'], ['push', 'push'], ['pull,unheard', 'pull'], ['*', ALL]] as const) {
    t.deepEqual(readAccess(await getToken(api, askFor(name, asked), basic(owner.username))), [`repository ${name} ${granted}`]);
  }
  t.deepEqual(readAccess(await getToken(api, askFor(name, 'admin'), basic(owner.username))), []);
  t.deepEqual(readAccess(await getToken(api, [], basic(owner.username))), [], 'docker login asks for nothing');
});

test('scopes in repeated parameters and in lists become one entry for each repository', async (t) => {
  const api = await startApi(t);
  const { owner, repository } = await buildPlace(api, { owner: await buildPerson(api) });
  const other = await buildRepository(api.db);
  const [own, base] = [repository, other].map(({ namespace, name }) => `${namespace}/${name}`);
  const scopes = [`repository:${own}:pull repository:${own}:pull,push`, `repository:${base}:pull`, `repository(plugin):${own}:delete`, `repository:host:5000/${own}:pull`];
  const expected = [`repository ${own} ${ALL}`, `repository ${base} pull`];
  t.deepEqual(readAccess(await getToken(api, scopes.map((scope) => ['scope', scope] as const), basic(owner.username))), expected);
  const login = [['grant_type', 'password'], ['username', owner.username], ['password', 'password']] as const;
  for (const form of [scopes.map((scope) => ['scope', scope] as const), [['scope', scopes.join(' ')] as const]]) {
    const answer = await postToken(api, [...login, ...form]);
    t.deepEqual(readAccess(answer), expected);
    t.is((answer.body as TokenBody).scope, `repository:${own}:${ALL} repository:${base}:pull`);
  }
});

test('nobody is granted the registry’s own catalog, nor everything', async (t) => {
  const api = await startApi(t);
  const admin = await buildUser(api.db, { is_admin: true, password_hash: QUICK_HASH });
  for (const headers of [{}, basic(admin.username)]) {
    for (const asked of ['*', 'search']) {
      t.deepEqual(readAccess(await getToken(api, [['scope', `registry:catalog:${asked}`]], headers)), ['registry catalog search']);
    }
    t.deepEqual(readAccess(await getToken(api, [['scope', 'registry:other:*'], ['scope', 'registry:catalog:pull'], ['scope', 'network:catalog:*']], headers)), []);
  }
});

test('an official repository is granted under the name that the registry knows it by', async (t) => {
  const api = await startApi(t);
  const { owner, repository } = await buildPlace(api, { owner: await buildPerson(api) });
  await setOfficial(api.db, repository.id, true);
  const stored = `${repository.namespace}/${repository.name}`;
  for (const name of [repository.name, `library/${repository.name}`, stored]) {
    t.deepEqual(readAccess(await getToken(api, askFor(name))), [`repository ${stored} pull`], name);
    t.deepEqual(readAccess(await getToken(api, askFor(name), basic(owner.username))), [`repository ${stored} ${ALL}`], name);
  }
  const both = await getToken(api, [...askFor(repository.name, 'pull'), ...askFor(stored, 'push')], basic(owner.username));
  t.deepEqual(readAccess(both), [`repository ${stored} pull,push`]);
  await setOfficial(api.db, repository.id, false);
  t.deepEqual(readAccess(await getToken(api, askFor(repository.name))), []);
});

test('names that are none are granted nothing, not even to who owns a namespace', async (t) => {
  const api = await startApi(t);
  const { username } = await buildPerson(api);
  const names = ['unknown', `${username}/a/b`, `${username}/`, `/${username}`, `${username}/UPPER`, `${username}/a___b`, `${username}/-a`, `${username}/a.b`, `${username}/${'a'.repeat(255)}`, '..', `${username}/..`, '💥/💥', 'a\0b', `${username}/a\0b`, '*', `${username}/*`, 'nobody/app'];
  for (const name of names) t.deepEqual(readAccess(await getToken(api, askFor(name), basic(username))), [], name);
});

test('a push into one’s own namespace creates the repository where that is on, and only there', async (t) => {
  const [on, off] = [await startApi(t), await startApi(t, { autoCreate: false })];
  for (const [api, granted] of [[on, 'pull,push'], [off, '']] as const) {
    const owner = await buildPerson(api);
    const organization = await buildOrganization(api.db, { owner });
    for (const namespace of [owner.username, organization.name]) {
      const name = `${namespace}/new`;
      t.deepEqual(readAccess(await getToken(api, askFor(name), basic(owner.username))), granted ? [`repository ${name} ${granted}`] : [], name);
    }
  }
});

test('a push that would create a private repository beyond the last slot is refused in a sentence that docker shows', async (t) => {
  const api = await startApi(t, { privateLimits: { user: 1, organization: 0 } });
  const owner = await buildPerson(api);
  const name = `${owner.username}/new`;
  t.deepEqual(readAccess(await getToken(api, askFor(name, 'pull,push'), basic(owner.username))), [`repository ${name} pull,push`]);
  const kept = await buildRepository(api.db, { owner, is_private: true });
  const refused = await getToken(api, askFor(name, 'pull,push'), basic(owner.username));
  assertError(t, { ...refused, body: { ...(refused.body as object) } }, { status: 403, code: 'slots_taken' });
  const { errors } = refused.body as { errors: { code: string; message: string }[] };
  t.deepEqual(errors, [{ code: 'DENIED', message: `${name} would be a new private repository, and ${owner.username} uses 1 of 1: create it as a public one before you push, or make another one public` }]);
  t.is((await getToken(api, askFor(name, 'pull'), basic(owner.username))).status, 200, 'a pull creates nothing');
  await setPrivacy(api.db, kept, false, PLENTY);
  t.is((await getToken(api, askFor(name, 'pull,push'), basic(owner.username))).status, 200);
});

/** What an access token in place of the password leaves of an owner's rights. */
const SCOPED: Readonly<Record<Scope, readonly [open: string, hidden: string, unknown: string]>> = {
  'repo:public_read': ['pull', '', ''], 'repo:read': ['pull', 'pull', ''], 'repo:write': ['pull,push', 'pull,push', 'pull,push'], 'repo:admin': [ALL, ALL, 'pull,push'],
};

for (const [scope, granted] of Object.entries(SCOPED) as [Scope, readonly string[]][]) {
  test(`an access token of the scope ${scope} bounds what is granted`, async (t) => {
    const api = await startApi(t);
    const owner = await buildPerson(api);
    const { secret } = await buildAccessToken(api.db, owner, { scope });
    const [open, hidden] = [await buildRepository(api.db, { owner }), await buildRepository(api.db, { owner, is_private: true })];
    const names = [open.name, hidden.name, 'unknown'].map((name) => `${owner.username}/${name}`);
    const seen = await Promise.all(names.map(async (name) => readAccess(await getToken(api, askFor(name), basic(owner.username, secret)))));
    t.deepEqual(seen, granted.map((actions, index) => (actions ? [`repository ${names[index] ?? ''} ${actions}`] : [])));
  });
}

test('a robot’s access token is good for its repository alone, and creates none', async (t) => {
  const api = await startApi(t);
  const owner = await buildPerson(api);
  const [own, other] = [await buildRepository(api.db, { owner, is_private: true }), await buildRepository(api.db, { owner, is_private: true })];
  const { secret } = await buildAccessToken(api.db, owner, { repository_id: own.id });
  const names = [own.name, other.name, 'unknown'].map((name) => `${owner.username}/${name}`);
  const answer = await getToken(api, names.flatMap((name) => askFor(name)), basic(owner.username, secret));
  t.deepEqual(readAccess(answer), [`repository ${names[0] ?? ''} ${ALL}`]);
});

test('what is taken away is missing from the next token', async (t) => {
  const api = await startApi(t);
  const { repository } = await buildPlace(api, { is_private: true });
  const collaborator = await buildCollaborator(api.db, repository);
  await api.db('users').where({ id: collaborator.id }).update({ password_hash: QUICK_HASH });
  const name = `${repository.namespace}/${repository.name}`;
  const ask = async () => readAccess(await getToken(api, askFor(name), basic(collaborator.username)));
  t.deepEqual(await ask(), [`repository ${name} pull,push`]);
  await api.db('collaborators').where({ user_id: collaborator.id }).delete();
  t.deepEqual(await ask(), []);
});

test('wrong credentials are a 401, never a token for nobody', async (t) => {
  const api = await startApi(t);
  const { username } = await buildPerson(api);
  const tokenless = await buildUser(api.db);
  const wrong = [
    basic(username, 'wrong'), basic(username, ''), basic('nobody'), basic('', ''), basic(tokenless.username, ''), basic(username, 'hlpat_none'), basic(username, 'hlreg_none'),
    { authorization: 'Basic' }, { authorization: 'Basic !!' }, { authorization: 'Bearer x' },
  ];
  for (const headers of wrong) {
    const answer = await getToken(api, askFor('a/b'), headers);
    t.is(answer.status, 401, headers.authorization);
    t.false('token' in (answer.body as object));
    t.like(answer.body, { errors: [{ code: 'UNAUTHORIZED' }] });
    t.is(answer.headers['www-authenticate'], 'Basic realm="hookline"');
  }
  for (const form of [['password', 'wrong'], ['password', '']] as const) {
    t.is((await postToken(api, [['grant_type', 'password'], ['username', username], form])).status, 401);
  }
});

test('a refused login tells no known user from an unknown one', async (t) => {
  const api = await startApi(t);
  const { username } = await buildPerson(api);
  t.is((await getToken(api, [], basic(username, 'wrong'))).text, (await getToken(api, [], basic('nobody', 'wrong'))).text);
});

test('whose token it is, is known by the credentials: account must agree with them, and alone means nothing', async (t) => {
  const api = await startApi(t);
  const { username } = await buildPerson(api);
  const { owner, repository } = await buildPlace(api, { is_private: true });
  t.is((await getToken(api, [['account', username]], basic(username))).status, 200);
  t.is((await getToken(api, [['account', owner.username]], basic(username))).status, 401);
  const nobody = await getToken(api, [['account', owner.username], ...askFor(`${owner.username}/${repository.name}`)]);
  t.deepEqual([nobody.status, readAccess(nobody), decodeJwt((nobody.body as TokenBody).token).sub], [200, [], '']);
});

test('whom it is for is our constant: an unknown service is refused and named', async (t) => {
  const api = await startApi(t);
  const { username } = await buildPerson(api);
  const get = await api.request('GET', '/token?service=registry.example', { headers: basic(username) });
  const post = await postToken(api, [['service', 'registry.example'], ['grant_type', 'password'], ['username', username], ['password', 'password']]);
  for (const { status, body } of [get, post]) {
    t.is(status, 400);
    t.deepEqual(Object.keys((body as { fields: object }).fields), ['service']);
  }
  const none = await api.request('GET', '/token');
  t.is(decodeJwt((none.body as TokenBody).token).aud, 'hookline-registry');
});

test('parameters that make no sense are named', async (t) => {
  const api = await startApi(t);
  const { username } = await buildPerson(api);
  const password = [['grant_type', 'password'], ['username', username], ['password', 'password']] as const;
  const bad: readonly (readonly [readonly (readonly [string, string])[], string])[] = [
    [[], 'grant_type'], [[['grant_type', 'authorization_code']], 'grant_type'], [[['grant_type', 'password'], ['password', 'x']], 'username'],
    [[['grant_type', 'password'], ['username', 'x']], 'password'], [[['grant_type', 'refresh_token']], 'refresh_token'],
    [[...password, ['password', 'again']], 'password'], [[...password, ['client_id', 'a\0b']], 'client_id'], [[...password, ['client_id', 'x'.repeat(300)]], 'client_id'],
    [[...password, ['scope', Array.from({ length: 101 }, (_, index) => `repository:a/b${index}:pull`).join(' ')]], 'scope'],
  ];
  for (const [form, field] of bad) {
    const answer = await postToken(api, form);
    t.is(answer.status, 400, answer.text);
    t.deepEqual(Object.keys((answer.body as { fields: object }).fields), [field], answer.text);
  }
  t.is((await getToken(api, [['account', 'a'], ['account', 'b']])).status, 400);
  t.is((await getToken(api, [['client_id', 'a\0b']])).status, 400);
  t.is((await postToken(api, [...password, ['unheard_of', 'x'], ['__proto__', 'x']])).status, 200, 'clients send more than we read');
});

test('the token server takes a form and nothing else', async (t) => {
  const api = await startApi(t);
  const json = await api.request('POST', '/token', { body: { grant_type: 'password' } });
  t.deepEqual([json.status, (json.body as { code: string }).code], [415, 'unsupported_media_type']);
  const large = await postToken(api, [['scope', 'x'.repeat(70_000)]]);
  t.is(large.status, 413);
  const { username } = await buildPerson(api);
  const form = [['grant_type', 'password'], ['username', username], ['password', 'password']] as const;
  t.is((await postToken(api, form, { headers: { 'content-type': 'Application/X-WWW-Form-URLEncoded; charset=UTF-8' } })).status, 200);
});

async function failUntilLimited(t: ExecutionContext, attempt: () => Promise<Answer>, limit: number): Promise<Answer> {
  for (let count = 0; count < limit; count += 1) t.is((await attempt()).status, 401);
  return attempt();
}

test('twenty wrong passwords close the account to passwords; an access token and a registry login still pass', async (t) => {
  const api = await startApi(t);
  const user = await buildPerson(api);
  const { secret } = await buildAccessToken(api.db, user, { scope: 'repo:read' });
  const { token: refresh_token } = await buildRegistryLogin(api.db, user);
  let turn = 0;
  // Both doors count as one.
  const refused = await failUntilLimited(t, async () => ((turn += 1) % 2 ? getToken(api, [], basic(user.username, 'wrong')) : postToken(api, [['grant_type', 'password'], ['username', user.username], ['password', 'wrong']])), 20);
  t.is(refused.status, 429);
  t.like(refused.body, { code: 'rate_limited', errors: [{ code: 'TOOMANYREQUESTS' }] });
  t.true(Number(refused.headers['retry-after']) > 800);
  t.is((await getToken(api, [], basic(user.username))).status, 429);
  t.is((await getToken(api, [], basic(user.username, secret))).status, 200);
  t.is((await postToken(api, [['grant_type', 'refresh_token'], ['refresh_token', refresh_token]])).status, 200);
});

/** Asks as docker does that was logged in once. */
async function refresh(api: TestApi, refresh_token: string, parameters: readonly (readonly [string, string])[] = []): Promise<Answer> {
  return postToken(api, [['grant_type', 'refresh_token'], ['refresh_token', refresh_token], ['client_id', 'docker'], ...parameters]);
}

async function login(api: TestApi, username: string, secret = 'password'): Promise<string> {
  const answer = await getToken(api, [['account', username], ['client_id', 'docker'], ['offline_token', 'true']], basic(username, secret));
  const { refresh_token } = answer.body as TokenBody;
  if (refresh_token === undefined) throw new Error(`no refresh token: ${answer.text}`);
  return refresh_token;
}

test('docker login keeps a refresh token, and rights are computed anew for each token that it gets', async (t) => {
  const api = await startApi(t);
  const { owner, repository } = await buildPlace(api, { owner: await buildPerson(api), is_private: true });
  const name = `${owner.username}/${repository.name}`;
  const token = await login(api, owner.username);
  const answer = await refresh(api, token, askFor(name, 'pull,push'));
  t.deepEqual([answer.status, readAccess(answer), (answer.body as TokenBody).refresh_token], [200, [`repository ${name} pull,push`], undefined]);
  t.is((answer.body as TokenBody).scope, `repository:${name}:pull,push`);
  const offline = await postToken(api, [['grant_type', 'password'], ['username', owner.username], ['password', 'password'], ['access_type', 'offline']]);
  t.is((await refresh(api, (offline.body as TokenBody).refresh_token ?? '')).status, 200);
  await api.db('repositories').where({ id: repository.id }).update({ namespace: (await buildUser(api.db)).username });
  t.deepEqual(readAccess(await refresh(api, token, askFor(name, 'delete'))), []);
});

test('nobody gets a refresh token without asking for it and without credentials', async (t) => {
  const api = await startApi(t);
  const { username } = await buildPerson(api);
  const user = await buildUser(api.db);
  const answers = [
    await getToken(api, [], basic(username)), await getToken(api, [['offline_token', 'false']], basic(username)), await getToken(api, [['offline_token', 'true']]),
    // A session is no login: it would outlive itself.
    await getToken(api, [['offline_token', 'true']], { authorization: `Bearer ${await api.login(user)}` }),
  ];
  for (const { status, body } of answers) t.deepEqual([status, 'refresh_token' in (body as object)], [200, false]);
  t.deepEqual(await api.db('registry_logins').select('id'), []);
});

test('the database holds no refresh token, only its hash', async (t) => {
  const api = await startApi(t);
  const { username } = await buildPerson(api);
  const token = await login(api, username);
  t.false(JSON.stringify(await api.db('registry_logins').select('*')).includes(token.slice(10)));
});

test('a refresh token ends with the password, by hand, with the access token it came from, and after 90 days unused', async (t) => {
  const api = await startApi(t);
  const { db } = api;
  const user = await buildPerson(api);
  const [off, gone, past] = [await buildAccessToken(api.db, user, { scope: 'repo:read' }), await buildAccessToken(api.db, user, { scope: 'repo:read' }), await buildAccessToken(api.db, user, { scope: 'repo:read' })];
  const ends: readonly (readonly [string, string, () => Promise<unknown>])[] = [
    ['ended by hand', 'password', async () => deleteRegistryLogin(db, user.id, (await db('registry_logins').orderBy('id', 'desc').first<{ id: string }>('id')).id)],
    ['access token off', off.secret, () => updateAccessToken(db, { userId: user.id, id: off.row.id }, { is_active: false })],
    ['access token revoked', gone.secret, () => db('access_tokens').where({ id: gone.row.id }).delete()],
    ['access token expired', past.secret, () => db('access_tokens').where({ id: past.row.id }).update({ expires: '2020-01-01T00:00:00.000Z' })],
    ['90 days unused', 'password', () => db('registry_logins').update({ last_used: new Date(Date.now() - 90 * 86_400_000).toISOString() })],
    ['password changed', 'password', () => setPassword(db, user.id, QUICK_HASH)],
  ];
  for (const [what, secret, end] of ends) {
    const token = await login(api, user.username, secret);
    t.is((await refresh(api, token)).status, 200, what);
    await end();
    const answer = await refresh(api, token);
    t.deepEqual([answer.status, (answer.body as { code: string }).code], [401, 'invalid_token'], what);
  }
  for (const token of ['', 'hlreg_none', 'x'.repeat(10_000), await api.login(user)]) t.is((await refresh(api, token)).status, 401);
});

test('a login with an access token is bound as the access token is', async (t) => {
  const api = await startApi(t);
  const { owner, repository } = await buildPlace(api, { owner: await buildPerson(api), is_private: true });
  const { secret } = await buildAccessToken(api.db, owner, { scope: 'repo:read' });
  const name = `${owner.username}/${repository.name}`;
  t.deepEqual(readAccess(await refresh(api, await login(api, owner.username, secret), askFor(name))), [`repository ${name} pull`]);
});

test('logins are listed with what is known of them and ended one by one', async (t) => {
  const api = await startApi(t);
  const user = await buildPerson(api);
  const token = await api.login(user);
  const tokens = [await login(api, user.username), await login(api, user.username)];
  await buildRegistryLogin(api.db, await buildUser(api.db));
  const { count, results } = (await api.request('GET', '/v2/user/registry-logins', { token })).body as { count: number; results: { id: string; client_id: string; address: string }[] };
  t.deepEqual([count, results.length], [2, 2]);
  t.like(results[0], { client_id: 'docker', address: '127.0.0.1' });
  t.is((await api.request('DELETE', `/v2/user/registry-logins/${results[0]?.id ?? ''}`, { token })).status, 204);
  t.deepEqual((await Promise.all(tokens.map((one) => refresh(api, one)))).map(({ status }) => status), [200, 401]);
  assertError(t, await api.request('DELETE', `/v2/user/registry-logins/${results[0]?.id ?? ''}`, { token }), { status: 404, code: 'not_found' });
});

test('a token for the registry finds what its user may see, within the bounds of the access token, and is good for nothing else', async (t) => {
  const api = await startApi(t);
  const word = uniqueName('w');
  const { owner, repository, path } = await buildPlace(api, { owner: await buildPerson(api), is_private: true, name: word });
  const wide = await buildAccessToken(api.db, owner, { scope: 'repo:read' });
  const narrow = await buildAccessToken(api.db, owner, { scope: 'repo:public_read' });
  const search = async (secret: string | undefined) => {
    const { token } = (await getToken(api, [['scope', 'registry:catalog:search']], secret === undefined ? {} : basic(owner.username, secret))).body as TokenBody;
    return { token, ...(await api.request('GET', `/v1/search?q=${word}`, { token })) };
  };
  for (const [secret, names] of [['password', [word]], [wide.secret, [word]], [narrow.secret, []], [undefined, []]] as const) {
    const { status, body, token } = await search(secret);
    t.is(status, 200);
    t.deepEqual((body as { results: { name: string }[] }).results.map(({ name }) => name), names.map((name) => `${repository.namespace}/${name}`));
    for (const url of [path, '/v2/user', '/v2/search/repositories', '/token?offline_token=true']) assertUnauthorized(t, await api.request('GET', url, { token }));
  }
  const { token } = await search(wide.secret);
  await updateAccessToken(api.db, { userId: owner.id, id: wide.row.id }, { is_active: false });
  assertUnauthorized(t, await api.request('GET', `/v1/search?q=${word}`, { token }));
});

function assertUnauthorized(t: ExecutionContext, { status, body }: Answer): void {
  t.deepEqual([status, (body as { code: string }).code], [401, 'invalid_token']);
}

test('the API document says that the token server takes a form', async (t) => {
  const api = await startApi(t);
  const { paths } = (await api.request('GET', '/openapi.json')).body as { paths: Record<string, { post?: { requestBody: { content: object } } }> };
  t.deepEqual(Object.keys(paths['/token']?.post?.requestBody.content ?? {}), ['application/x-www-form-urlencoded']);
});
