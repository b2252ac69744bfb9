import test from 'ava';
import { listAuditEvents } from '../../db/audit.js';
import { assertError, startApi } from '../helpers/api.js';
import { buildTeam, buildUser } from '../helpers/builders.js';
import { buildPeople, readRole } from '../helpers/organization.js';

interface Team {
  readonly id: number;
  readonly uuid: string;
  readonly name: string;
}

/** What docker/terraform-provider-docker sends: every field of its struct. */
const TERRAFORM = { id: 0, uuid: '', name: 'dev', description: 'Developers', member_count: 0 };

test('a team is created, found, changed and deleted as Docker Hub’s clients do it', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner: { token } }, organization } = await buildPeople(api);
  const made = await api.request('POST', `${path}/groups/`, { token, body: TERRAFORM });
  t.is(made.status, 201, made.text);
  const { id, uuid } = made.body as Team;
  t.true(Number.isInteger(id) && id > 0);
  t.regex(uuid, /^[0-9a-f-]{36}$/);
  t.deepEqual(made.body, { id, uuid, name: 'dev', description: 'Developers', member_count: 0 });
  t.is((await api.request('GET', `${path}/groups/dev/`, { token })).text, made.text);
  const renamed = await api.request('PATCH', `${path}/groups/dev/`, { token, body: { ...TERRAFORM, name: 'ops', description: '' } });
  t.deepEqual([renamed.status, renamed.body], [200, { id, uuid, name: 'ops', description: '', member_count: 0 }]);
  const put = await api.request('PUT', `${path}/groups/ops`, { token, body: { name: 'ops', description: 'Ops' } });
  t.like(put.body, { id, name: 'ops', description: 'Ops' });
  t.is((await api.request('DELETE', `${path}/groups/ops/`, { token })).status, 204);
  for (const method of ['GET', 'DELETE']) assertError(t, await api.request(method, `${path}/groups/ops`, { token }), { status: 404, code: 'not_found' });
  const { rows } = await listAuditEvents(api.db, { account: organization.name }, { limit: 9, offset: 0 });
  t.deepEqual(rows.map(({ action, name }) => `${action} ${name}`), ['team.delete ops', 'team.change ops', 'team.change dev', 'team.create dev']);
});

test('a name is taken once in an organization, also by the second of two at once', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner: { token } }, organization } = await buildPeople(api);
  const other = await buildTeam(api.db, organization);
  for (const name of ['owners', other.name]) assertError(t, await api.request('POST', `${path}/groups`, { token, body: { name } }), { status: 409, code: 'name_taken' });
  const both = await Promise.all([1, 2].map(() => api.request('POST', `${path}/groups`, { token, body: { name: 'dev' } })));
  t.deepEqual(both.map(({ status }) => status).sort(), [201, 409]);
  for (const method of ['PATCH', 'PUT']) {
    assertError(t, await api.request(method, `${path}/groups/dev`, { token, body: { name: 'owners' } }), { status: 409, code: 'name_taken' });
  }
});

for (const name of ['abc', 'A-Z_09', '-_-', 'x'.repeat(30)]) {
  test(`a team may be called ${name}`, async (t) => {
    const api = await startApi(t);
    const { path, people: { owner: { token } } } = await buildPeople(api);
    t.is((await api.request('POST', `${path}/groups`, { token, body: { name } })).status, 201);
    t.like((await api.request('GET', `${path}/groups/${name}`, { token })).body, { name });
  });
}

const FAULTS: readonly (readonly [field: string, value: unknown])[] = [
  ...['', 'ab', 'a b', 'a/b', 'a.b', 'äöü', 'x'.repeat(31), 'abc\n', null, 1, ['abc'], {}].map((value) => ['name', value] as const),
  ...['x'.repeat(256), null, 1, ['x'], '\u0000'].map((value) => ['description', value] as const),
  ...['id', 'member_count'].map((field) => [field, 'x'] as const),
  ...['is_owners', 'organization_id', 'created', 'members', 'permission'].map((field) => [field, true] as const),
];

