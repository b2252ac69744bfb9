import test from 'ava';
import { listAuditEvents } from '../../db/audit.js';
import { assertError, startApi } from '../helpers/api.js';
import { buildOrganization, buildRepository, buildRun, uniqueName } from '../helpers/builders.js';
import { buildPeople, buildPerson } from '../helpers/organization.js';

const PROFILE = { full_name: 'Acme Inc', company: 'Acme', location: 'Berlin', profile_url: 'https://acme.example/' };

test('an organization is founded, seen by everybody and listed to its founder, in Docker Hub’s shape', async (t) => {
  const api = await startApi(t);
  const { token } = await buildPerson(api);
  const made = await api.request('POST', '/v2/orgs/', { token, body: { orgname: 'acme', ...PROFILE } });
  t.is(made.status, 201, made.text);
  const { id, uuid, date_joined, ...rest } = made.body as { id: string; uuid: string; date_joined: string };
  t.deepEqual(rest, { orgname: 'acme', ...PROFILE, gravatar_email: '', gravatar_url: '', type: 'Organization' });
  t.is(uuid.replaceAll('-', ''), id);
  t.is(new Date(date_joined).toISOString(), date_joined);
  for (const path of ['/v2/orgs/acme', '/v2/orgs/acme/']) t.is((await api.request('GET', path)).text, made.text);
  const listed = await api.request('GET', '/v2/user/orgs/?page_size=100&page=1', { token });
  t.deepEqual(listed.body, { count: 1, next: null, previous: null, results: [made.body] });
  t.like((await listAuditEvents(api.db, { account: 'acme' }, { limit: 10, offset: 0 })).rows, [{ action: 'org.create' }]);
});

test('what is not given is empty', async (t) => {
  const api = await startApi(t);
  const { token } = await buildPerson(api);
  t.like((await api.request('POST', '/v2/orgs', { token, body: { orgname: 'acme' } })).body, { full_name: '', company: '', location: '', profile_url: '' });
});

test('users and organizations share their names', async (t) => {
  const api = await startApi(t, { signup: 'open' });
  const { token, username } = await buildPerson(api);
  const { name } = await buildOrganization(api.db);
  for (const orgname of [username, name]) {
    assertError(t, await api.request('POST', '/v2/orgs', { token, body: { orgname } }), { status: 409, code: 'name_taken' });
  }
  const user = await api.request('POST', '/v2/users', { body: { username: name, email: 'a@example.com', password: 'password' } });
  assertError(t, user, { status: 409, code: 'name_taken' });
  const at = uniqueName();
  const both = await Promise.all([1, 2].map(() => api.request('POST', '/v2/orgs', { token, body: { orgname: at } })));
  t.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
});

for (const orgname of ['', 'a', 'A1', 'a-b', 'a_b', 'a b', 'ä1', 'a\n', 'x'.repeat(31), null, 1, ['acme'], {}]) {
  test(`the name ${JSON.stringify(orgname)} is refused`, async (t) => {
    const api = await startApi(t);
    const { token } = await buildPerson(api);
    assertError(t, await api.request('POST', '/v2/orgs', { token, body: { orgname } }), { status: 400, code: 'invalid_input', fields: ['orgname'] });
  });
}

const FAULTS: readonly [field: string, value: unknown][] = [
  ['full_name', 'x'.repeat(256)], ['full_name', null], ['company', 1], ['location', ['x']], ['company', '\u0000'],
  ['profile_url', 'javascript:alert(1)'], ['profile_url', 'acme.example'], ['profile_url', `https://${'x'.repeat(2048)}`], ['profile_url', {}],
];
for (const field of ['id', 'type', 'date_joined', 'created', 'name', 'is_admin', 'owner', 'is_owners', 'private_repo_limit', '__proto__x']) {
  test(`${field} is nobody's to write`, async (t) => {
    const api = await startApi(t);
    const { path, people } = await buildPeople(api);
    const { token } = people.owner;
    for (const [method, at, body] of [['POST', '/v2/orgs', { orgname: uniqueName() }], ['PATCH', path, { company: 'x' }]] as const) {
      assertError(t, await api.request(method, at, { token, body: { ...body, [field]: 'x' } }), { status: 400, code: 'invalid_input', fields: [field] });
    }
    t.like((await api.request('GET', path)).body, { company: '' });
  });
}

