import test from 'ava';
import { insertAccessToken, SCOPES } from '../../db/accessTokens.js';
import { setPermission } from '../../db/permissions.js';
import { assertError, buildPlace, startApi, type Answer, type TestApi } from '../helpers/api.js';
import { buildCollaborator, buildOrganization, buildRepository, buildTeam, buildUser } from '../helpers/builders.js';

const ADDRESSES = ['/v2/search/repositories', '/v1/search'] as const;
type Address = (typeof ADDRESSES)[number];

function search(api: TestApi, address: Address, text: string, token?: string): Promise<Answer> {
  return api.request('GET', `${address}?${address === '/v1/search' ? 'q' : 'query'}=${encodeURIComponent(text)}`, { token });
}

/** The pull names of an answer. */
function listNames({ body }: Answer): string[] {
  const { results } = body as { results: readonly { repo_name?: string; name?: string }[] };
  return results.map(({ repo_name, name }) => repo_name ?? name ?? '');
}

test('results have the shape of the search page', async (t) => {
  const api = await startApi(t);
  const owner = await buildUser(api.db, { username: 'alice' });
  const repository = await buildRepository(api.db, { owner, name: 'app', description: 'An “app”', full_description: 'long' });
  await api.db('repositories').where({ id: repository.id }).update({ star_count: 3, pull_count: 7, is_automated: true });
  const { status, body, headers } = await api.request('GET', '/v2/search/repositories/?query=app');
  t.is(status, 200);
  t.is(headers['content-type'], 'application/json; charset=utf-8');
  t.deepEqual(body, {
    count: 1, next: null, previous: null,
    results: [{ repo_name: 'alice/app', short_description: 'An “app”', star_count: 3, pull_count: 7, repo_owner: 'alice', is_automated: true, is_official: false }],
  });
});

test('results have the shape of the older index, where docker and podman look', async (t) => {
  const api = await startApi(t);
  const owner = await buildUser(api.db, { username: 'alice' });
  const repository = await buildRepository(api.db, { owner, name: 'app', description: 'An app' });
  await api.db('repositories').where({ id: repository.id }).update({ star_count: 3, is_official: true });
  await buildRepository(api.db, { owner, name: 'app-two' });
  t.deepEqual((await api.request('GET', '/v1/search?q=App&n=1')).body, {
    num_results: 2, num_pages: 2, page: 1, page_size: 1, query: 'App',
    results: [{ name: 'app', description: 'An app', star_count: 3, is_official: true, is_automated: false, is_trusted: false }],
  });
  t.deepEqual((await api.request('GET', '/v1/search?q=App')).body, {
    num_results: 2, num_pages: 1, page: 1, page_size: 25, query: 'App',
    results: [
      { name: 'app', description: 'An app', star_count: 3, is_official: true, is_automated: false, is_trusted: false },
      { name: 'alice/app-two', description: '', star_count: 0, is_official: false, is_automated: false, is_trusted: false },
    ],
  });
});

test('the ping says that this is no lone registry, in header and body', async (t) => {
  const api = await startApi(t);
  for (const path of ['/v1/_ping', '/v1/_ping/']) {
    const { status, body, headers } = await api.request('GET', path);
    t.deepEqual([status, body, headers['x-docker-registry-standalone']], [200, { standalone: false }, 'false']);
  }
});

for (const address of ADDRESSES) {
  test(`${address}: a private repository is found by those who may see it, within the bounds of their token`, async (t) => {
    const api = await startApi(t);
    const owner = await buildUser(api.db);
    const organization = await buildOrganization(api.db, { owner });
    const hidden = await buildRepository(api.db, { namespace: organization.name, name: 'hidden', description: 'topic', is_private: true });
    const shown = await buildRepository(api.db, { namespace: organization.name, name: 'shown', description: 'topic' });
    const member = await buildUser(api.db);
    const team = await buildTeam(api.db, organization, [member]);
    await setPermission(api.db, hidden.id, { team, permission: 'read' });
    const names = (visible: boolean): string[] => [hidden, shown].slice(visible ? 0 : 1).map(({ namespace, name }) => `${namespace}/${name}`);
    const users = [
      [undefined, false], [await buildUser(api.db), false], [await buildCollaborator(api.db, hidden), true], [member, true], [owner, true],
      [await buildUser(api.db, { is_admin: true }), true],
    ] as const;
    for (const [user, sees] of users) {
      const answer = await search(api, address, 'topic', user && (await api.login(user)));
      t.deepEqual(listNames(answer), names(sees));
      const { count, num_results } = answer.body as { count?: number; num_results?: number };
      t.is(count ?? num_results, sees ? 2 : 1);
      t.is(listNames(await search(api, address, 'hiddne', user && (await api.login(user)))).length, sees ? 1 : 0);
    }
    for (const scope of SCOPES) {
      for (const repository_id of [null, hidden.id]) {
        const bounds = { label: 'l', creator_ip: '', creator_ua: '', expires: null };
        const { secret } = await insertAccessToken(api.db, { ...bounds, user_id: owner.id, scopes: [scope], repository_id });
        const sees = scope !== 'repo:public_read' && repository_id === null;
        t.deepEqual(listNames(await search(api, address, 'topic', secret)), names(sees), `${scope} ${repository_id ?? ''}`);
      }
    }
    assertError(t, await search(api, address, 'topic', 'forged'), { status: 401, code: 'invalid_token' });
  });

  test(`${address}: whatever characters are asked for, the answer is a list`, async (t) => {
    const api = await startApi(t);
    await buildRepository(api.db, { name: 'app', description: 'one two' });
    const texts = ['%', '_', '"', '*', '-', ':', '\\', "'", '🚀', '\0', 'a\0b', '\u0001', '\ufffd', '(', ')', '^', '&', '|', '!', '<->', '%00', "'; DROP TABLE users; --", '{}', 'a'.repeat(255), 'x '.repeat(127), '🚀'.repeat(120), 'ö'.repeat(255)];
    for (const text of texts) {
      const { status, body } = await search(api, address, text);
      const { count, num_results } = body as { count?: number; num_results?: number };
      t.deepEqual([status, count ?? num_results], [200, 0], text);
    }
    for (const text of ['one*', '"one"', 'one:', '\\one', "'one'", 'one%', 'one\0two', 'one_two', 'one-two']) {
      t.is(listNames(await search(api, address, text)).length, 1, text);
    }
    // Half a surrogate pair and bytes that are no UTF-8.
    for (const raw of ['%ED%A0%80', '%FF', '%', '%E0%A4%A', '+', '%2B']) {
      t.is((await api.request('GET', `${address}?${address === '/v1/search' ? 'q' : 'query'}=${raw}`)).status, 200, raw);
    }
  });

  test(`${address}: HEAD answers like GET, without a body, and other methods are refused`, async (t) => {
    const api = await startApi(t);
    const head = await api.request('HEAD', address);
    t.deepEqual([head.status, head.text], [200, '']);
    assertError(t, await api.request('POST', address, { body: {} }), { status: 405, code: 'method_not_allowed' });
  });
}

