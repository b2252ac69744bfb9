import test from 'ava';
import { assertError, buildPlace, startApi, type Answer, type Place, type TestApi } from '../helpers/api.js';
import { buildComment, buildReport, buildUser } from '../helpers/builders.js';
import type { CommentRow } from '../../db/comments.js';

interface Report {
  readonly id: string;
  readonly state: string;
  readonly reporter: string;
  readonly reason: string;
}

const listOf = ({ body }: Answer) => body as { count: number; results: Report[] };

async function buildScene(api: TestApi) {
  const place = await buildPlace(api);
  const admin = await buildUser(api.db, { is_admin: true });
  const comment = await buildComment(api.db, { repository: place.repository, comment: 'rude' });
  return { place, comment, admin, adminToken: await api.login(admin) };
}

async function report(api: TestApi, { path }: Place, { comment, reason }: { comment: CommentRow; reason: string }): Promise<string> {
  const user = await buildUser(api.db);
  const { status } = await api.request('POST', `${path}/comments/${comment.id}/report/`, { token: await api.login(user), body: { reason } });
  if (status !== 204) throw new Error(`the report was answered ${status}`);
  return user.username;
}

test('a report stands in the administrator’s queue with all that is needed to judge it', async (t) => {
  const api = await startApi(t);
  const { place, comment, adminToken } = await buildScene(api);
  const reporter = await report(api, place, { comment, reason: 'it is \u{1F600} rude' });
  const { count, results: [first] } = listOf(await api.request('GET', '/v2/admin/reports/', { token: adminToken }));
  const { namespace, name } = place.repository;
  t.is(count, 1);
  t.like(first, {
    state: 'open', repository: `${namespace}/${name}`, reporter, reason: 'it is \u{1F600} rude', resolved_on: null, resolved_by: null,
    comment: { id: comment.id, user: comment.user, comment: 'rude', created_on: comment.created, updated_on: comment.updated },
  });
});

test('a user’s second report of a comment changes nothing, also at once and after it was dismissed', async (t) => {
  const api = await startApi(t);
  const { place: { path }, comment, adminToken } = await buildScene(api);
  const token = await api.login(await buildUser(api.db));
  const send = (reason: string) => api.request('POST', `${path}/comments/${comment.id}/report`, { token, body: { reason } });
  t.is((await send('first')).status, 204);
  t.deepEqual([...new Set((await Promise.all([1, 2, 3].map(() => send('again')))).map(({ status }) => status))], [204]);
  const { results } = listOf(await api.request('GET', '/v2/admin/reports', { token: adminToken }));
  t.deepEqual(results.map(({ reason }) => reason), ['first']);
  await api.request('POST', `/v2/admin/reports/${results[0]?.id ?? ''}/dismiss`, { token: adminToken });
  t.is((await send('again')).status, 204);
  t.is(listOf(await api.request('GET', '/v2/admin/reports', { token: adminToken })).count, 0);
});

test('a dismissed report leaves the comment and the other reports alone', async (t) => {
  const api = await startApi(t);
  const { place, comment, admin, adminToken } = await buildScene(api);
  const { owner, token, path, repository } = place;
  const [one, other] = [await buildReport(api.db, comment), await buildReport(api.db, comment)];
  const answer = await api.request('POST', `/v2/admin/reports/${one}/dismiss/`, { token: adminToken });
  t.is(answer.status, 200);
  t.like(answer.body, { id: one, state: 'dismissed', resolved_by: admin.username });
  t.deepEqual(listOf(await api.request('GET', '/v2/admin/reports', { token: adminToken })).results.map(({ id }) => id), [other]);
  t.like((await api.request('GET', `${path}/comments`)).body, { count: 1, results: [{ comment: 'rude' }] });
  const log = (await api.request('GET', `/v2/auditlogs/${owner.username}`, { token })).body;
  const entry = { action: 'comment.report.dismiss', name: repository.name, actor: admin.username };
  t.like(log, { logs: [{ ...entry, data: { comment: comment.id, user: comment.user } }] });
  t.false(/a reason/.test(JSON.stringify(log)));
});

