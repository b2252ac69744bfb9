import test from 'ava';
import { assertError, buildPlace, pathOf, startApi, type TestApi } from '../helpers/api.js';
import { buildOrganization, buildRepository, buildUser } from '../helpers/builders.js';

const LIMITS = { privateLimits: { user: 1, organization: 2 } };

async function setPrivacy(api: TestApi, path: string, token: string, is_private: boolean): Promise<string> {
  const { status, body } = await api.request('POST', `${path}/privacy`, { token, body: { is_private } });
  return status === 200 ? '200' : `${status} ${(body as { detail: string }).detail}`;
}

test('a user has one private repository, and as many as the administrator says', async (t) => {
  const api = await startApi(t, LIMITS);
  const owner = await buildUser(api.db, { username: 'alice' });
  const [one, two] = [await buildPlace(api, { owner }), await buildPlace(api, { owner })];
  const { token } = one;
  t.is(await setPrivacy(api, one.path, token, true), '200');
  const taken = '403 alice uses 1 of 1 private repositories: make one public, or ask the administrator for more';
  t.is(await setPrivacy(api, two.path, token, true), taken);
  t.is(await setPrivacy(api, one.path, token, true), '200', 'it is private already');
  const created = await api.request('POST', '/v2/repositories', { token, body: { namespace: 'alice', name: 'three', is_private: true } });
  assertError(t, created, { status: 403, code: 'slots_taken' });
  t.is((await api.request('GET', '/v2/repositories/alice/three', { token })).status, 404);
  const admin = await api.login(await buildUser(api.db, { is_admin: true }));
  const raise = (private_repo_limit: number | null) => api.request('PATCH', '/v2/admin/users/alice', { token: admin, body: { private_repo_limit } });
  t.like((await raise(2)).body, { namespace: 'alice', private_repo_limit: 2, private_repos_used: 1, private_repos_allowed: 2 });
  t.is(await setPrivacy(api, two.path, token, true), '200');
  // Those that are private stay so under a smaller limit; made public once, they find no slot.
  t.like((await raise(null)).body, { private_repo_limit: null, private_repos_used: 2, private_repos_allowed: 1 });
  t.is((await api.request('GET', two.path)).status, 404);
  t.is(await setPrivacy(api, two.path, token, false), '200');
  t.is(await setPrivacy(api, two.path, token, true), taken);
  t.is((await api.request('GET', two.path)).status, 200);
});

test('an organization has slots of its own', async (t) => {
  const api = await startApi(t, LIMITS);
  const owner = await buildUser(api.db);
  const token = await api.login(owner);
  const { name } = await buildOrganization(api.db, { owner });
  const paths = await Promise.all([1, 2, 3].map(async () => pathOf(await buildRepository(api.db, { namespace: name }))));
  const answers = [];
  for (const path of paths) answers.push((await setPrivacy(api, path, token, true)).slice(0, 3));
  t.deepEqual(answers, ['200', '200', '403']);
  const admin = await api.login(await buildUser(api.db, { is_admin: true }));
  const raised = await api.request('PATCH', `/v2/admin/orgs/${name}`, { token: admin, body: { private_repo_limit: 3 } });
  t.like(raised.body, { namespace: name, private_repo_limit: 3, private_repos_used: 2, private_repos_allowed: 3 });
  t.is(await setPrivacy(api, paths[2] ?? '', token, true), '200');
});

test('of two switches that race for the last slot one wins', async (t) => {
  const api = await startApi(t, LIMITS);
  const owner = await buildUser(api.db);
  const { token } = await buildPlace(api, { owner });
  for (let round = 0; round < 5; round += 1) {
    const paths = [pathOf(await buildRepository(api.db, { owner })), pathOf(await buildRepository(api.db, { owner }))];
    const answers = await Promise.all(paths.map((path) => setPrivacy(api, path, token, true)));
    t.deepEqual(answers.map((answer) => answer.slice(0, 3)).sort(), ['200', '403']);
    for (const path of paths) await setPrivacy(api, path, token, false);
  }
});