test('bad fields are named, and nothing is written', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner: { token } }, organization } = await buildPeople(api);
  const team = await buildTeam(api.db, organization);
  for (const [field, value] of FAULTS) {
    for (const [method, at] of [['POST', ''], ['PUT', `/${team.name}`], ['PATCH', `/${team.name}`]] as const) {
      const answer = await api.request(method, `${path}/groups${at}`, { token, body: { name: 'good', [field]: value } });
      assertError(t, answer, { status: 400, code: 'invalid_input', fields: [field] });
    }
  }
  for (const method of ['POST', 'PUT']) {
    const at = method === 'PUT' ? `/${team.name}` : '';
    assertError(t, await api.request(method, `${path}/groups${at}`, { token, body: {} }), { status: 400, code: 'invalid_input', fields: ['name'] });
  }
  t.like((await api.request('GET', `${path}/groups`, { token })).body, { count: 2 });
});

test('the team of owners keeps its name and stands, and its description may change', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner: { token } } } = await buildPeople(api);
  for (const method of ['PATCH', 'PUT', 'DELETE']) {
    const body = method === 'DELETE' ? {} : { body: { name: 'bosses' } };
    assertError(t, await api.request(method, `${path}/groups/owners`, { token, ...body }), { status: 403, code: 'forbidden' });
  }
  t.like((await api.request('PATCH', `${path}/groups/owners`, { token, body: { ...TERRAFORM, name: 'owners' } })).body, { description: 'Developers' });
});

test('who sees which teams', async (t) => {
  const api = await startApi(t);
  const { path, people, organization } = await buildPeople(api);
  const own = await buildTeam(api.db, organization, [people.member]);
  const other = await buildTeam(api.db, organization);
  const all = [own.name, other.name, 'owners'].sort();
  const expected = { owner: all, admin: all, editor: [own.name, other.name].sort(), member: [own.name] };
  for (const [role, names] of Object.entries(expected) as [keyof typeof expected, string[]][]) {
    const { token } = people[role];
    const { results } = (await api.request('GET', `${path}/groups/?page_size=100&page=1`, { token })).body as { results: Team[] };
    t.deepEqual(results.map(({ name }) => name), names, role);
    for (const name of all) {
      for (const rest of ['', '/members']) {
        t.is((await api.request('GET', `${path}/groups/${name}${rest}`, { token })).status, names.includes(name) ? 200 : 404, `${role} ${name}${rest}`);
      }
    }
    const hidden = await api.request('GET', `${path}/groups/${other.name}`, { token: people.member.token });
    t.is(hidden.text, (await api.request('GET', `${path}/groups/missing`, { token: people.member.token })).text);
  }
  for (const rest of ['', `/${own.name}`, '/missing', `/${own.name}/members`]) {
    assertError(t, await api.request('GET', `${path}/groups${rest}`, { token: people.outsider.token }), { status: 403, code: 'forbidden' });
    assertError(t, await api.request('GET', `${path}/groups${rest}`), { status: 401, code: 'authentication_required' });
  }
});

test('only owners and the administrator write teams', async (t) => {
  const api = await startApi(t);
  const { path, people, organization } = await buildPeople(api);
  const team = await buildTeam(api.db, organization, [people.member]);
  const writes = [
    ['POST', `${path}/groups`, { name: 'newteam' }], ['PATCH', `${path}/groups/${team.name}`, { description: 'x' }],
    ['PUT', `${path}/groups/${team.name}`, { name: team.name }], ['POST', `${path}/groups/${team.name}/members`, { member: people.outsider.username }],
    ['DELETE', `${path}/groups/${team.name}/members/${people.member.username}`, undefined], ['DELETE', `${path}/groups/${team.name}`, undefined],
    ['POST', `${path}/groups/owners/members`, { member: people.member.username }],
  ] as const;
  for (const [method, at, body] of writes) {
    const ask = async (token?: string) => api.request(method, at, { token, ...(body ? { body } : {}) });
    for (const role of ['editor', 'member', 'outsider'] as const) assertError(t, await ask(people[role].token), { status: 403, code: 'forbidden' });
    assertError(t, await ask(), { status: 401, code: 'authentication_required' });
    t.true((await ask(people.admin.token)).status < 300, `${method} ${at}`);
  }
});

