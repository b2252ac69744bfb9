import test from 'ava';
import { ROUTES } from '../../api/app.js';
import { AUDIT_ACTIONS } from '../../api/audit.js';
import { assertError, buildPlace, startApi, type TestApi } from '../helpers/api.js';
import { buildOrganization, buildUser } from '../helpers/builders.js';

interface Event {
  readonly action: string;
  readonly name: string;
  readonly timestamp: string;
}

async function readLog(api: TestApi, account: string, token: string, query = ''): Promise<Event[]> {
  const { status, text, body } = await api.request('GET', `/v2/auditlogs/${account}${query}`, { token });
  if (status !== 200) throw new Error(text);
  return (body as { logs: Event[] }).logs;
}

test('who did what, where from: newest first, and only what succeeded', async (t) => {
  const api = await startApi(t);
  const { owner, path, token, repository: { name } } = await buildPlace(api);
  const other = await buildUser(api.db);
  await api.request('PATCH', path, { token, body: { description: 'x' } });
  await api.request('PATCH', path, { token, body: { description: 'x'.repeat(101) } });
  await api.request('PATCH', path, { token: await api.login(other), body: { description: 'y' } });
  await api.request('POST', `${path}/collaborators`, { token, body: { user: other.username } });
  await api.request('DELETE', path, { token });
  const entry = { account: owner.username, actor: owner.username, name, ip_address: '127.0.0.1' };
  t.like(await readLog(api, owner.username, token), [
    { ...entry, action: 'repo.delete', action_description: `${owner.username} deleted the repository: ${name}`, data: {} },
    { ...entry, action: 'repo.collaborator.add', data: { user: other.username } },
    { ...entry, action: 'repo.change.description', data: { fields: ['description'] } },
  ]);
});

test('what the administrator does to an account stands in that account’s log', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db);
  const admin = await buildUser(api.db, { is_admin: true });
  const body = { private_repo_limit: 3 };
  await api.request('PATCH', `/v2/admin/users/${user.username}`, { token: await api.login(admin), body });
  t.like(await readLog(api, user.username, await api.login(user)), [{ action: 'account.limit', actor: admin.username, data: body }]);
});

test('no secret and no password stands in the log', async (t) => {
  const api = await startApi(t);
  const { owner, path, token } = await buildPlace(api);
  const { token: secret } = (await api.request('POST', '/v2/access-tokens', { token, body: { token_label: 'ci' } })).body as { token: string };
  const chain = { name: 'ship', webhooks: [{ name: 'a', hook_url: 'https://a.example/' }] };
  const created = await api.request('POST', `${path}/webhook_pipeline`, { token, body: chain });
  const [, whsec = 'none'] = /"(whsec_[^"]+)"/.exec(created.text) ?? [];
  const log = JSON.stringify(await readLog(api, owner.username, token));
  t.true(log.includes('token.create') && log.includes('repo.webhook.create'));
  t.true(whsec.startsWith('whsec_'));
  t.false(log.includes(secret) || log.includes(whsec));
});

test('filters by action, name, actor and time, and pages', async (t) => {
  const api = await startApi(t);
  const { owner: { username }, path, token, repository: { name } } = await buildPlace(api);
  for (const description of ['a', 'b', 'c']) await api.request('PATCH', path, { token, body: { description } });
  await api.request('POST', '/v2/access-tokens', { token, body: { token_label: 'ci' } });
  const count = async (query: string) => (await readLog(api, username, token, query)).length;
  t.is(await count('?action=token.create'), 1);
  t.is(await count(`?name=${name}`), 3);
  t.is(await count('?actor=nobody'), 0);
  t.is(await count('?from=2099-01-01T00:00:00Z'), 0);
  t.is(await count(`?from=2020-01-01T01:00:00%2B01:00&to=2099-01-01T00:00:00Z`), 4);
  t.is(await count('?page_size=3&page=2'), 1);
  t.like((await api.request('GET', `/v2/auditlogs/${username}?page_size=3`, { token })).body, { count: 4, previous: null });
  for (const moment of ['yesterday', '2016-12-31T23:59:60Z', '2016-12-31T23:59:59+00', '2016-12-31t23:59:59Z', '2016-12-31 23:59:59Z']) {
    for (const field of ['from', 'to']) {
      const answer = await api.request('GET', `/v2/auditlogs/${username}?${field}=${encodeURIComponent(moment)}`, { token });
      assertError(t, answer, { status: 400, code: 'invalid_input', fields: [field] });
    }
  }
});