test('a profile changes field by field, and bad values change nothing', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner: { token } }, organization } = await buildPeople(api);
  t.like((await api.request('PATCH', path, { token, body: PROFILE })).body, { orgname: organization.name, ...PROFILE });
  t.like((await api.request('PATCH', `${path}/`, { token, body: { profile_url: '' } })).body, { ...PROFILE, profile_url: '' });
  t.like((await api.request('PATCH', path, { token, body: {} })).body, { ...PROFILE, profile_url: '' });
  for (const [field, value] of FAULTS) {
    const answer = await api.request('PATCH', path, { token, body: { location: 'Rome', [field]: value } });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: [field] });
  }
  assertError(t, await api.request('PATCH', path, { token, body: { orgname: 'other' } }), { status: 400, code: 'invalid_input', fields: ['orgname'] });
  const surrogate = await api.request('PATCH', path, { token, body: '{"company":"\\ud800"}' });
  assertError(t, surrogate, { status: 400, code: 'invalid_input', fields: ['company'] });
  assertError(t, await api.request('PATCH', path, { token, body: '[]' }), { status: 400, code: 'invalid_input', fields: ['body'] });
  t.like((await api.request('GET', path)).body, { location: 'Berlin', company: 'Acme' });
  t.is((await listAuditEvents(api.db, { account: organization.name, action: 'org.change' }, { limit: 10, offset: 0 })).count, 3);
});

test('owners and the administrator change and delete; nobody else', async (t) => {
  const api = await startApi(t);
  for (const method of ['PATCH', 'DELETE']) {
    const { path, people } = await buildPeople(api);
    const ask = async (token?: string) => api.request(method, path, { token, ...(method === 'PATCH' ? { body: {} } : {}) });
    for (const role of ['editor', 'member', 'outsider'] as const) assertError(t, await ask(people[role].token), { status: 403, code: 'forbidden' });
    assertError(t, await ask(), { status: 401, code: 'authentication_required' });
    for (const role of ['owner', 'admin'] as const) {
      const { path: own, people: { [role]: person } } = await buildPeople(api);
      t.is(Math.floor((await api.request(method, own, { token: person.token, ...(method === 'PATCH' ? { body: {} } : {}) })).status / 100), 2);
    }
  }
});

test('a deleted organization is gone with its repositories, and its name is free', async (t) => {
  const api = await startApi(t);
  const { path, people, organization } = await buildPeople(api);
  const repository = await buildRepository(api.db, { namespace: organization.name });
  await buildRun(api.db, { repository });
  const answer = await api.request('DELETE', `${path}/`, { token: people.owner.token });
  t.deepEqual([answer.status, answer.text], [202, '']);
  for (const gone of [path, `/v2/repositories/${organization.name}/${repository.name}`, `/v2/repositories/${organization.name}`]) {
    assertError(t, await api.request('GET', gone, { token: people.owner.token }), { status: 404, code: 'not_found' });
  }
  assertError(t, await api.request('DELETE', path, { token: people.owner.token }), { status: 404, code: 'not_found' });
  t.like((await api.request('GET', '/v2/user/orgs', { token: people.member.token })).body, { count: 0 });
  t.is((await api.request('POST', '/v2/orgs', { token: people.outsider.token, body: { orgname: organization.name } })).status, 201);
});

test('a user’s organizations come in pages with absolute links', async (t) => {
  const api = await startApi(t);
  const { token, ...owner } = await buildPerson(api);
  for (const name of ['c1', 'a1', 'b1']) await buildOrganization(api.db, { owner, name });
  const ask = async (query: string) => (await api.request('GET', `/v2/user/orgs?${query}`, { token })).body as { results: { orgname: string }[] };
  t.like(await ask('page_size=2'), { count: 3, next: 'https://hub.example/v2/user/orgs?page_size=2&page=2', previous: null });
  t.deepEqual((await ask('page_size=2&page=2')).results.map(({ orgname }) => orgname), ['c1']);
  t.deepEqual((await ask('page=9')).results, []);
  t.is((await ask('page_size=1000')).results.length, 3);
  for (const query of ['page_size=0', 'page=0', 'page=abc', 'page=1e400', 'page_size=1e400']) t.is((await api.request('GET', `/v2/user/orgs?${query}`, { token })).status, 400);
  assertError(t, await api.request('GET', '/v2/user/orgs'), { status: 401, code: 'authentication_required' });
});

for (const name of ['nobody', '%00', '..%2f', 'A'.repeat(300)]) {
  test(`no organization is called ${name.slice(0, 10)}`, async (t) => {
    const api = await startApi(t);
    const { token } = await buildPerson(api, { is_admin: true });
    for (const rest of ['', '/members', '/groups', '/groups/owners', '/invites']) {
      assertError(t, await api.request('GET', `/v2/orgs/${name}${rest}`, { token }), { status: 404, code: 'not_found' });
    }
  });
}