test('hiding takes the comment from everybody and settles all its open reports', async (t) => {
  const api = await startApi(t);
  const { place: { path, token }, comment, admin, adminToken } = await buildScene(api);
  const ids = [await buildReport(api.db, comment), await buildReport(api.db, comment), await buildReport(api.db, comment)];
  const [dismissed = '', one = '', two = ''] = ids;
  await api.request('POST', `/v2/admin/reports/${dismissed}/dismiss`, { token: adminToken });
  const answer = await api.request('POST', `/v2/admin/reports/${one}/hide/`, { token: adminToken });
  t.like(answer.body, { id: one, state: 'hidden', resolved_by: admin.username, comment: { comment: 'rude' } });
  for (const viewer of [undefined, token, adminToken]) {
    t.like((await api.request('GET', `${path}/comments`, { token: viewer })).body, { count: 0, results: [] });
    t.like((await api.request('GET', path, { token: viewer })).body, { comment_count: 0 });
  }
  for (const [method, rest, body] of [['PATCH', '', { comment: 'x' }], ['DELETE', '', undefined], ['POST', '/report', { reason: 'x' }]] as const) {
    const gone = await api.request(method, `${path}/comments/${comment.id}${rest}`, { token, ...(body ? { body } : {}) });
    assertError(t, gone, { status: 404, code: 'not_found' });
  }
  const idsOf = async (state: string) => listOf(await api.request('GET', `/v2/admin/reports?state=${state}`, { token: adminToken })).results.map(({ id }) => id);
  t.deepEqual([await idsOf('open'), await idsOf('hidden'), await idsOf('dismissed')], [[], [one, two], [dismissed]]);
});

test('a settled report is settled once', async (t) => {
  const api = await startApi(t);
  const { comment, adminToken } = await buildScene(api);
  const id = await buildReport(api.db, comment);
  const [first, second] = await Promise.all(['dismiss', 'hide'].map((verb) => api.request('POST', `/v2/admin/reports/${id}/${verb}`, { token: adminToken })));
  t.deepEqual([first?.status, second?.status].sort(), [200, 409]);
  for (const verb of ['dismiss', 'hide']) {
    assertError(t, await api.request('POST', `/v2/admin/reports/${id}/${verb}`, { token: adminToken }), { status: 409, code: 'report_settled' });
    assertError(t, await api.request('POST', `/v2/admin/reports/rpt_0/${verb}`, { token: adminToken }), { status: 404, code: 'not_found' });
  }
});

test('deleting a comment takes its reports along, also while they are made', async (t) => {
  const api = await startApi(t);
  const { place, adminToken } = await buildScene(api);
  const { path, token, repository } = place;
  for (let round = 0; round < 5; round += 1) {
    const comment = await buildComment(api.db, { repository });
    await buildReport(api.db, comment);
    const [deleted, reported] = await Promise.all([
      api.request('DELETE', `${path}/comments/${comment.id}`, { token }),
      api.request('POST', `${path}/comments/${comment.id}/report`, { token, body: { reason: 'r' } }),
    ]);
    t.is(deleted.status, 204);
    t.true([204, 404].includes(reported.status), reported.text);
  }
  t.is(listOf(await api.request('GET', '/v2/admin/reports', { token: adminToken })).count, 0);
});

test('the queue comes in pages, oldest first, and bad input names its fields', async (t) => {
  const api = await startApi(t);
  const { place: { path, token }, comment, adminToken } = await buildScene(api);
  const ids: string[] = [];
  for (let number = 0; number < 3; number += 1) ids.push(await buildReport(api.db, comment));
  const ask = (query: string) => api.request('GET', `/v2/admin/reports${query}`, { token: adminToken });
  const first = listOf(await ask('?page_size=2'));
  t.deepEqual([first.count, first.results.map(({ id }) => id)], [3, ids.slice(0, 2)]);
  t.deepEqual(listOf(await ask('?page_size=2&page=2')).results.map(({ id }) => id), ids.slice(2));
  t.deepEqual(listOf(await ask('?page=9')).results, []);
  for (const [query, field] of [['state=shut', 'state'], ['page=0', 'page'], ['page_size=x', 'page_size'], ['x=1', 'x']] as const) {
    assertError(t, await ask(`?${query}`), { status: 400, code: 'invalid_input', fields: [field] });
  }
  const send = (body: object | string) => api.request('POST', `${path}/comments/${comment.id}/report`, { token, body });
  for (const reason of ['', 'x'.repeat(501), null, ['a'], 1]) assertError(t, await send({ reason }), { status: 400, code: 'invalid_input', fields: ['reason'] });
  assertError(t, await send('{"reason":"\\udfff"}'), { status: 400, code: 'invalid_input', fields: ['reason'] });
  assertError(t, await send({ reason: 'a', state: 'hidden', user_id: 'x' }), { status: 400, code: 'invalid_input', fields: ['state', 'user_id'] });
  t.is(listOf(await ask('')).count, 3);
});
