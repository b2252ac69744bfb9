import test from 'ava';
import { listAuditEvents } from '../../db/audit.js';
import { assertError, buildPlace, pathOf, startApi, type TestApi } from '../helpers/api.js';
import { buildRepository, buildTeam } from '../helpers/builders.js';
import { buildPeople } from '../helpers/organization.js';

async function buildScene(api: TestApi) {
  const people = await buildPeople(api);
  const team = await buildTeam(api.db, people.organization, [people.people.member]);
  const repository = await buildRepository(api.db, { namespace: people.organization.name, is_private: true });
  return { ...people, team, repository, at: pathOf(repository), token: people.people.owner.token };
}

/** What the token's owner may do: GET, POST …/pushes, PATCH, GET …/groups. */
async function probe(api: TestApi, at: string, token: string): Promise<string> {
  const answers = [
    await api.request('GET', at, { token }), await api.request('POST', `${at}/pushes`, { token, body: {} }),
    await api.request('PATCH', at, { token, body: { description: 'x' } }), await api.request('GET', `${at}/groups`, { token }),
  ];
  return answers.map(({ status }) => status).join(' ');
}

test('a team’s permission opens a private repository to its members, step by step, and ends at once', async (t) => {
  const api = await startApi(t);
  const { at, token, team, path, people: { member } } = await buildScene(api);
  const hidden = '404 404 404 404';
  t.is(await probe(api, at, member.token), hidden);
  for (const [permission, expected] of [['read', '200 403 403 403'], ['write', '200 202 403 403'], ['admin', '200 202 200 200']] as const) {
    const set = await api.request('POST', `${at}/groups/`, { token, body: { group_id: team.id, group_name: '', permission } });
    t.deepEqual([set.status, set.body], [200, { group_id: team.id, group_name: team.name, permission }]);
    t.is(await probe(api, at, member.token), expected);
    t.like((await api.request('GET', at, { token: member.token })).body, { permissions: { read: true, write: permission !== 'read', admin: permission === 'admin' } });
  }
  t.like((await api.request('GET', '/v2/repositories', { token: member.token })).body, { count: 1 });
  t.is((await api.request('DELETE', `${path}/groups/${team.name}/members/${member.username}`, { token })).status, 204);
  t.is(await probe(api, at, member.token), hidden);
  t.like((await api.request('GET', '/v2/repositories', { token: member.token })).body, { count: 0 });
  await api.request('POST', `${path}/groups/${team.name}/members`, { token, body: { member: member.username } });
  t.is(await probe(api, at, member.token), '200 202 200 200');
  t.is((await api.request('DELETE', `${at}/groups/${team.id}`, { token })).status, 204);
  t.is(await probe(api, at, member.token), hidden);
});

test('deleting the team, leaving the organization: both end what the team gave', async (t) => {
  const api = await startApi(t);
  for (const end of ['team', 'member'] as const) {
    const { at, token, team, path, people: { member } } = await buildScene(api);
    await api.request('PUT', `${at}/groups/${team.id}`, { token, body: { permission: 'admin' } });
    t.is((await api.request('GET', at, { token: member.token })).status, 200);
    const gone = end === 'team' ? `${path}/groups/${team.name}` : `${path}/members/${member.username}`;
    t.is((await api.request('DELETE', gone, { token: end === 'team' ? token : member.token })).status, 204);
    t.is(await probe(api, at, member.token), '404 404 404 404');
  }
});

test('a team that administers a repository governs it and nothing else', async (t) => {
  const api = await startApi(t);
  const { at, token, team, path, organization, people: { member, outsider } } = await buildScene(api);
  const { name } = await buildRepository(api.db, { namespace: organization.name, is_private: true });
  await api.request('POST', `${at}/groups`, { token, body: { group_id: team.id, permission: 'admin' } });
  const other = await buildTeam(api.db, organization, [outsider]);
  t.is((await api.request('POST', `${at}/groups`, { token: member.token, body: { group_id: other.id, permission: 'read' } })).status, 200);
  t.is((await api.request('GET', at, { token: outsider.token })).status, 200);
  t.is((await api.request('GET', `/v2/repositories/${organization.name}/${name}`, { token: member.token })).status, 404);
  assertError(t, await api.request('DELETE', path, { token: member.token }), { status: 403, code: 'forbidden' });
  assertError(t, await api.request('POST', '/v2/repositories', { token: member.token, body: { namespace: organization.name, name: 'new' } }), { status: 403, code: 'forbidden' });
  t.is((await api.request('DELETE', at, { token: member.token })).status, 202);
});

