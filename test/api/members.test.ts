import test from 'ava';
import { insertAccessToken, SCOPES } from '../../db/accessTokens.js';
import { listAuditEvents } from '../../db/audit.js';
import { readUuid } from '../../db/ids.js';
import { assertError, startApi } from '../helpers/api.js';
import { buildRepository, buildTeam } from '../helpers/builders.js';
import { buildPeople, buildPerson, join, readRole } from '../helpers/organization.js';

const ROOT = '/v2/repositories';

interface Shown {
  readonly username: string;
  readonly email: string;
  readonly role: string;
  readonly groups: readonly string[];
}

test('members see each other in Docker Hub’s shape, nobody else sees them', async (t) => {
  const api = await startApi(t);
  const { path, people } = await buildPeople(api);
  const answer = await api.request('GET', `${path}/members/?page_size=100&page=1`, { token: people.member.token });
  const { count, results } = answer.body as { count: number; results: Record<string, unknown>[] };
  t.is(count, 3);
  const { username, email, created } = people.member;
  const { hex: id, uuid } = readUuid(people.member.id);
  t.deepEqual(results.find((one) => one['id'] === id), {
    id, uuid, username, full_name: '', company: '', location: '', profile_url: '', date_joined: created, gravatar_email: '',
    gravatar_url: '', type: 'User', email, primary_email: email, role: 'Member', groups: [], is_guest: false,
  });
  const roles = new Map(results.map((one) => [one['username'], one['role']]));
  t.deepEqual(roles, new Map<unknown, unknown>([...roles.keys()].map((name) => [name, name === people.owner.username ? 'Owner' : name === username ? 'Member' : 'Editor'])));
  for (const role of ['owner', 'editor', 'admin'] as const) {
    t.is((await api.request('GET', `${path}/members`, { token: people[role].token })).status, 200);
  }
  const stranger = await api.request('GET', `${path}/members`, { token: people.outsider.token });
  assertError(t, stranger, { status: 403, code: 'forbidden' });
  t.false(stranger.text.includes(people.member.username));
  assertError(t, await api.request('GET', `${path}/members`), { status: 401, code: 'authentication_required' });
  assertError(t, await api.request('GET', '/v2/orgs/nobody/members', { token: people.owner.token }), { status: 404, code: 'not_found' });
});

test('addresses are for the administrator and the member, and team names for those who see the teams', async (t) => {
  const api = await startApi(t);
  const { path, people, organization } = await buildPeople(api);
  const team = await buildTeam(api.db, organization, [people.editor]);
  const seen = async (role: 'owner' | 'editor' | 'member' | 'admin') => {
    const { body } = await api.request('GET', `${path}/members`, { token: people[role].token });
    const { results } = body as { results: Shown[] };
    return { emails: results.filter(({ email }) => email !== '').length, groups: results.flatMap(({ groups }) => groups).sort() };
  };
  t.deepEqual(await seen('owner'), { emails: 1, groups: ['owners', team.name].sort() });
  t.deepEqual(await seen('admin'), { emails: 3, groups: ['owners', team.name].sort() });
  t.deepEqual(await seen('editor'), { emails: 1, groups: [team.name] });
  t.deepEqual(await seen('member'), { emails: 1, groups: [] });
});

test('members are filtered by role and search, and come in pages', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner, editor } } = await buildPeople(api);
  const ask = async (query: string) => (await api.request('GET', `${path}/members?${query}`, { token: owner.token })).body as { count: number; next: string | null; results: Shown[] };
  t.like(await ask('role=editor'), { count: 1, results: [{ username: editor.username }] });
  t.like(await ask(`search=${editor.username.slice(2).toUpperCase()}`), { count: 1 });
  t.like(await ask('search=%25'), { count: 0 });
  t.like(await ask('page_size=2'), { count: 3, next: `https://hub.example${path}/members?page_size=2&page=2` });
  t.is((await ask('page_size=1000')).results.length, 3);
  t.deepEqual((await ask('page=2')).results, []);
  for (const query of ['role=boss', 'page_size=0', 'page=x', 'search=%00', 'search=a&search=b', 'order=x']) {
    t.is((await api.request('GET', `${path}/members?${query}`, { token: owner.token })).status, 400, query);
  }
});

