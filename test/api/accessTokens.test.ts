import test from 'ava';
import { findAccessToken, insertAccessToken, type NewAccessToken, type Scope } from '../../db/accessTokens.js';
import { assertError, buildPlace, startApi, type TestApi } from '../helpers/api.js';
import { buildCollaborator, buildRepository, buildUser } from '../helpers/builders.js';

const PATH = '/v2/access-tokens';
const PAST = '2020-01-01T00:00:00Z';

interface Shown {
  readonly uuid: string;
  readonly token: string;
  readonly is_active: boolean;
  readonly last_used: string | null;
}

async function create(api: TestApi, token: string, body: object = {}): Promise<Shown> {
  const answer = await api.request('POST', PATH, { token, body });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body as Shown;
}

/** A row of which the API would not make one, for instance an expired token. */
function describeToken(userId: string, columns: Partial<NewAccessToken> = {}): NewAccessToken {
  return { user_id: userId, label: 'ci', scopes: ['repo:admin'], repository_id: null, creator_ip: '', creator_ua: '', expires: null, ...columns };
}

test('a token is shown once, listed ever after without it, and stored as a hash', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db);
  const token = await api.login(user);
  const expires_at = '2031-05-06T07:08:09Z';
  const body = { token_label: 'laptop', scopes: ['repo:read'], expires_at };
  const answer = await api.request('POST', PATH, { token, body, headers: { 'user-agent': 'test/1' } });
  t.like(answer.body, {
    client_id: 'HUB', creator_ip: '127.0.0.1', creator_ua: 'test/1', last_used: null, generated_by: 'manual', is_active: true,
    token_label: 'laptop', scopes: ['repo:read'], expires_at, repository: null,
  });
  const { uuid, token: secret } = answer.body as Shown;
  t.regex(secret, /^hlpat_[A-Za-z0-9_-]{43}$/);
  t.regex(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/);
  const list = await api.request('GET', PATH, { token });
  t.like(list.body, { count: 1, active_count: 1, next: null, previous: null, results: [{ uuid, token: '', token_label: 'laptop', expires_at }] });
  const one = await api.request('GET', `${PATH}/${uuid}`, { token });
  t.like(one.body, { uuid, token: '' });
  const stored = JSON.stringify(await api.db('access_tokens').select());
  t.false(stored.includes(secret) || stored.includes(secret.slice(6)));
});

test('a token is the password of a login and of Basic, and a Bearer token as it is; its last use is kept', async (t) => {
  const api = await startApi(t);
  const owner = await buildUser(api.db);
  const { path, token } = await buildPlace(api, { owner, is_private: true });
  const { token: secret, uuid } = await create(api, token);
  const login = await api.request('POST', '/v2/users/login', { body: { username: owner.username, password: secret } });
  const basic = `Basic ${Buffer.from(`${owner.username}:${secret}`).toString('base64')}`;
  const headers = [`Bearer ${secret}`, `Bearer ${(login.body as { token: string }).token}`, basic];
  for (const authorization of headers) t.is((await api.request('GET', path, { headers: { authorization } })).status, 200, authorization);
  const { last_used } = (await api.request('GET', `${PATH}/${uuid}`, { token })).body as Shown;
  t.true(Math.abs(Date.parse(last_used ?? '') - Date.now()) < 60_000);
});

test('a token of somebody else is nobody’s password', async (t) => {
  const api = await startApi(t);
  const [one, other] = [await buildUser(api.db), await buildUser(api.db)];
  const { token: secret } = await create(api, await api.login(one));
  const answer = await api.request('POST', '/v2/users/login', { body: { username: other.username, password: secret } });
  assertError(t, answer, { status: 401, code: 'invalid_credentials' });
});

/** By scope: seeing a public and a private repository of one's own, pushing, changing the description, creating one. */
const SCOPES: readonly [Scope, readonly number[]][] = [
  ['repo:public_read', [200, 404, 403, 403, 403]],
  ['repo:read', [200, 200, 403, 403, 403]],
  ['repo:write', [200, 200, 202, 403, 201]],
  ['repo:admin', [200, 200, 202, 200, 201]],
];
for (const [scope, expected] of SCOPES) {
  test(`${scope} bounds what its owner may, as a token and as a login with it`, async (t) => {
    const api = await startApi(t);
    const owner = await buildUser(api.db);
    const { path, token: own } = await buildPlace(api, { owner });
    const hidden = await buildPlace(api, { owner, is_private: true });
    const { token: secret } = await create(api, own, { scopes: [scope] });
    const login = await api.request('POST', '/v2/users/login', { body: { username: owner.username, password: secret } });
    for (const [index, token] of [secret, (login.body as { token: string }).token].entries()) {
      const seen = [
        await api.request('GET', path, { token }),
        await api.request('GET', hidden.path, { token }),
        await api.request('POST', `${path}/pushes`, { token, body: {} }),
        await api.request('PATCH', path, { token, body: { description: 'x' } }),
        await api.request('POST', '/v2/repositories', { token, body: { namespace: owner.username, name: `n${index}` } }),
      ];
      t.deepEqual(seen.map(({ status }) => status), expected);
      const all = (await api.request('GET', `/v2/repositories/${owner.username}?name=${hidden.repository.name}`, { token })).body;
      t.like(all, { count: scope === 'repo:public_read' ? 0 : 1 });
    }
  });
}

