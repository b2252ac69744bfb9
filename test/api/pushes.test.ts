import test, { type ExecutionContext } from 'ava';
import type { Static } from '@sinclair/typebox';
import type { AcceptedPush } from '../../api/schemas/runs.js';
import { cancelRuns } from '../../db/runs.js';
import { assertError, buildPlace, startApi, type Answer, type Place, type RequestOptions, type TestApi } from '../helpers/api.js';
import { buildChain, pick } from '../helpers/builders.js';

interface Scene extends Place {
  readonly api: TestApi;
  push(body: RequestOptions['body'], headers?: Record<string, string>): Promise<Answer>;
}

async function openScene(t: ExecutionContext): Promise<Scene> {
  const api = await startApi(t);
  const place = await buildPlace(api);
  const push: Scene['push'] = (body = {}, headers = {}) => api.request('POST', `${place.path}/pushes/`, { token: place.token, body, headers });
  return { ...place, api, push };
}

const toPush = ({ body }: Answer) => body as Static<typeof AcceptedPush>;
const DIGEST = `sha256:${'ab'.repeat(32)}`;

test('a push is accepted with its queued runs although Temporal is away', async (t) => {
  const { api, push, repository, owner } = await openScene(t);
  await buildChain(api.db, { repository, slug: 'one' });
  await buildChain(api.db, { repository, slug: 'two', webhooks: 2 });
  await buildChain(api.db, { repository, slug: 'off', active: false });
  const answer = await push({ tag: 'v1.0', digest: DIGEST, images: ['a', 'b'], media_type: 'application/vnd.oci.image.index.v1+json', size: 42 });
  t.is(answer.status, 202, answer.text);
  const { id, pushed_at, runs, ...rest } = toPush(answer);
  t.deepEqual(rest, { tag: 'v1.0', digest: DIGEST, pusher: owner.username });
  t.regex(id, /^psh_/);
  t.regex(pushed_at, /^\d{4}-.*Z$/);
  t.deepEqual(runs.map(({ chain, state }) => [chain, state]), [['one', 'queued'], ['two', 'queued']]);
});

test('an empty push is of the tag latest, and a push to a repository without chains is accepted', async (t) => {
  const { api, path, token } = await openScene(t);
  for (const slash of ['', '/']) {
    const answer = await api.request('POST', `${path}/pushes${slash}`, { token });
    t.is(answer.status, 202, answer.text);
    t.like(answer.body, { tag: 'latest', digest: null, runs: [] });
  }
});

test('the same key and body get the same answer to the letter, also when the run has moved on', async (t) => {
  const { api, push, repository } = await openScene(t);
  await buildChain(api.db, { repository });
  const key = { 'idempotency-key': 'build-1' };
  const first = await push({ tag: 'v1', size: 1 }, key);
  await cancelRuns(api.db, { repository_id: repository.id });
  const again = await push({ size: 1, tag: 'v1' }, key);
  t.deepEqual([again.status, again.text], [202, first.text]);
  t.is((await api.db('runs').select('id')).length, 1);
});

test('ten requests with one key at once record one push', async (t) => {
  const { api, push, repository } = await openScene(t);
  await buildChain(api.db, { repository });
  const answers = await Promise.all(Array.from({ length: 10 }, () => push({}, { 'idempotency-key': 'k' })));
  t.is(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1);
  t.is((await api.db('pushes').select('id')).length, 1);
});

test('a default that is left out or written is the same body', async (t) => {
  const { push } = await openScene(t);
  const first = await push({}, { 'idempotency-key': 'k' });
  t.is((await push({ tag: 'latest' }, { 'idempotency-key': 'k' })).text, first.text);
});

test('the same key with another body is a conflict and records nothing', async (t) => {
  const { api, push } = await openScene(t);
  await push({ tag: 'v1' }, { 'idempotency-key': 'k' });
  assertError(t, await push({ tag: 'v2' }, { 'idempotency-key': 'k' }), { status: 409, code: 'idempotency_conflict' });
  t.is((await api.db('pushes').select('id')).length, 1);
  t.deepEqual(await api.db('tags').select('name'), [{ name: 'v1' }]);
});