/** Queries that are refused, and the field that is named. */
const FAULTS: readonly [path: string, field: string][] = [
  ['/v2/search/repositories?query=a&page=0', 'page'], ['/v2/search/repositories?query=a&page=-1', 'page'], ['/v2/search/repositories?query=a&page=abc', 'page'],
  ['/v2/search/repositories?query=a&page=1.5', 'page'], ['/v2/search/repositories?query=a&page=99999999999', 'page'],
  ['/v2/search/repositories?query=a&page_size=0', 'page_size'], ['/v2/search/repositories?query=a&page_size=abc', 'page_size'],
  [`/v2/search/repositories?query=${'a'.repeat(256)}`, 'query'], ['/v2/search/repositories?query=a&query=b', 'query'], ['/v2/search/repositories?q=a', 'q'],
  ['/v1/search?q=a&n=0', 'n'], ['/v1/search?q=a&n=-1', 'n'], ['/v1/search?q=a&n=abc', 'n'], ['/v1/search?q=a&page=0', 'page'],
  [`/v1/search?q=${'a'.repeat(256)}`, 'q'], ['/v1/search?q=a&q=b', 'q'], ['/v1/search?query=a', 'query'],
];
for (const [path, field] of FAULTS) {
  test(`${path.slice(0, 60)} is refused for its ${field}`, async (t) => {
    const api = await startApi(t);
    assertError(t, await api.request('GET', path), { status: 400, code: 'invalid_input', fields: [field] });
  });
}

test('more than a hundred results a page are served as a hundred', async (t) => {
  const api = await startApi(t);
  const owner = await buildUser(api.db);
  for (let index = 0; index < 102; index += 1) await buildRepository(api.db, { owner, name: `app${index}` });
  const page = (await api.request('GET', '/v2/search/repositories?query=app&page_size=1000')).body as { count: number; next: string; results: object[] };
  t.deepEqual([page.count, page.results.length], [102, 100]);
  t.is(page.next, 'https://hub.example/v2/search/repositories?query=app&page_size=1000&page=2');
  const index = (await api.request('GET', '/v1/search?q=app&n=1000&page=2')).body as Record<string, unknown>;
  t.like(index, { num_results: 102, num_pages: 2, page: 2, page_size: 100 });
  t.is((index['results'] as object[]).length, 2);
});

test('a page past the end is empty, with the count and a way back', async (t) => {
  const api = await startApi(t);
  const owner = await buildUser(api.db);
  for (let index = 0; index < 3; index += 1) await buildRepository(api.db, { owner, name: `app${index}` });
  t.deepEqual((await api.request('GET', '/v2/search/repositories/?query=app&page=9&page_size=2')).body, {
    count: 3, next: null, previous: 'https://hub.example/v2/search/repositories/?query=app&page=2&page_size=2', results: [],
  });
  t.deepEqual((await api.request('GET', '/v1/search?q=app&n=2&page=1000000000')).body, {
    num_results: 3, num_pages: 2, page: 1_000_000_000, page_size: 2, query: 'app', results: [],
  });
});

test('what is written through the API is found at once', async (t) => {
  const api = await startApi(t);
  const { path, token, repository } = await buildPlace(api, { name: 'app', description: 'first' });
  const count = async (text: string): Promise<number> => listNames(await search(api, '/v2/search/repositories', text)).length;
  t.is(await count('first'), 1);
  await api.request('PATCH', path, { token, body: { description: 'second' } });
  t.deepEqual([await count('first'), await count('second')], [0, 1]);
  await api.request('POST', `${path}/privacy`, { token, body: { is_private: true } });
  t.is(await count('second'), 0);
  await api.request('POST', `${path}/privacy`, { token, body: { is_private: false } });
  t.is(await count(repository.namespace), 1);
  await api.request('DELETE', path, { token });
  t.is(await count(''), 0);
});
