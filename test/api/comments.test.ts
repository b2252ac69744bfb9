import test from 'ava';
import { insertAccessToken, type Scope } from '../../db/accessTokens.js';
import type { UserRow } from '../../db/users.js';
import { assertError, buildPlace, startApi, type TestApi } from '../helpers/api.js';
import { buildComment, buildRepository, buildUser } from '../helpers/builders.js';

interface Comment {
  readonly id: number;
  readonly user: string;
  readonly comment: string;
  readonly created_on: string;
  readonly updated_on: string;
}

async function list(api: TestApi, path: string, query = '') {
  const { body } = await api.request('GET', `${path}/comments${query}`);
  return body as { count: number; next: string | null; previous: string | null; results: Comment[] };
}

const countOf = async (api: TestApi, path: string) => ((await api.request('GET', path)).body as { comment_count: number }).comment_count;

test('a comment is written, listed newest first, changed and deleted by its author', async (t) => {
  const api = await startApi(t);
  const { path, token: ownersToken, owner } = await buildPlace(api);
  const author = await buildUser(api.db);
  const token = await api.login(author);
  const first = await api.request('POST', `${path}/comments/`, { token, body: { comment: 'first \u{1F600}\n**<b>' } });
  t.is(first.status, 201);
  const { id, created_on, updated_on } = first.body as Comment;
  t.true(Number.isInteger(id));
  t.regex(created_on, /^\d{4}-.*Z$/);
  t.deepEqual(first.body, { id, user: author.username, comment: 'first \u{1F600}\n**<b>', created_on, updated_on: created_on });
  t.is(updated_on, created_on);
  await api.request('POST', `${path}/comments`, { token: ownersToken, body: { comment: 'second' } });
  t.deepEqual((await list(api, path)).results.map(({ user, comment }) => [user, comment]), [
    [owner.username, 'second'], [author.username, 'first \u{1F600}\n**<b>'],
  ]);
  t.is(await countOf(api, path), 2);
  const changed = await api.request('PATCH', `${path}/comments/${id}/`, { token, body: { comment: 'mended' } });
  t.is(changed.status, 200);
  t.like(changed.body, { id, user: author.username, comment: 'mended', created_on });
  t.true((changed.body as Comment).updated_on >= updated_on);
  t.is((await api.request('DELETE', `${path}/comments/${id}/`, { token })).status, 204);
  t.deepEqual((await list(api, path)).results.map(({ comment }) => comment), ['second']);
  t.is(await countOf(api, path), 1);
  for (const method of ['PATCH', 'DELETE'] as const) {
    const body = { comment: 'x' };
    assertError(t, await api.request(method, `${path}/comments/${id}`, { token, ...(method === 'PATCH' ? { body } : {}) }), { status: 404, code: 'not_found' });
  }
});

test('nobody changes another’s comment, and deleting one is in the log', async (t) => {
  const api = await startApi(t);
  const { path, token, repository, owner } = await buildPlace(api);
  const { id, user, comment } = await buildComment(api.db, { repository });
  const admin = await api.login(await buildUser(api.db, { is_admin: true }));
  const outsider = await api.login(await buildUser(api.db));
  for (const other of [token, admin, outsider]) {
    assertError(t, await api.request('PATCH', `${path}/comments/${id}`, { token: other, body: { comment: 'x' } }), { status: 403, code: 'forbidden' });
  }
  t.is((await list(api, path)).results[0]?.comment, comment);
  t.is((await api.request('DELETE', `${path}/comments/${id}`, { token })).status, 204);
  const log = (await api.request('GET', `/v2/auditlogs/${owner.username}`, { token })).body;
  t.like(log, { logs: [{ action: 'repo.comment.delete', name: repository.name, actor: owner.username, data: { comment: id, user } }] });
});

