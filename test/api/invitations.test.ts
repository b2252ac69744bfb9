import test from 'ava';
import { insertAccessToken } from '../../db/accessTokens.js';
import { listAuditEvents } from '../../db/audit.js';
import { assertError, startApi, type Answer, type TestApi } from '../helpers/api.js';
import { buildTeam } from '../helpers/builders.js';
import { buildPeople, buildPerson, readRole } from '../helpers/organization.js';

interface Invite {
  readonly id: string;
  readonly created_at: string;
}

interface Outcome {
  readonly invitee: string;
  readonly status: string;
  readonly invite: Invite | null;
}

function readOutcomes({ body }: Answer): readonly Outcome[] {
  return (body as { invitees: Outcome[] }).invitees;
}

async function invite(api: TestApi, token: string, body: object): Promise<Invite> {
  const answer = await api.request('POST', '/v2/invites/bulk', { token, body });
  const made = readOutcomes(answer)[0]?.invite;
  if (!made) throw new Error(answer.text);
  return made;
}

test('users are invited, see it, accept it and are members', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner, outsider }, organization } = await buildPeople(api);
  const team = await buildTeam(api.db, organization);
  // What docker/terraform-provider-docker sends, with a team.
  const wish = { org: organization.name, team: team.name, invitees: [outsider.username], role: 'editor', dry_run: false };
  const answer = await api.request('POST', '/v2/invites/bulk', { token: owner.token, body: wish });
  t.is(answer.status, 202, answer.text);
  const [outcome] = readOutcomes(answer);
  const { id, created_at, ...rest } = outcome?.invite ?? { id: '', created_at: '' };
  t.like(outcome, { invitee: outsider.username, status: 'invited' });
  t.deepEqual(rest, { inviter_username: owner.username, invitee: outsider.username, org: organization.name, team: team.name, role: 'editor' } as object);
  t.is(new Date(created_at).toISOString(), created_at);
  t.deepEqual((await api.request('GET', `${path}/invites`, { token: owner.token })).body, { data: [outcome?.invite] });
  const own = await api.request('GET', '/v2/user/invites/', { token: outsider.token });
  t.deepEqual(own.body, { count: 1, next: null, previous: null, results: [outcome?.invite] });
  t.is(await readRole(api, organization, outsider), undefined);
  t.is((await api.request('POST', `/v2/invites/${id}/accept/`, { token: outsider.token })).status, 204);
  t.is(await readRole(api, organization, outsider), 'editor');
  t.like((await api.request('GET', `${path}/groups/${team.name}`, { token: owner.token })).body, { member_count: 1 });
  assertError(t, await api.request('POST', `/v2/invites/${id}/accept`, { token: outsider.token }), { status: 404, code: 'not_found' });
  const { rows } = await listAuditEvents(api.db, { account: organization.name }, { limit: 9, offset: 0 });
  t.deepEqual(rows.map(({ action, actor }) => [action, actor]), [['org.member.join', outsider.username], ['org.member.invite', owner.username]]);
});

test('each invitee has a status, once each, and a dry run writes nothing', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner, member, outsider }, organization } = await buildPeople(api);
  const invited = await buildPerson(api);
  await invite(api, owner.token, { org: organization.name, invitees: [invited.username] });
  const invitees = [outsider.username, member.username, invited.username, 'a@example.com', 'nobody', 'NOT a name', outsider.username];
  const expected = [
    [outsider.username, 'invited'], [member.username, 'existing_org_member'], [invited.username, 'already_invited'],
    ['a@example.com', 'email_not_supported'], ['nobody', 'invalid_email_or_docker_id'], ['NOT a name', 'invalid_email_or_docker_id'],
  ];
  const before = await listAuditEvents(api.db, { account: organization.name }, { limit: 9, offset: 0 });
  for (const dry_run of [true, true, false]) {
    const answer = await api.request('POST', '/v2/invites/bulk', { token: owner.token, body: { org: organization.name, team: '', invitees, role: 'member', dry_run } });
    t.deepEqual(readOutcomes(answer).map(({ invitee, status }) => [invitee, status]), expected, String(dry_run));
    t.is(readOutcomes(answer).filter((one) => one.invite !== null).length, dry_run ? 0 : 1);
    const { data } = (await api.request('GET', `${path}/invites`, { token: owner.token })).body as { data: Invite[] };
    t.is(data.length, dry_run ? 1 : 2);
  }
  t.is((await listAuditEvents(api.db, { account: organization.name }, { limit: 9, offset: 0 })).count, before.count + 1);
});