test('of several scopes the widest counts, and they are answered as they were asked for', async (t) => {
  const api = await startApi(t);
  const owner = await buildUser(api.db);
  const { path, token } = await buildPlace(api, { owner, is_private: true });
  const scopes = ['repo:write', 'repo:public_read', 'repo:read'];
  const { token: secret, uuid } = await create(api, token, { scopes });
  t.is((await api.request('POST', `${path}/pushes`, { token: secret, body: {} })).status, 202);
  t.is((await api.request('PATCH', path, { token: secret, body: { description: 'x' } })).status, 403);
  t.like((await api.request('GET', `${PATH}/${uuid}`, { token })).body, { scopes });
});

test('no access token makes tokens, changes the password or the profile, or is an administrator', async (t) => {
  const api = await startApi(t);
  const admin = await buildUser(api.db, { is_admin: true });
  const { token: secret } = await create(api, await api.login(admin));
  const login = await api.request('POST', '/v2/users/login', { body: { username: admin.username, password: secret } });
  const requests = [
    ['GET', PATH, undefined], ['POST', PATH, {}], ['PATCH', '/v2/user', { full_name: 'x' }],
    ['POST', '/v2/user/password', { current_password: secret, new_password: 'new password' }],
    ['GET', '/v2/admin/users', undefined], ['PATCH', `/v2/admin/users/${admin.username}`, { private_repo_limit: 9 }],
    ['POST', '/v2/users', { username: 'eve', email: 'e@example.com', password: 'password' }],
  ] as const;
  for (const token of [secret, (login.body as { token: string }).token]) {
    for (const [method, path, body] of requests) {
      t.is((await api.request(method, path, { token, ...(body ? { body } : {}) })).status, 403, `${method} ${path}`);
    }
  }
});

test('switched off, revoked or expired, a token ends with the sessions that were begun with it', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db);
  const own = await api.login(user);
  const check = async (end: (uuid: string) => Promise<unknown>) => {
    const { token: secret, uuid } = await create(api, own);
    const login = await api.request('POST', '/v2/users/login', { body: { username: user.username, password: secret } });
    const tokens = [secret, (login.body as { token: string }).token];
    for (const token of tokens) t.is((await api.request('GET', '/v2/user', { token })).status, 200);
    await end(uuid);
    for (const token of tokens) assertError(t, await api.request('GET', '/v2/user', { token }), { status: 401, code: 'invalid_token' });
    return uuid;
  };
  const off = await check((uuid) => api.request('PATCH', `${PATH}/${uuid}`, { token: own, body: { is_active: false } }));
  t.like((await api.request('GET', PATH, { token: own })).body, { count: 1, active_count: 0 });
  t.like((await api.request('PATCH', `${PATH}/${off}`, { token: own, body: { is_active: true, token_label: 'again' } })).body, { is_active: true, token_label: 'again' });
  await check((uuid) => api.request('DELETE', `${PATH}/${uuid}`, { token: own }));
  await check((uuid) => api.db('access_tokens').where({ id: uuid }).update({ expires: PAST }));
  t.is((await api.request('GET', '/v2/user', { token: own })).status, 200);
});

test('a robot’s token is good for one repository and for nothing else', async (t) => {
  const api = await startApi(t);
  const owner = await buildUser(api.db);
  const { path, token, repository } = await buildPlace(api, { owner, is_private: true });
  const other = await buildPlace(api, { owner, is_private: true });
  const name = `${repository.namespace}/${repository.name}`;
  const robot = await create(api, token, { scopes: ['repo:write'], repository: name });
  t.like(robot, { repository: name });
  const ask = async (method: string, url: string, body?: object) => (await api.request(method, url, { token: robot.token, ...(body ? { body } : {}) })).status;
  t.deepEqual([await ask('GET', path), await ask('POST', `${path}/pushes`, {}), await ask('DELETE', path)], [200, 202, 403]);
  t.deepEqual([await ask('GET', other.path), await ask('POST', `${other.path}/pushes`, {})], [404, 404]);
  t.is(await ask('POST', '/v2/repositories', { namespace: owner.username, name: 'new' }), 403);
  const open = await buildRepository(api.db, { owner });
  t.is(await ask('POST', `/v2/repositories/${owner.username}/${open.name}/pushes`, {}), 403);
  await api.db('repositories').where({ id: repository.id }).delete();
  t.is(await findAccessToken(api.db, owner.id, robot.uuid), undefined);
});