test('an organization’s log is its owners’', async (t) => {
  const api = await startApi(t);
  const owner = await buildUser(api.db);
  const { name } = await buildOrganization(api.db, { owner });
  const token = await api.login(owner);
  await api.request('POST', '/v2/repositories', { token, body: { namespace: name, name: 'app' } });
  t.like(await readLog(api, name, token), [{ action: 'repo.create', account: name, name: 'app', actor: owner.username }]);
  const stranger = await api.request('GET', `/v2/auditlogs/${name}`, { token: await api.login(await buildUser(api.db)) });
  assertError(t, stranger, { status: 403, code: 'forbidden' });
});

test('whoever takes the name of an organization that is gone does not read its log; the administrator does', async (t) => {
  const api = await startApi(t);
  const [owner, heir] = [await buildUser(api.db), await buildUser(api.db)];
  const admin = await api.login(await buildUser(api.db, { is_admin: true }));
  const [old, token] = [await api.login(owner), await api.login(heir)];
  await api.request('POST', '/v2/orgs', { token: old, body: { orgname: 'acme' } });
  t.is((await api.request('DELETE', '/v2/orgs/acme', { token: old })).status, 202);
  await api.request('POST', '/v2/orgs', { token, body: { orgname: 'acme' } });
  for (const query of ['', '?from=2020-01-01T00:00:00Z']) t.deepEqual((await readLog(api, 'acme', token, query)).map(({ action }) => action), ['org.create']);
  const { body } = await api.request('GET', '/v2/admin/auditlogs?account=acme', { token: admin });
  t.like(body, { count: 3, logs: [{ actor: heir.username }, { action: 'org.delete', actor: owner.username }, { action: 'org.create' }] });
});

test('every action is some route’s, and the list of actions has them all', async (t) => {
  const used = ROUTES.flatMap(({ audit }) => audit ?? []);
  t.deepEqual([...new Set(used)].sort(), Object.keys(AUDIT_ACTIONS).sort());
  const api = await startApi(t);
  const user = await buildUser(api.db);
  const { body } = await api.request('GET', `/v2/auditlogs/${user.username}/actions`, { token: await api.login(user) });
  const groups = Object.values((body as { actions: Record<string, { actions: { name: string }[] }> }).actions);
  t.deepEqual(groups.flatMap(({ actions }) => actions.map(({ name }) => name)).sort(), Object.keys(AUDIT_ACTIONS).sort());
});

/** What changes something and is on purpose in no log. */
const UNLOGGED = [
  'POST /token', 'POST /events', 'POST /v2/inbound/:id', 'POST /v2/admin/registry/reconcile',
  'POST /v2/users/login', 'POST /v2/auth/token', 'POST /v2/logout', 'POST /v2/session', 'DELETE /v2/session', 'POST /u/:namespace/:name/hook/:token',
  // It is a callback, and stands in the history.
  'POST /v2/receivers/:id/calls/:call/callback', 'POST /receive/:token',
  'POST /v2/repositories/:namespace/:name/pushes', 'PATCH /v2/invites/:id/resend', 'POST /v2/sources/:id/hook',
  ...['claim', ':id/renew', ':id/finish'].map((verb) => `POST /v2/repositories/:namespace/:name/builds/${verb}`),
  'POST /v2/repositories/:namespace/:name/readme.html',
  'POST /v2/repositories/:namespace/:name/stars', 'DELETE /v2/repositories/:namespace/:name/stars',
  'POST /v2/repositories/:namespace/:name/comments', 'PATCH /v2/repositories/:namespace/:name/comments/:id',
  'POST /v2/repositories/:namespace/:name/comments/:id/report',
];
test('every route that changes something is in the log, but for those named here', (t) => {
  const silent = ROUTES.filter(({ method, audit }) => method !== 'GET' && audit === undefined);
  t.deepEqual(silent.map(({ method, path }) => `${method} ${path}`).sort(), [...UNLOGGED].sort());
});