test('a role takes effect at once, on a private repository too', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner, member }, organization } = await buildPeople(api);
  const { name } = await buildRepository(api.db, { namespace: organization.name, is_private: true });
  const at = `${ROOT}/${organization.name}/${name}`;
  const may = async () => {
    const create = { namespace: organization.name, name: `r${Math.random().toString(36).slice(2)}` };
    return Promise.all([
      api.request('GET', at, { token: member.token }), api.request('PATCH', at, { token: member.token, body: {} }),
      api.request('POST', ROOT, { token: member.token, body: create }), api.request('PATCH', path, { token: member.token, body: {} }),
    ]).then((answers) => answers.map(({ status }) => status).join(' '));
  };
  const seen: string[] = [];
  for (const role of ['member', 'editor', 'owner', 'editor', 'member']) {
    const answer = await api.request('PUT', `${path}/members/${member.username}/`, { token: owner.token, body: { role } });
    t.like(answer.body, { username: member.username, role: `${role[0]?.toUpperCase()}${role.slice(1)}` });
    seen.push(await may());
  }
  t.deepEqual(seen, ['404 404 403 403', '200 200 403 403', '200 200 201 200', '200 200 403 403', '404 404 403 403']);
  const { rows } = await listAuditEvents(api.db, { account: organization.name, action: 'org.member.role' }, { limit: 9, offset: 0 });
  t.like(rows[0], { name: member.username, actor: owner.username, data: '{"role":"member"}' });
  t.is(rows.length, 5);
});

test('who creates repositories in an organization: its owners and the administrator', async (t) => {
  const api = await startApi(t);
  const { people, organization: { name: namespace } } = await buildPeople(api);
  for (const [role, status] of [['owner', 201], ['admin', 201], ['editor', 403], ['member', 403], ['outsider', 403]] as const) {
    const { token } = people[role];
    t.is((await api.request('POST', ROOT, { token, body: { namespace, name: role } })).status, status, role);
    t.is((await api.request('POST', `/v2/namespaces/${namespace}/repositories`, { token, body: { name: `${role}2` } })).status, status, role);
  }
});

test('roles are given by owners and the administrator, to members, and by their names alone', async (t) => {
  const api = await startApi(t);
  const { path, people, organization } = await buildPeople(api);
  const at = `${path}/members/${people.member.username}`;
  for (const role of ['editor', 'member', 'outsider'] as const) {
    assertError(t, await api.request('PUT', at, { token: people[role].token, body: { role: 'owner' } }), { status: 403, code: 'forbidden' });
  }
  const token = people.owner.token;
  for (const role of ['Owner', 'admin', '', null, 1, ['owner'], {}, undefined]) {
    assertError(t, await api.request('PUT', at, { token, body: { role } }), { status: 400, code: 'invalid_input', fields: ['role'] });
  }
  for (const field of ['is_admin', 'id', 'is_editor', 'username', 'groups']) {
    assertError(t, await api.request('PUT', at, { token, body: { role: 'owner', [field]: true } }), { status: 400, code: 'invalid_input', fields: [field] });
  }
  t.is(await readRole(api, organization, people.member), 'member');
  for (const name of ['nobody', people.outsider.username, '%00']) {
    assertError(t, await api.request('PUT', `${path}/members/${name}`, { token, body: { role: 'owner' } }), { status: 404, code: 'not_found' });
  }
  t.is((await api.request('PUT', at, { token: people.admin.token, body: { role: 'editor' } })).status, 200);
});

test('an owner removes a member, a member leaves, and nobody removes another', async (t) => {
  const api = await startApi(t);
  const { path, people, organization } = await buildPeople(api);
  const remove = async (name: string, token?: string) => api.request('DELETE', `${path}/members/${name}`, { token });
  for (const role of ['editor', 'member', 'outsider'] as const) {
    assertError(t, await remove(people.owner.username, people[role].token), { status: 403, code: 'forbidden' });
  }
  assertError(t, await remove(people.outsider.username, people.outsider.token), { status: 403, code: 'forbidden' });
  assertError(t, await remove(people.member.username), { status: 401, code: 'authentication_required' });
  assertError(t, await remove('nobody', people.owner.token), { status: 404, code: 'not_found' });
  assertError(t, await remove('nobody', people.member.token), { status: 403, code: 'forbidden' });
  t.is((await remove(people.member.username, people.member.token)).status, 204);
  assertError(t, await api.request('GET', `${path}/members`, { token: people.member.token }), { status: 403, code: 'forbidden' });
  t.is((await remove(people.editor.username, people.owner.token)).status, 204);
  assertError(t, await remove(people.editor.username, people.owner.token), { status: 404, code: 'not_found' });
  assertError(t, await remove(people.admin.username, people.admin.token), { status: 404, code: 'not_found' });
  t.is((await listAuditEvents(api.db, { account: organization.name, action: 'org.member.remove' }, { limit: 9, offset: 0 })).count, 2);
});