test('teams are listed by member and by a part of the name, in pages', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner, member }, organization } = await buildPeople(api);
  const team = await buildTeam(api.db, organization, [member]);
  const ask = async (query: string) => (await api.request('GET', `${path}/groups?${query}`, { token: owner.token })).body;
  t.like(await ask(`username=${member.username}`), { count: 1, results: [{ name: team.name, member_count: 1 }] });
  t.like(await ask('username=nobody'), { count: 0 });
  t.like(await ask('search=WNER'), { count: 1, results: [{ name: 'owners' }] });
  t.like(await ask('search=_'), { count: 0 });
  t.like(await ask('page_size=1'), { count: 2, next: `https://hub.example${path}/groups?page_size=1&page=2` });
  t.like(await ask('page=9'), { results: [] });
  for (const query of ['page_size=0', 'page=-1', 'page=abc', 'username=%00', 'who=x']) {
    t.is((await api.request('GET', `${path}/groups?${query}`, { token: owner.token })).status, 400, query);
  }
});

test('a user is put into a team and so into the organization, and taken out of the team alone', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner: { token }, outsider, member }, organization } = await buildPeople(api);
  const team = await buildTeam(api.db, organization, [member]);
  const at = `${path}/groups/${team.name}/members`;
  for (const status of [200, 200]) {
    const added = await api.request('POST', `${at}/`, { token, body: { member: outsider.username } });
    t.is(added.status, status);
    t.like(added.body, { username: outsider.username, role: 'Member', groups: [team.name] });
  }
  const { results, count } = (await api.request('GET', `${at}/`, { token })).body as { count: number; results: { username: string; date_joined: string }[] };
  t.deepEqual([count, results.map(({ username }) => username)], [2, [member.username, outsider.username].sort()]);
  t.like((await api.request('GET', `${path}/groups/${team.name}`, { token })).body, { member_count: 2 });
  t.is((await api.request('DELETE', `${at}/${outsider.username}`, { token })).status, 204);
  assertError(t, await api.request('DELETE', `${at}/${outsider.username}`, { token }), { status: 404, code: 'not_found' });
  assertError(t, await api.request('DELETE', `${at}/nobody`, { token }), { status: 404, code: 'not_found' });
  t.is(await readRole(api, organization, outsider), 'member');
  for (const [body, field] of [[{ member: 'nobody' }, 'member'], [{}, 'member'], [{ member: null }, 'member'], [{ member: ['x'] }, 'member'], [{ member: '' }, 'member'], [{ member: 'x', role: 'owner' }, 'role']] as const) {
    assertError(t, await api.request('POST', at, { token, body }), { status: 400, code: 'invalid_input', fields: [field] });
  }
});

test('whoever is put into the team of owners owns the organization', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner: { token }, editor }, organization } = await buildPeople(api);
  t.is((await api.request('PATCH', path, { token: editor.token, body: {} })).status, 403);
  t.like((await api.request('POST', `${path}/groups/owners/members`, { token, body: { member: editor.username } })).body, { role: 'Owner' });
  t.is((await api.request('PATCH', path, { token: editor.token, body: {} })).status, 200);
  t.is((await api.request('DELETE', `${path}/groups/owners/members/${editor.username}`, { token })).status, 204);
  t.is(await readRole(api, organization, editor), 'editor');
});

test('terraform reads a team’s members from one page without a size, hub-tool from a bare array', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner: { token }, member }, organization } = await buildPeople(api);
  const users = [member];
  for (let more = 0; more < 104; more += 1) users.push({ ...(await buildUser(api.db)), token: '' });
  const team = await buildTeam(api.db, organization, users);
  const at = `${path}/groups/${team.name}/members/`;
  const page = (await api.request('GET', at, { token })).body as { count: number; next: string; results: object[] };
  t.deepEqual([page.count, page.results.length, page.next], [105, 100, `https://hub.example${at}?page=2`]);
  t.is(((await api.request('GET', `${at}?page=2`, { token })).body as { results: object[] }).results.length, 5);
  t.is(((await api.request('GET', `${at}?page_size=10`, { token })).body as { results: object[] }).results.length, 10);
  t.like((await api.request('GET', `${at}?search=${member.username}`, { token })).body, { count: 1 });
  const bare = (await api.request('GET', at, { token, headers: { 'user-agent': 'hub-tool/v0.4.6' } })).body as { username: string; full_name: string }[];
  t.is(bare.length, 105);
  t.deepEqual(bare.map(({ username }) => username), users.map(({ username }) => username).sort());
  t.is(bare[0]?.full_name, '');
});
