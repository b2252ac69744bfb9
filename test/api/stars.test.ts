import test from 'ava';
import { assertError, buildPlace, startApi, type TestApi } from '../helpers/api.js';
import { buildRepository, buildUser } from '../helpers/builders.js';

async function listStarred(api: TestApi, username: string, options: { token?: string; query?: string } = {}) {
  const { body } = await api.request('GET', `/v2/users/${username}/repositories/starred${options.query ?? ''}`, { token: options.token });
  const { count, results } = body as { count: number; results: { name: string }[] };
  return { count, names: results.map(({ name }) => name) };
}

test('a repository is starred and unstarred, and each of both is the same twice', async (t) => {
  const api = await startApi(t);
  const { path } = await buildPlace(api);
  const token = await api.login(await buildUser(api.db));
  const see = async () => {
    const { star_count, has_starred } = (await api.request('GET', path, { token })).body as Record<string, unknown>;
    return [star_count, has_starred];
  };
  t.deepEqual(await see(), [0, false]);
  for (const body of [{}, undefined]) {
    const { status, text } = await api.request('POST', `${path}/stars/`, { token, ...(body ? { body } : {}) });
    t.deepEqual([status, text], [204, '']);
    t.deepEqual(await see(), [1, true]);
  }
  for (const body of [undefined, {}]) {
    t.is((await api.request('DELETE', `${path}/stars/`, { token, ...(body ? { body } : {}) })).status, 204);
    t.deepEqual(await see(), [0, false]);
  }
});

test('twenty stars of ten users at once count ten', async (t) => {
  const api = await startApi(t);
  const { path } = await buildPlace(api);
  const tokens = await Promise.all(Array.from({ length: 10 }, async () => api.login(await buildUser(api.db))));
  const answers = await Promise.all([...tokens, ...tokens].map((token) => api.request('POST', `${path}/stars`, { token, body: {} })));
  t.deepEqual([...new Set(answers.map(({ status }) => status))], [204]);
  t.like((await api.request('GET', path)).body, { star_count: 10 });
});

test('a star carries nothing', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api);
  const answer = await api.request('POST', `${path}/stars`, { token, body: { user: 'bob', star_count: 7 } });
  assertError(t, answer, { status: 400, code: 'invalid_input', fields: ['user', 'star_count'] });
  t.like((await api.request('GET', path)).body, { star_count: 0 });
});

test('a user’s starred list shows each viewer what they may see', async (t) => {
  const api = await startApi(t);
  const { owner, token, path } = await buildPlace(api, { name: 'open' });
  const secret = await buildPlace(api, { owner, name: 'secret', is_private: true });
  await buildRepository(api.db, { owner, name: 'other' });
  for (const place of [path, secret.path]) await api.request('POST', `${place}/stars`, { token });
  const outsider = await api.login(await buildUser(api.db));
  const admin = await api.login(await buildUser(api.db, { is_admin: true }));
  t.deepEqual(await listStarred(api, owner.username, { token, query: '?ordering=name' }), { count: 2, names: ['open', 'secret'] });
  t.deepEqual(await listStarred(api, owner.username, { token: admin, query: '?ordering=-name' }), { count: 2, names: ['secret', 'open'] });
  t.deepEqual(await listStarred(api, owner.username, { token: outsider }), { count: 1, names: ['open'] });
  t.deepEqual(await listStarred(api, owner.username), { count: 1, names: ['open'] });
  t.deepEqual(await listStarred(api, owner.username, { token, query: '?name=secr' }), { count: 1, names: ['secret'] });
  t.deepEqual(await listStarred(api, owner.username, { token, query: '?ordering=name&page=2&page_size=1' }), { count: 2, names: ['secret'] });
  t.deepEqual(await listStarred(api, owner.username, { token, query: '?page=9' }), { count: 2, names: [] });
  t.deepEqual(await listStarred(api, (await buildUser(api.db)).username), { count: 0, names: [] });
});

test('the starred list of nobody is a 404, and bad queries name their fields', async (t) => {
  const api = await startApi(t);
  assertError(t, await api.request('GET', '/v2/users/nobody/repositories/starred'), { status: 404, code: 'not_found' });
  const { username } = await buildUser(api.db);
  for (const [query, field] of [['page_size=0', 'page_size'], ['page=abc', 'page'], ['ordering=stars', 'ordering'], ['starredBy=x', 'starredBy']] as const) {
    const answer = await api.request('GET', `/v2/users/${username}/repositories/starred?${query}`);
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: [field] });
  }
});