test('a hundred users are invited by one request, not one more', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner: { token } }, organization } = await buildPeople(api);
  const names: string[] = [];
  for (let more = 0; more < 101; more += 1) names.push((await buildPerson(api)).username);
  const ask = async (invitees: string[]) => api.request('POST', '/v2/invites/bulk', { token, body: { org: organization.name, invitees } });
  assertError(t, await ask(names), { status: 400, code: 'invalid_input', fields: ['invitees'] });
  t.true(readOutcomes(await ask(names.slice(1))).every(({ status }) => status === 'invited'));
  t.is(((await api.request('GET', `${path}/invites`, { token })).body as { data: Invite[] }).data.length, 100);
});

test('the same user invited twice at once is invited once', async (t) => {
  const api = await startApi(t);
  const { people: { owner: { token }, outsider }, organization } = await buildPeople(api);
  const body = { org: organization.name, invitees: [outsider.username] };
  const answers = await Promise.all([1, 2, 3].map(() => api.request('POST', '/v2/invites/bulk', { token, body })));
  const statuses = answers.map((answer) => readOutcomes(answer)[0]?.status).sort();
  t.deepEqual(statuses, ['already_invited', 'already_invited', 'invited']);
});

test('an invitation that is none of yours answers like one that does not exist', async (t) => {
  const api = await startApi(t);
  const { people, organization } = await buildPeople(api);
  const { people: { owner: foreign } } = await buildPeople(api);
  const { id } = await invite(api, people.owner.token, { org: organization.name, invitees: [people.outsider.username] });
  for (const [method, rest] of [['POST', '/accept'], ['PATCH', '/resend'], ['DELETE', '']] as const) {
    for (const { token } of [people.editor, people.member, foreign]) {
      const [hidden, missing] = await Promise.all([id, 'inv_none'].map((one) => api.request(method, `/v2/invites/${one}${rest}`, { token })));
      if (!hidden || !missing) throw new Error('no answers');
      assertError(t, hidden, { status: 404, code: 'not_found' });
      t.is(hidden.text, missing.text);
    }
    assertError(t, await api.request(method, `/v2/invites/${id}${rest}`), { status: 401, code: 'authentication_required' });
  }
  for (const role of ['owner', 'admin'] as const) {
    assertError(t, await api.request('POST', `/v2/invites/${id}/accept`, { token: people[role].token }), { status: 403, code: 'forbidden' });
  }
  assertError(t, await api.request('PATCH', `/v2/invites/${id}/resend`, { token: people.outsider.token }), { status: 403, code: 'forbidden' });
});

test('an invitation is sent again, taken back by an owner, declined by the invitee', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner, outsider, admin }, organization } = await buildPeople(api);
  for (const { token } of [owner, outsider, admin]) {
    const { id, created_at } = await invite(api, owner.token, { org: organization.name, invitees: [outsider.username] });
    await api.db('invitations').where({ id }).update({ created: '2020-01-01T00:00:00.000Z' });
    t.is((await api.request('PATCH', `/v2/invites/${id}/resend`, { token: owner.token })).status, 204);
    const { data } = (await api.request('GET', `${path}/invites`, { token: owner.token })).body as { data: Invite[] };
    t.true((data[0]?.created_at ?? '') >= created_at);
    t.is((await api.request('DELETE', `/v2/invites/${id}`, { token })).status, 204);
    for (const [method, rest] of [['DELETE', ''], ['PATCH', '/resend'], ['POST', '/accept']] as const) {
      assertError(t, await api.request(method, `/v2/invites/${id}${rest}`, { token: outsider.token }), { status: 404, code: 'not_found' });
    }
  }
  t.is(await readRole(api, organization, outsider), undefined);
});