for (const key of ['', ' ', 'a b', 'x'.repeat(256), 'é']) {
  test(`the idempotency key ${JSON.stringify(key.slice(0, 5))} (${key.length}) is refused or means none`, async (t) => {
    const { push } = await openScene(t);
    const answer = await push({}, { 'idempotency-key': key });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: ['idempotency-key'] });
  });
}

const FAULTS: readonly [body: Record<string, unknown>, field: string][] = [
  [{ tag: '' }, 'tag'], [{ tag: '.v1' }, 'tag'], [{ tag: '-v1' }, 'tag'], [{ tag: 'a/b' }, 'tag'], [{ tag: 'x'.repeat(129) }, 'tag'],
  [{ tag: 'v1\n' }, 'tag'], [{ tag: null }, 'tag'], [{ tag: 1 }, 'tag'],
  [{ digest: 'sha256:short' }, 'digest'], [{ digest: 'ab'.repeat(32) }, 'digest'], [{ digest: `SHA256:${'ab'.repeat(32)}` }, 'digest'],
  [{ size: -1 }, 'size'], [{ size: 1.5 }, 'size'], [{ size: '1' }, 'size'], [{ size: 2 ** 53 }, 'size'],
  [{ images: 'a' }, 'images'], [{ images: [1] }, 'images[0]'], [{ images: Array.from({ length: 101 }, () => 'a') }, 'images'],
  [{ media_type: '' }, 'media_type'], [{ colour: 'red' }, 'colour'],
];
for (const [body, field] of FAULTS) {
  test(`a push with ${JSON.stringify(body).slice(0, 40)} is refused, naming ${field}`, async (t) => {
    const { push } = await openScene(t);
    assertError(t, await push(body), { status: 400, code: 'invalid_input', fields: [field] });
  });
}

for (const tag of ['_', 'a.b-c_D', 'x'.repeat(128), '1']) {
  test(`the tag ${tag.slice(0, 12)} (${tag.length}) is taken`, async (t) => {
    const { push } = await openScene(t);
    t.is(toPush(await push({ tag, digest: `sha512:${'0'.repeat(128)}`, size: Number.MAX_SAFE_INTEGER })).tag, tag);
  });
}

test('pushes are listed newest first and shown with their runs', async (t) => {
  const { api, push, repository, path, token } = await openScene(t);
  const chain = await buildChain(api.db, { repository });
  const ids = [toPush(await push({ tag: 'v1', size: 2 ** 40 })).id, toPush(await push({ tag: 'v2', images: ['x'] })).id];
  const list = await api.request('GET', `${path}/pushes/`, { token });
  const { count, results } = list.body as { count: number; results: { id: string }[] };
  t.deepEqual([count, results.map(({ id }) => id)], [2, [...ids].reverse()]);
  const one = await api.request('GET', `${path}/pushes/${pick(ids)}/`, { token });
  t.deepEqual(one.body, results[1]);
  t.like(one.body, { tag: 'v1', size: 2 ** 40, images: [], test: false, runs: [{ chain: chain.slug, state: 'queued', redelivery_of: null }] });
  assertError(t, await api.request('GET', `${path}/pushes/psh_none`, { token }), { status: 404, code: 'not_found' });
});

test('a push of another repository is not found here', async (t) => {
  const { api, path, token } = await openScene(t);
  const other = await buildPlace(api);
  const { id } = toPush(await api.request('POST', `${other.path}/pushes`, { token: other.token, body: {} }));
  assertError(t, await api.request('GET', `${path}/pushes/${id}`, { token }), { status: 404, code: 'not_found' });
});

test('a test of a chain is a push marked as such, of that chain alone, and moves no tag', async (t) => {
  const { api, repository, path, token } = await openScene(t);
  const chain = await buildChain(api.db, { repository, active: false });
  await buildChain(api.db, { repository });
  const answer = await api.request('POST', `${path}/webhook_pipeline/${chain.slug}/test/`, { token });
  t.is(answer.status, 202, answer.text);
  t.deepEqual(toPush(answer).runs.map(({ chain }) => chain), [chain.slug]);
  t.like((await api.request('GET', `${path}/pushes/${toPush(answer).id}`, { token })).body, { test: true });
  t.deepEqual(await api.db('tags').select('name'), []);
  assertError(t, await api.request('POST', `${path}/webhook_pipeline/none/test`, { token }), { status: 404, code: 'not_found' });
});