test('a robot’s token for a repository that its maker may not see names the field', async (t) => {
  const api = await startApi(t);
  const { repository } = await buildPlace(api, { is_private: true });
  const token = await api.login(await buildUser(api.db));
  for (const name of [`${repository.namespace}/${repository.name}`, 'no/body', 'x', '', 'a/b/c']) {
    const answer = await api.request('POST', PATH, { token, body: { repository: name } });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: ['repository'] });
  }
});

test('a token never gives more than its owner has', async (t) => {
  const api = await startApi(t);
  const { path, repository } = await buildPlace(api, { is_private: true });
  const user = await buildCollaborator(api.db, repository);
  const { token } = await create(api, await api.login(user), { scopes: ['repo:admin'] });
  t.is((await api.request('POST', `${path}/pushes`, { token, body: {} })).status, 202);
  t.is((await api.request('DELETE', path, { token })).status, 403);
  await api.db('collaborators').where({ user_id: user.id }).delete();
  t.is((await api.request('GET', path, { token })).status, 404);
});

test('older clients send what means nothing: no label, is_active false, an empty end', async (t) => {
  const api = await startApi(t);
  const token = await api.login(await buildUser(api.db));
  const answer = await api.request('POST', '/v2/api_tokens', { token, body: { is_active: false, expires_at: '' } });
  t.like(answer.body, { is_active: true, token_label: '', scopes: ['repo:admin'], expires_at: null });
  t.like((await api.request('GET', '/v2/api_tokens?page=1&page_size=100', { token })).body, { count: 1 });
});

const FAULTS: readonly [what: string, body: object, field: string][] = [
  ['a scope twice', { scopes: ['repo:read', 'repo:read'] }, 'scopes'],
  ['no scope', { scopes: [] }, 'scopes'],
  ['an unknown scope', { scopes: ['repo:root'] }, 'scopes[0]'],
  ['a scope as text', { scopes: 'repo:read' }, 'scopes'],
  ['null as scopes', { scopes: null }, 'scopes'],
  ['an empty label', { token_label: '' }, 'token_label'],
  ['a label of 101 characters', { token_label: 'x'.repeat(101) }, 'token_label'],
  ['a label that is a number', { token_label: 1 }, 'token_label'],
  ['an end in the past', { expires_at: PAST }, 'expires_at'],
  ['an end in another zone', { expires_at: '2031-01-01T00:00:00+01:00' }, 'expires_at'],
  ['an end that is no date', { expires_at: '2031-13-01T00:00:00Z' }, 'expires_at'],
  ['an end in a 60th second', { expires_at: '2016-12-31T23:59:60Z' }, 'expires_at'],
  ['an end with a small t, which sorts behind its day', { expires_at: '2031-01-01t00:00:00Z' }, 'expires_at'],
  ['an end with a space', { expires_at: '2031-01-01 00:00:00Z' }, 'expires_at'],
  ['its own uuid', { uuid: 'x' }, 'uuid'],
  ['its own secret', { token: 'hlpat_mine' }, 'token'],
  ['another user', { user_id: 'usr_1' }, 'user_id'],
];
for (const [what, body, field] of FAULTS) {
  test(`${what} is refused and named`, async (t) => {
    const api = await startApi(t);
    const user = await buildUser(api.db);
    const answer = await api.request('POST', PATH, { token: await api.login(user), body });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: [field] });
    t.deepEqual(await api.db('access_tokens').select('id'), []);
  });
}

test('nobody reads, changes or revokes the tokens of somebody else, the administrator included', async (t) => {
  const api = await startApi(t);
  const { row } = await insertAccessToken(api.db, describeToken((await buildUser(api.db)).id));
  const token = await api.login(await buildUser(api.db, { is_admin: true }));
  for (const [method, body] of [['GET', undefined], ['PATCH', { is_active: false }], ['DELETE', undefined]] as const) {
    assertError(t, await api.request(method, `${PATH}/${row.id}`, { token, ...(body ? { body } : {}) }), { status: 404, code: 'not_found' });
  }
  t.truthy((await findAccessToken(api.db, row.user_id, row.id))?.is_active);
});

test('the repository of a robot’s token is named by two parts', async (t) => {
  const api = await startApi(t);
  const { token, repository: { namespace, name } } = await buildPlace(api);
  for (const repository of [`${namespace}/${name}/more`, `${namespace}/${name}/`, namespace, `/${name}`]) {
    const answer = await api.request('POST', PATH, { token, body: { repository } });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: ['repository'] });
  }
  t.is((await api.request('POST', PATH, { token, body: { repository: `${namespace}/${name}` } })).status, 201);
});