test('an account’s slots are told to its owner in the words of Docker’s clients', async (t) => {
  const api = await startApi(t, LIMITS);
  const owner = await buildUser(api.db);
  const { token } = await buildPlace(api, { owner, is_private: true });
  const settings = await api.request('GET', `/v2/users/${owner.username}/registry-settings/`, { token });
  t.deepEqual(settings.body, {
    private_repo_limit: 1, private_repo_used: 1, private_repo_available: 0, num_free_private_repos: 0, private_repo_percent_used: 100,
    default_repo_visibility: 'public',
  });
  const plan = (id: string) => api.request('GET', `/api/billing/v4/accounts/${id}/hub-plan`, { token });
  const { id } = (await api.request('GET', '/v2/user', { token })).body as { id: string };
  t.like((await plan(id)).body, { name: 'hub', legacy: false, private_repos: 1, duration: 'lifetime' });
  const organization = await buildOrganization(api.db, { owner });
  t.like((await plan(organization.id.slice('org_'.length))).body, { private_repos: 2 });
  const stranger = await buildOrganization(api.db);
  for (const account of [stranger.id.slice('org_'.length), 'x', owner.id]) assertError(t, await plan(account), { status: 404, code: 'not_found' });
});

test('the limit of an unknown account, of one of the other kind, or one that is no number, is refused', async (t) => {
  const api = await startApi(t);
  const token = await api.login(await buildUser(api.db, { is_admin: true }));
  const user = await buildUser(api.db);
  const { name } = await buildOrganization(api.db);
  for (const path of ['users/nobody', `users/${name}`, `orgs/${user.username}`, 'orgs/nobody']) {
    const answer = await api.request('PATCH', `/v2/admin/${path}`, { token, body: { private_repo_limit: 5 } });
    assertError(t, answer, { status: 404, code: 'not_found' });
  }
  for (const private_repo_limit of [-1, 1.5, '5', [], true, 1_000_001]) {
    const answer = await api.request('PATCH', `/v2/admin/users/${user.username}`, { token, body: { private_repo_limit } });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: ['private_repo_limit'] });
  }
});

test('the administrator lists users with their slots, by name', async (t) => {
  const api = await startApi(t, LIMITS);
  const admin = await buildUser(api.db, { username: 'admin', is_admin: true });
  const bob = await buildUser(api.db, { username: 'bob', email: 'bob@example.com' });
  await buildRepository(api.db, { owner: bob, is_private: true });
  const token = await api.login(admin);
  const list = await api.request('GET', '/v2/admin/users?page_size=1&page=2', { token });
  t.like(list.body, { count: 2, next: null, results: [{ username: 'bob', email: 'bob@example.com', is_admin: false, private_repos_used: 1, private_repos_allowed: 1 }] });
  t.false(list.text.includes('password'));
});

test('an official repository is pulled by its name, answers to library/NAME, and one alone has that name', async (t) => {
  const api = await startApi(t);
  const token = await api.login(await buildUser(api.db, { is_admin: true }));
  const [one, other] = [await buildPlace(api, { name: 'nginx' }), await buildPlace(api, { name: 'nginx' })];
  const name = ({ repository: { namespace } }: typeof one) => `/v2/admin/repositories/${namespace}/nginx`;
  assertError(t, await api.request('GET', '/v2/repositories/library/nginx'), { status: 404, code: 'not_found' });
  t.like((await api.request('PATCH', name(one), { token, body: { is_official: true } })).body, { is_official: true, repo_name: 'nginx' });
  t.like((await api.request('GET', '/v2/repositories/library/nginx')).body, { namespace: one.repository.namespace, repo_name: 'nginx' });
  assertError(t, await api.request('PATCH', name(other), { token, body: { is_official: true } }), { status: 409, code: 'name_taken' });
  t.is((await api.request('PATCH', name(one), { token, body: { is_official: true } })).status, 200);
  t.like((await api.request('PATCH', name(one), { token, body: { is_official: false } })).body, { is_official: false });
  const both = await Promise.all([one, other].map((place) => api.request('PATCH', name(place), { token, body: { is_official: true } })));
  t.deepEqual(both.map(({ status }) => status).sort(), [200, 409]);
});

test('nobody takes the name library, and so the place of official repositories', async (t) => {
  const api = await startApi(t, { signup: 'open' });
  const body = { username: 'library', email: 'mallory@example.com', password: 'correct horse' };
  assertError(t, await api.request('POST', '/v2/users', { body }), { status: 409, code: 'name_taken' });
  const token = await api.login(await buildUser(api.db));
  assertError(t, await api.request('POST', '/v2/orgs', { token, body: { orgname: 'library' } }), { status: 409, code: 'name_taken' });
  assertError(t, await api.request('GET', '/v2/users/library'), { status: 404, code: 'not_found' });
});