test('permissions are listed, read, changed and taken away as terraform does it', async (t) => {
  const api = await startApi(t);
  const { at, token, team, organization, repository } = await buildScene(api);
  const second = await buildTeam(api.db, organization);
  assertError(t, await api.request('GET', `${at}/groups/${team.id}/`, { token }), { status: 404, code: 'not_found' });
  assertError(t, await api.request('PATCH', `${at}/groups/${team.id}/`, { token, body: { permission: 'read' } }), { status: 404, code: 'not_found' });
  for (const { id } of [team, second]) await api.request('POST', `${at}/groups`, { token, body: { group_id: id, permission: 'read' } });
  const patched = await api.request('PATCH', `${at}/groups/${team.id}/`, { token, body: { group_id: 0, group_name: '', permission: 'write' } });
  const shown = { group_id: team.id, group_name: team.name, permission: 'write' };
  t.deepEqual([patched.status, patched.body], [200, shown]);
  t.deepEqual((await api.request('GET', `${at}/groups/${team.id}`, { token })).body, shown);
  t.like((await api.request('GET', `${at}/groups/?page_size=1`, { token })).body, { count: 2, next: `https://hub.example${at}/groups/?page_size=1&page=2` });
  for (const status of [204, 404]) t.is((await api.request('DELETE', `${at}/groups/${team.id}/`, { token })).status, status);
  t.like((await api.request('GET', `${at}/groups`, { token })).body, { count: 1, results: [{ group_name: second.name }] });
  const { rows } = await listAuditEvents(api.db, { account: organization.name, name: repository.name }, { limit: 9, offset: 0 });
  t.deepEqual(rows.map(({ action }) => action), ['repo.permission.remove', 'repo.permission.set', 'repo.permission.set', 'repo.permission.set']);
  t.is(rows[1]?.data, JSON.stringify({ team: team.name, permission: 'write' }));
});

test('a team of another organization, the owners, and none at all take no permission', async (t) => {
  const api = await startApi(t);
  const { at, token, path } = await buildScene(api);
  const { team: foreign } = await buildScene(api);
  const owners = (await api.request('GET', `${path}/groups/owners`, { token })).body as { id: number };
  for (const group_id of [foreign.id, owners.id, 2_147_483_647]) {
    for (const [method, rest, body] of [['POST', '', { group_id, permission: 'read' }], ['PUT', `/${group_id}`, { permission: 'read' }]] as const) {
      assertError(t, await api.request(method, `${at}/groups${rest}`, { token, body }), { status: 400, code: 'invalid_input', fields: ['group_id'] });
    }
  }
  const own = await buildPlace(api);
  const answer = await api.request('POST', `${own.path}/groups`, { token: own.token, body: { group_id: foreign.id, permission: 'read' } });
  assertError(t, answer, { status: 400, code: 'invalid_input', fields: ['group_id'] });
  t.like((await api.request('GET', `${own.path}/groups`, { token: own.token })).body, { count: 0 });
});

test('bad fields are named, and nothing is written', async (t) => {
  const api = await startApi(t);
  const { at, token, team } = await buildScene(api);
  const faults: readonly (readonly [field: string, value: unknown])[] = [
    ...['owner', 'Read', '', null, 1, ['read'], {}, undefined].map((value) => ['permission', value] as const),
    ...['group', 'is_owners', 'repository_id', 'id'].map((field) => [field, 1] as const),
    ...[null, 1, ['x']].map((value) => ['group_name', value] as const),
  ];
  for (const [field, value] of faults) {
    for (const [method, rest, start] of [['POST', '', { group_id: team.id }], ['PUT', `/${team.id}`, {}], ['PATCH', `/${team.id}`, {}]] as const) {
      const answer = await api.request(method, `${at}/groups${rest}`, { token, body: { ...start, permission: 'read', [field]: value } });
      assertError(t, answer, { status: 400, code: 'invalid_input', fields: [field] });
    }
  }
  for (const group_id of ['1', 0, -1, 1.5, 2 ** 31, 2 ** 60, null, [1], undefined]) {
    const answer = await api.request('POST', `${at}/groups`, { token, body: { group_id, permission: 'read' } });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: ['group_id'] });
  }
  for (const word of ['abc', '0', '99999999999', '1.5', '-1', '1e400']) {
    for (const [method, body] of [['GET', undefined], ['DELETE', undefined], ['PUT', { permission: 'read' }], ['PATCH', { permission: 'read' }]] as const) {
      const answer = await api.request(method, `${at}/groups/${word}`, { token, ...(body ? { body } : {}) });
      assertError(t, answer, { status: 400, code: 'invalid_input', fields: ['group_id'] });
    }
  }
  t.like((await api.request('GET', `${at}/groups`, { token })).body, { count: 0 });
});