test('only owners and the administrator invite and see invitations', async (t) => {
  const api = await startApi(t);
  const { path, people, organization } = await buildPeople(api);
  const body = { org: organization.name, invitees: [people.outsider.username], dry_run: true };
  for (const role of ['editor', 'member', 'outsider'] as const) {
    const { token } = people[role];
    assertError(t, await api.request('POST', '/v2/invites/bulk', { token, body }), { status: 403, code: 'forbidden' });
    assertError(t, await api.request('GET', `${path}/invites`, { token }), { status: 403, code: 'forbidden' });
  }
  for (const role of ['owner', 'admin'] as const) {
    t.is((await api.request('POST', '/v2/invites/bulk', { token: people[role].token, body })).status, 202);
    t.is((await api.request('GET', `${path}/invites`, { token: people[role].token })).status, 200);
  }
  assertError(t, await api.request('GET', '/v2/user/invites'), { status: 401, code: 'authentication_required' });
});

test('an access token neither accepts nor declines', async (t) => {
  const api = await startApi(t);
  const { people: { owner, outsider }, organization } = await buildPeople(api);
  const { id } = await invite(api, owner.token, { org: organization.name, invitees: [outsider.username] });
  const wish = { user_id: outsider.id, label: 'l', scopes: ['repo:admin'], repository_id: null, creator_ip: '', creator_ua: '', expires: null } as const;
  const { secret: token } = await insertAccessToken(api.db, wish);
  assertError(t, await api.request('POST', `/v2/invites/${id}/accept`, { token }), { status: 403, code: 'forbidden' });
  assertError(t, await api.request('DELETE', `/v2/invites/${id}`, { token }), { status: 403, code: 'forbidden' });
  t.like((await api.request('GET', '/v2/user/invites', { token })).body, { count: 1 });
});

test('bad fields are named, and nobody is invited', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner: { token }, outsider }, organization } = await buildPeople(api);
  const faults: readonly (readonly [field: string, value: unknown])[] = [
    ...['nobody', '', null, 1, [organization.name], 'x'.repeat(256)].map((value) => ['org', value] as const),
    ...['missing', null, 1, ['x']].map((value) => ['team', value] as const),
    ...[[], null, outsider.username, {}].map((value) => ['invitees', value] as const),
    ...['Owner', 'boss', '', null, 1].map((value) => ['role', value] as const),
    ...['true', 1, null].map((value) => ['dry_run', value] as const),
    ...['id', 'inviter', 'is_admin', 'team_id', 'status'].map((field) => [field, 'x'] as const),
  ];
  for (const [field, value] of faults) {
    const body = { org: organization.name, invitees: [outsider.username], [field]: value };
    assertError(t, await api.request('POST', '/v2/invites/bulk', { token, body }), { status: 400, code: 'invalid_input', fields: [field] });
  }
  for (const [value, fault] of [[null, 0], ['', 0], [['x'], 0], ['x'.repeat(256), 0]] as const) {
    const body = { org: organization.name, invitees: [value] };
    assertError(t, await api.request('POST', '/v2/invites/bulk', { token, body }), { status: 400, code: 'invalid_input', fields: [`invitees[${fault}]`] });
  }
  t.deepEqual((await api.request('GET', `${path}/invites`, { token })).body, { data: [] });
});

test('with the organization or the team its invitations go', async (t) => {
  const api = await startApi(t);
  const { path, people: { owner, outsider }, organization } = await buildPeople(api);
  const team = await buildTeam(api.db, organization);
  const { id } = await invite(api, owner.token, { org: organization.name, team: team.name, invitees: [outsider.username] });
  await api.request('DELETE', `${path}/groups/${team.name}`, { token: owner.token });
  assertError(t, await api.request('POST', `/v2/invites/${id}/accept`, { token: outsider.token }), { status: 404, code: 'not_found' });
  await invite(api, owner.token, { org: organization.name, invitees: [outsider.username] });
  await api.request('DELETE', path, { token: owner.token });
  t.like((await api.request('GET', '/v2/user/invites', { token: outsider.token })).body, { count: 0 });
});