test('comments come in pages', async (t) => {
  const api = await startApi(t);
  const { path, repository } = await buildPlace(api);
  for (let number = 1; number <= 12; number += 1) await buildComment(api.db, { repository, comment: String(number) });
  const texts = async (query: string) => (await list(api, path, query)).results.map(({ comment }) => Number(comment));
  t.deepEqual(await texts(''), [12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  t.deepEqual(await texts('?page=2'), [2, 1]);
  t.deepEqual(await texts('?page=3&page_size=5'), [2, 1]);
  t.deepEqual(await texts('?page=99'), []);
  t.is((await texts('?page_size=1000')).length, 12);
  const page = await list(api, path, '?page=2&page_size=5');
  t.deepEqual([page.count, page.next, page.previous], [
    12, `https://hub.example${path}/comments?page=3&page_size=5`, `https://hub.example${path}/comments?page=1&page_size=5`,
  ]);
  for (const [query, field] of [['page_size=0', 'page_size'], ['page=abc', 'page'], ['user=x', 'user']] as const) {
    assertError(t, await api.request('GET', `${path}/comments?${query}`), { status: 400, code: 'invalid_input', fields: [field] });
  }
});

const BAD: readonly [what: string, body: object, fields: readonly string[]][] = [
  ['nothing', {}, ['comment']],
  ['an empty text', { comment: '' }, ['comment']],
  ['5001 characters', { comment: '\u{1F600}'.repeat(5001) }, ['comment']],
  ['null', { comment: null }, ['comment']],
  ['a list', { comment: ['a'] }, ['comment']],
  ['a number', { comment: 1 }, ['comment']],
  ['fields of the row', { comment: 'a', id: 1, user: 'bob', user_id: 'x', is_hidden: true, created_on: 'x', repository_id: 'x' },
    ['id', 'user', 'user_id', 'is_hidden', 'created_on', 'repository_id']],
];

test('a text that cannot be is refused, and nothing is written', async (t) => {
  const api = await startApi(t);
  const { path, token, repository, owner } = await buildPlace(api);
  const { id } = await buildComment(api.db, { repository, author: owner, comment: 'old' });
  for (const [what, body, fields] of BAD) {
    for (const [method, address] of [['POST', `${path}/comments`], ['PATCH', `${path}/comments/${id}`]] as const) {
      const answer = await api.request(method, address, { token, body });
      t.deepEqual((answer.body as { code: string }).code, 'invalid_input', what);
      assertError(t, answer, { status: 400, code: 'invalid_input', fields });
    }
  }
  for (const raw of ['{"comment":"\\ud800"}', '{"comment":"a\\u0000b"}']) {
    assertError(t, await api.request('POST', `${path}/comments`, { token, body: raw }), { status: 400, code: 'invalid_input', fields: ['comment'] });
  }
  const huge = await api.request('POST', `${path}/comments`, { token, body: { comment: 'x'.repeat(1_100_000) } });
  assertError(t, huge, { status: 413, code: 'body_too_large' });
  t.deepEqual((await list(api, path)).results.map(({ comment }) => comment), ['old']);
  t.is(await countOf(api, path), 1);
  t.is((await api.request('POST', `${path}/comments`, { token, body: { comment: '\u{1F600}'.repeat(5000) } })).status, 201);
});

test('an id that cannot be is a 400, one of another repository a 404', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api);
  const foreign = await buildComment(api.db, { repository: await buildRepository(api.db) });
  const ask = (id: string) => [
    api.request('PATCH', `${path}/comments/${id}`, { token, body: { comment: 'x' } }),
    api.request('DELETE', `${path}/comments/${id}`, { token }),
    api.request('POST', `${path}/comments/${id}/report`, { token, body: { reason: 'x' } }),
  ];
  for (const id of ['0', '-1', 'abc', '1.5', '2147483648', '99999999999999999999', '1e400']) {
    for (const answer of await Promise.all(ask(id))) assertError(t, answer, { status: 400, code: 'invalid_input', fields: ['id'] });
  }
  for (const id of [String(foreign.id), '2147483647']) {
    for (const answer of await Promise.all(ask(id))) assertError(t, answer, { status: 404, code: 'not_found' });
  }
});

test('an access token bounds what its owner may with comments and stars', async (t) => {
  const api = await startApi(t);
  const { path, repository, owner } = await buildPlace(api);
  const build = async (user: UserRow, scope: Scope, repository_id: string | null = null) =>
    (await insertAccessToken(api.db, { user_id: user.id, label: 'l', scopes: [scope], repository_id, creator_ip: '', creator_ua: '', expires: null })).secret;
  const writer = await build(owner, 'repo:write');
  for (const token of [await build(owner, 'repo:read'), await build(owner, 'repo:write', repository.id)]) {
    assertError(t, await api.request('POST', `${path}/stars`, { token }), { status: 403, code: 'forbidden' });
    assertError(t, await api.request('POST', `${path}/comments`, { token, body: { comment: 'x' } }), { status: 403, code: 'forbidden' });
  }
  t.is((await api.request('POST', `${path}/comments`, { token: writer, body: { comment: 'x' } })).status, 201);
  // Another's comment is for those who administer, and this token does not.
  const { id } = await buildComment(api.db, { repository });
  assertError(t, await api.request('DELETE', `${path}/comments/${id}`, { token: writer }), { status: 403, code: 'forbidden' });
  t.is((await api.request('DELETE', `${path}/comments/${id}`, { token: await build(owner, 'repo:admin') })).status, 204);
});
