import test from 'ava';
import { cancelRuns } from '../../db/runs.js';
import { assertError, buildPlace, pathOf, startApi } from '../helpers/api.js';
import { buildCollaborator, buildRepository, buildRun, buildUser } from '../helpers/builders.js';

const ROOT = '/v2/repositories';

test('a repository is created in Docker Hub\'s shape and found again, with and without trailing slash', async (t) => {
  const api = await startApi(t);
  const owner = await buildUser(api.db);
  const token = await api.login(owner);
  const body = { namespace: owner.username, name: 'app', description: 'short', full_description: '# long', is_private: true };
  const made = await api.request('POST', `${ROOT}/`, { token, body });
  t.is(made.status, 201, made.text);
  t.like(made.body, {
    ...body, user: owner.username, repository_type: 'image', status: 1, star_count: 0, collaborator_count: 0,
    permissions: { read: true, write: true, admin: true },
  });
  for (const slash of ['', '/']) {
    const found = await api.request('GET', `${ROOT}/${owner.username}/app${slash}`, { token });
    t.deepEqual([found.status, found.text], [200, made.text]);
  }
});

test('what is not given has its default', async (t) => {
  const api = await startApi(t);
  const { owner, token } = await buildPlace(api);
  const made = await api.request('POST', ROOT, { token, body: { namespace: owner.username, name: 'plain', registry: 'docker' } });
  t.like(made.body, { description: '', full_description: '', is_private: false });
});

for (const name of ['a', 'a-b', 'a--b', 'a_b', 'a__b', '0', 'x'.repeat(255)]) {
  test(`the name ${name.slice(0, 20)} (${name.length}) is taken`, async (t) => {
    const api = await startApi(t);
    const { owner, token } = await buildPlace(api);
    t.is((await api.request('POST', ROOT, { token, body: { namespace: owner.username, name } })).status, 201);
  });
}

for (const name of ['', 'A', 'a/b', '-a', 'a-', 'a___b', 'a.', '..', 'a b', 'ä', 'a\n', 'x'.repeat(256)]) {
  test(`the name ${JSON.stringify(name.slice(0, 20))} (${name.length}) is refused and named`, async (t) => {
    const api = await startApi(t);
    const { owner, token } = await buildPlace(api);
    const answer = await api.request('POST', ROOT, { token, body: { namespace: owner.username, name } });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: ['name'] });
  });
}

test('a name that stands already is refused, also to the second of two at once', async (t) => {
  const api = await startApi(t);
  const { owner, token, repository } = await buildPlace(api);
  const body = { namespace: owner.username, name: repository.name };
  assertError(t, await api.request('POST', ROOT, { token, body }), { status: 409, code: 'name_taken' });
  const twice = await Promise.all([1, 2].map(() => api.request('POST', ROOT, { token, body: { ...body, name: 'new' } })));
  t.deepEqual(twice.map(({ status }) => status).sort(), [201, 409]);
});

test('nobody creates in a foreign namespace, whether it exists or not', async (t) => {
  const api = await startApi(t);
  const { token } = await buildPlace(api);
  const other = await buildUser(api.db);
  const answers = await Promise.all([other.username, 'nobody'].map((namespace) =>
    api.request('POST', ROOT, { token, body: { namespace, name: 'app' } })));
  for (const answer of answers) assertError(t, answer, { status: 403, code: 'forbidden' });
  t.is(answers[0]?.text, answers[1]?.text);
  assertError(t, await api.request('POST', ROOT, { body: { namespace: 'x', name: 'app' } }), { status: 401, code: 'authentication_required' });
});

test('the administrator creates in every namespace that exists', async (t) => {
  const api = await startApi(t);
  const token = await api.login(await buildUser(api.db, { is_admin: true }));
  const { username } = await buildUser(api.db);
  t.is((await api.request('POST', ROOT, { token, body: { namespace: username, name: 'app' } })).status, 201);
  const missing = await api.request('POST', ROOT, { token, body: { namespace: 'nobody', name: 'app' } });
  assertError(t, missing, { status: 400, code: 'invalid_input', fields: ['namespace'] });
});

test('PATCH changes descriptions and names every field that it does not know', async (t) => {
  const api = await startApi(t);
  const { token, path } = await buildPlace(api, { full_description: 'stays' });
  const changed = await api.request('PATCH', path, { token, body: { description: 'new' } });
  t.like(changed.body, { description: 'new', full_description: 'stays' });
  for (const field of ['is_private', 'name', 'star_count', 'namespace']) {
    const answer = await api.request('PATCH', path, { token, body: { description: 'x', [field]: true } });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: [field] });
  }
  t.like((await api.request('GET', path, { token })).body, { description: 'new' });
});

test('descriptions are counted in code points', async (t) => {
  const api = await startApi(t);
  const { token, path } = await buildPlace(api);
  t.is((await api.request('PATCH', path, { token, body: { description: '🐳'.repeat(100) } })).status, 200);
  const long = await api.request('PATCH', path, { token, body: { description: '🐳'.repeat(101) } });
  assertError(t, long, { status: 400, code: 'invalid_input', fields: ['description'] });
});

test('a repository made private is gone for strangers, and back when made public', async (t) => {
  const api = await startApi(t);
  const { token, path } = await buildPlace(api);
  const seen: number[] = [];
  for (const is_private of [true, false]) {
    t.like((await api.request('POST', `${path}/privacy/`, { token, body: { is_private } })).body, { is_private });
    seen.push((await api.request('GET', path)).status);
  }
  t.deepEqual(seen, [404, 200]);
  assertError(t, await api.request('POST', `${path}/privacy`, { token, body: {} }), { status: 400, code: 'invalid_input', fields: ['is_private'] });
});

test('a deleted repository is gone, its open runs cancelled before', async (t) => {
  const api = await startApi(t);
  const { token, path, repository } = await buildPlace(api);
  await buildRun(api.db, { repository });
  const answer = await api.request('DELETE', `${path}/`, { token });
  t.deepEqual([answer.status, answer.text], [202, '']);
  t.is((await api.request('GET', path, { token })).status, 404);
  t.deepEqual(await cancelRuns(api.db, { repository_id: repository.id }), []);
});

test('permissions are those of the caller', async (t) => {
  const api = await startApi(t);
  const repository = await buildRepository(api.db);
  const collaborator = await api.login(await buildCollaborator(api.db, repository));
  const shown = await Promise.all([undefined, collaborator].map((token) => api.request('GET', pathOf(repository), { token })));
  t.deepEqual(shown.map(({ body }) => (body as { permissions: object }).permissions), [
    { read: true, write: false, admin: false }, { read: true, write: true, admin: false },
  ]);
});