test('the last owner neither leaves nor steps down, and of two who do so at once one stays', async (t) => {
  const api = await startApi(t);
  const { path, people, organization } = await buildPeople(api);
  const { owner } = people;
  const leave = async (name: string, token: string) => api.request('DELETE', `${path}/members/${name}`, { token });
  const step = async (name: string, token: string) => api.request('PUT', `${path}/members/${name}`, { token, body: { role: 'member' } });
  for (const token of [owner.token, people.admin.token]) {
    for (const way of [leave, step]) assertError(t, await way(owner.username, token), { status: 409, code: 'last_owner' });
    assertError(t, await api.request('DELETE', `${path}/groups/owners/members/${owner.username}`, { token }), { status: 409, code: 'last_owner' });
  }
  t.is(await readRole(api, organization, owner), 'owner');
  for (let round = 0; round < 6; round += 1) {
    const [first, second] = [await buildPerson(api), await buildPerson(api)];
    const { path: at, organization: other, people: { owner: third } } = await buildPeople(api);
    for (const one of [first, second]) await join(api, other, one, 'owner');
    await api.request('DELETE', `${at}/members/${third.username}`, { token: third.token });
    const ways = [
      (name: string, token: string) => api.request('DELETE', `${at}/members/${name}`, { token }),
      (name: string, token: string) => api.request('PUT', `${at}/members/${name}`, { token, body: { role: 'editor' } }),
      (name: string, token: string) => api.request('DELETE', `${at}/groups/owners/members/${name}`, { token }),
    ] as const;
    const answers = await Promise.all([ways[0](first.username, first.token), (ways[round % 3] ?? ways[0])(second.username, second.token)]);
    t.is(answers.filter(({ status }) => status < 300).length, 1);
    t.is(answers.filter(({ status }) => status === 409).length, 1, answers.map(({ text }) => text).join());
    const roles = [await readRole(api, other, first), await readRole(api, other, second)];
    t.is(roles.filter((role) => role === 'owner').length, 1);
  }
});

test('no access token governs an organization, whatever its scope; from repo:read on it reads', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner, member, admin } } = await buildPeople(api);
  for (const [who, scope] of [owner, admin].flatMap((one) => SCOPES.map((scope) => [one, scope] as const))) {
    const wish = { user_id: who.id, label: 'l', scopes: [scope], repository_id: null, creator_ip: '', creator_ua: '', expires: null };
    const { secret: token } = await insertAccessToken(api.db, wish);
    const reads = scope === 'repo:public_read' ? 403 : 200;
    t.is((await api.request('GET', `${path}/members`, { token })).status, reads, scope);
    t.is((await api.request('GET', `${path}/groups`, { token })).status, reads, scope);
    for (const [method, at, body] of [
      ['POST', '/v2/orgs', { orgname: 'acme' }], ['PATCH', path, {}], ['DELETE', path, undefined], ['GET', `${path}/invites`, undefined],
      ['PUT', `${path}/members/${member.username}`, { role: 'owner' }], ['DELETE', `${path}/members/${member.username}`, undefined],
      ['DELETE', `${path}/members/${who.username}`, undefined], ['POST', `${path}/groups`, { name: 'team' }],
      ['POST', `${path}/groups/owners/members`, { member: member.username }],
      ['POST', '/v2/invites/bulk', { org: path.split('/').at(-1), invitees: ['x'] }],
    ] as const) {
      assertError(t, await api.request(method, at, { token, ...(body ? { body } : {}) }), { status: 403, code: 'forbidden' });
    }
  }
});
