import test, { type ExecutionContext } from 'ava';
import type { Static } from '@sinclair/typebox';
import type { Run } from '../../api/schemas/runs.js';
import { deleteChain, updateChain } from '../../db/chains.js';
import { closeDelivery } from '../../db/deliveries.js';
import { assertError, buildPlace, startApi, type Answer, type Place, type TestApi } from '../helpers/api.js';
import {
  advanceToClosed, advanceToDelivering, advanceToWaiting, ANSWERED, attempt, buildChain, buildPush, buildRun, dueIn, pick, type BuiltRun,
} from '../helpers/builders.js';

type RunBody = Static<typeof Run>;

interface Scene extends Place {
  readonly api: TestApi;
  /** Sends below the repository's path, as its owner. */
  send(method: string, rest: string, body?: object): Promise<Answer>;
}

async function openScene(t: ExecutionContext): Promise<Scene> {
  const api = await startApi(t);
  const place = await buildPlace(api);
  const { path, token } = place;
  return { ...place, api, send: (method, rest, body) => api.request(method, `${path}${rest}`, { token, ...(body ? { body } : {}) }) };
}

/** A run of three whose second webhook answered failure. */
async function buildFailed({ api, repository }: Scene): Promise<BuiltRun> {
  const built = await buildRun(api.db, { repository, webhooks: 3 });
  await advanceToClosed(api.db, pick(built.deliveries).id);
  await advanceToClosed(api.db, pick(built.deliveries, 1).id, 'failure');
  return built;
}

const toRun = ({ body }: Answer) => body as RunBody;
const listIds = ({ body }: Answer) => (body as { results: RunBody[] }).results.map(({ id }) => id);

test('a run shows its chain, push, deliveries, attempts and callbacks', async (t) => {
  const scene = await openScene(t);
  const { api, repository, send } = scene;
  const { run, chain, push, deliveries } = await buildRun(api.db, { repository, webhooks: 3, push: { tag: 'v1', images: '["x"]' } });
  await attempt(api.db, pick(deliveries).id, { result: { ...ANSWERED, status: 503, response_body: 'later' }, after: { kind: 'retry', at: dueIn(1) } });
  await advanceToClosed(api.db, pick(deliveries).id);
  await advanceToWaiting(api.db, pick(deliveries, 1).id);
  const shown = toRun(await send('GET', `/runs/${run.id}/`));
  t.like(shown, {
    id: run.id, state: 'running', workflow_id: `run/${run.id}`, finished: null, redelivery_of: null,
    chain: { slug: chain.slug, name: chain.name },
  });
  t.like(shown.push, { id: push.id, tag: 'v1', images: ['x'], test: false });
  t.deepEqual(shown.deliveries.map(({ position, state }) => [position, state]), [[1, 'success'], [2, 'waiting'], [3, 'pending']]);
  const [first, second] = shown.deliveries;
  t.deepEqual(first?.attempts.map(({ number, status, response_body }) => [number, status, response_body]), [[1, 503, 'later'], [2, 200, 'ok']]);
  t.like(first?.attempts[0], { request_headers: { 'content-type': 'application/json' }, response_headers: { server: 'test' }, error: null });
  t.like(first?.callback, { state: 'success', description: 'says success', context: 'ci', target_url: 'https://ci.example/1' });
  t.is(second?.callback, null);
  t.regex(second?.callback_due ?? '', /Z$/);
});

test('runs are listed newest first and filtered by chain, state and tag', async (t) => {
  const { api, repository, send } = await openScene(t);
  const [a, b] = [await buildChain(api.db, { repository, slug: 'a' }), await buildChain(api.db, { repository, slug: 'b' })];
  const runs = [
    await buildRun(api.db, { of: a, push: { tag: 'v1' } }), await buildRun(api.db, { of: b, push: { tag: 'v1' } }),
    await buildRun(api.db, { of: a, push: { tag: 'v2' } }),
  ].map(({ run }) => run.id);
  await buildRun(api.db, { slug: 'a', push: { tag: 'v1' } });
  await send('POST', `/runs/${pick(runs)}/cancel`);
  const expected: readonly [query: string, indexes: number[]][] = [
    ['', [2, 1, 0]], ['?chain=a', [2, 0]], ['?tag=v1', [1, 0]], ['?state=queued', [2, 1]], ['?state=canceled', [0]],
    ['?chain=a&tag=v1', [0]], ['?chain=none', []], ['?tag=%27%3B--', []],
  ];
  for (const [query, indexes] of expected) {
    t.deepEqual(listIds(await send('GET', `/runs/${query}`)), indexes.map((index) => pick(runs, index)), query);
  }
  assertError(t, await send('GET', '/runs?state=broken'), { status: 400, code: 'invalid_input', fields: ['state'] });
});

test('runs are found by their time and by what they tell', async (t) => {
  const { api, repository, send } = await openScene(t);
  const ship = await buildChain(api.db, { repository, slug: 'ship', name: 'Ship 100%' });
  const runs = [
    await buildRun(api.db, { of: ship, push: { tag: 'v1' } }),
    await buildRun(api.db, { repository, slug: 'other', push: { tag: 'edge', digest: `sha256:${'c0ffee'.repeat(11)}` } }),
  ].map(({ run }) => run.id);
  // Another repository's runs are none of these.
  await buildRun(api.db, { slug: 'ship', push: { tag: 'v1' } });
  for (const [index, created] of ['2026-01-01T10:00:00.000Z', '2026-01-02T10:00:00.000Z'].entries()) await api.db('runs').where({ id: pick(runs, index) }).update({ created });
  await api.db('deliveries').where({ run_id: pick(runs, 1) }).update({ name: 'Nightly tests' });
  const expected: readonly [query: string, indexes: number[]][] = [
    ['from=2026-01-02T10:00:00Z', [1]], ['to=2026-01-01T11:00:00%2B01:00', [0]], ['from=2026-01-01T10:00:00Z&to=2026-01-02T10:00:00Z', [1, 0]], ['from=2026-01-03T00:00:00Z', []],
    ['query=c0ffeec0', [1]], ['query=SHIP', [0]], ['query=100%25', [0]], ['query=nightly', [1]], ['query=%25', [0]], ['query=', [1, 0]], ['query=edge&to=2026-01-01T10:00:00Z', []],
  ];
  for (const [query, indexes] of expected) {
    t.deepEqual(listIds(await send('GET', `/runs/?${query}`)), indexes.map((index) => pick(runs, index)), query);
  }
  assertError(t, await send('GET', '/runs?from=yesterday'), { status: 400, code: 'invalid_input', fields: ['from'] });
});

test('the history of a chain is the list of its runs', async (t) => {
  const { api, repository, send } = await openScene(t);
  const { run, chain } = await buildRun(api.db, { repository });
  await buildRun(api.db, { repository });
  const history = await send('GET', `/webhook_pipeline/${chain.slug}/history/`);
  t.deepEqual(listIds(history), [run.id]);
  t.deepEqual((history.body as { results: unknown }).results, ((await send('GET', `/runs?chain=${chain.slug}`)).body as { results: unknown }).results);
  t.deepEqual(listIds(await send('GET', `/webhook_pipeline/${chain.slug}/history?state=success`)), []);
  assertError(t, await send('GET', '/webhook_pipeline/none/history'), { status: 404, code: 'not_found' });
});

test('a run of another repository is not found, shown, cancelled or redelivered here', async (t) => {
  const { api, send } = await openScene(t);
  const { run } = await buildRun(api.db);
  for (const [method, rest] of [['GET', ''], ['POST', '/cancel'], ['POST', '/redeliver']] as const) {
    assertError(t, await send(method, `/runs/${run.id}${rest}`), { status: 404, code: 'not_found' });
  }
});

test('an open run is cancelled once', async (t) => {
  const { api, repository, send } = await openScene(t);
  const { run, deliveries } = await buildRun(api.db, { repository, webhooks: 2 });
  await advanceToWaiting(api.db, pick(deliveries).id);
  const answer = await send('POST', `/runs/${run.id}/cancel/`);
  t.is(answer.status, 200, answer.text);
  t.is(toRun(answer).state, 'canceled');
  t.deepEqual(toRun(answer).deliveries.map(({ state }) => state), ['canceled', 'canceled']);
  assertError(t, await send('POST', `/runs/${run.id}/cancel/`), { status: 409, code: 'run_closed' });
});

test('a run that is over is not cancelled', async (t) => {
  const scene = await openScene(t);
  const { run } = await buildFailed(scene);
  assertError(t, await scene.send('POST', `/runs/${run.id}/cancel`), { status: 409, code: 'run_closed' });
  t.is(toRun(await scene.send('GET', `/runs/${run.id}`)).state, 'failure');
});

for (const body of [{}, { from: 'start' }]) {
  test(`a redelivery with ${JSON.stringify(body)} is a new run of the same push from the start`, async (t) => {
    const scene = await openScene(t);
    const { run, push } = await buildFailed(scene);
    const answer = await scene.send('POST', `/runs/${run.id}/redeliver/`, body);
    t.is(answer.status, 202, answer.text);
    t.like(toRun(answer), { state: 'queued', redelivery_of: run.id });
    t.is(toRun(answer).push.id, push.id);
    t.not(toRun(answer).id, run.id);
    t.deepEqual(toRun(answer).deliveries.map(({ state, carried_over_from }) => [state, carried_over_from]), Array.from({ length: 3 }, () => ['pending', null]));
  });
}

test('a redelivery from the failed webhook carries the successes over', async (t) => {
  const scene = await openScene(t);
  const { run, deliveries } = await buildFailed(scene);
  const fresh = toRun(await scene.send('POST', `/runs/${run.id}/redeliver`, { from: 'failed' }));
  t.deepEqual(fresh.deliveries.map(({ state, carried_over_from }) => [state, carried_over_from]), [
    ['success', pick(deliveries).id], ['pending', null], ['pending', null],
  ]);
  t.like(fresh.deliveries[0]?.callback, { state: 'success', description: 'says success' });
  t.deepEqual(fresh.deliveries[0]?.attempts, []);
  const shown = (await scene.send('GET', `/pushes/${fresh.push.id}`)).body as { runs: { redelivery_of: string | null }[] };
  t.deepEqual(shown.runs.map(({ redelivery_of }) => redelivery_of), [null, run.id]);
});

test('a redelivery calls the chain as it is now', async (t) => {
  const scene = await openScene(t);
  const { run, chain } = await buildFailed(scene);
  const [first, second] = chain.webhooks;
  if (!first || !second) throw new Error('three webhooks were built');
  const webhooks = [first, { ...second, hook_url: 'https://mended.example/' }].map(({ name, hook_url }) => ({ name, hook_url }));
  await scene.send('PATCH', `/webhook_pipeline/${chain.slug}`, { webhooks });
  const fresh = toRun(await scene.send('POST', `/runs/${run.id}/redeliver`, { from: 'failed' }));
  t.deepEqual(fresh.deliveries.map(({ hook_url }) => hook_url), [first.hook_url, 'https://mended.example/']);
});

test('a cancelled run may be redelivered from where it stood', async (t) => {
  const { api, repository, send } = await openScene(t);
  const { run, deliveries } = await buildRun(api.db, { repository, webhooks: 2 });
  await advanceToClosed(api.db, pick(deliveries).id);
  await send('POST', `/runs/${run.id}/cancel`);
  const fresh = toRun(await send('POST', `/runs/${run.id}/redeliver`, { from: 'failed' }));
  t.deepEqual(fresh.deliveries.map(({ state }) => state), ['success', 'pending']);
});

test('an open run is not redelivered', async (t) => {
  const { api, repository, send } = await openScene(t);
  const { run, deliveries } = await buildRun(api.db, { repository });
  assertError(t, await send('POST', `/runs/${run.id}/redeliver`), { status: 409, code: 'run_open' });
  await advanceToDelivering(api.db, pick(deliveries).id);
  assertError(t, await send('POST', `/runs/${run.id}/redeliver`, { from: 'failed' }), { status: 409, code: 'run_open' });
  t.is((await api.db('runs').select('id')).length, 1);
});

test('a run in which nothing failed is redelivered from the start alone', async (t) => {
  const { api, repository, send } = await openScene(t);
  const { run, deliveries } = await buildRun(api.db, { repository });
  await advanceToClosed(api.db, pick(deliveries).id);
  assertError(t, await send('POST', `/runs/${run.id}/redeliver`, { from: 'failed' }), { status: 409, code: 'nothing_to_redeliver' });
  t.is((await send('POST', `/runs/${run.id}/redeliver`, { from: 'start' })).status, 202);
});

test('a run whose chain was deleted, or became too short, is not redelivered from the failed webhook', async (t) => {
  const scene = await openScene(t);
  const { run, chain } = await buildFailed(scene);
  await updateChain(scene.api.db, chain.id, {}, { kept: chain.webhooks.slice(0, 1), added: [] });
  assertError(t, await scene.send('POST', `/runs/${run.id}/redeliver`, { from: 'failed' }), { status: 409, code: 'nothing_to_redeliver' });
  await deleteChain(scene.api.db, chain);
  for (const from of ['failed', 'start']) {
    assertError(t, await scene.send('POST', `/runs/${run.id}/redeliver`, { from }), { status: 409, code: 'nothing_to_redeliver' });
  }
});

test('a redelivery from elsewhere is named as a fault', async (t) => {
  const scene = await openScene(t);
  const { run } = await buildFailed(scene);
  assertError(t, await scene.send('POST', `/runs/${run.id}/redeliver`, { from: 'middle' }), { status: 400, code: 'invalid_input', fields: ['from'] });
  assertError(t, await scene.send('POST', `/runs/${run.id}/redeliver`, { form: 'start' }), { status: 400, code: 'invalid_input', fields: ['form'] });
});

test('a delivery that ended without a callback says why', async (t) => {
  const { api, repository, send } = await openScene(t);
  const { run, deliveries } = await buildRun(api.db, { repository, webhooks: 2 });
  const { id } = await advanceToWaiting(api.db, pick(deliveries).id);
  await closeDelivery(api.db, { id, state: 'error', reason: 'callback_timeout' });
  const shown = toRun(await send('GET', `/runs/${run.id}`));
  t.is(shown.state, 'error');
  t.deepEqual(shown.deliveries.map(({ state, reason, callback }) => [state, reason, callback]), [
    ['error', 'callback_timeout', null], ['skipped', 'chain_interrupted', null],
  ]);
});

test('pages link to each other by absolute URLs under the public URL and keep the filters', async (t) => {
  const { api, repository, send, path } = await openScene(t);
  for (let index = 0; index < 5; index += 1) await buildPush(api.db, { repository, chain: await buildChain(api.db, { repository }) });
  const first = (await send('GET', '/runs/?state=queued&page_size=2')).body as { next: string; previous: null; count: number };
  t.is(first.next, `${api.publicUrl}${path}/runs/?state=queued&page_size=2&page=2`);
  t.deepEqual([first.previous, first.count], [null, 5]);
  const last = (await send('GET', '/runs/?page=3&page_size=2')).body as { next: null; previous: string; results: object[] };
  t.deepEqual([last.next, last.results.length], [null, 1]);
  t.is(last.previous, `${api.publicUrl}${path}/runs/?page=2&page_size=2`);
  const beyond = (await send('GET', '/runs/?page=9&page_size=2')).body as { next: null; previous: string; results: object[] };
  t.deepEqual([beyond.next, beyond.results.length], [null, 0]);
  t.is(new URL(beyond.previous).searchParams.get('page'), '3');
});

test('a page_size of 1000 is served as 100', async (t) => {
  const { api, repository, send, token } = await openScene(t);
  const chain = await buildChain(api.db, { repository });
  for (let index = 0; index < 101; index += 1) await buildPush(api.db, { chain });
  const page = (await send('GET', '/pushes/?page_size=1000')).body as { results: object[]; count: number; next: string };
  t.deepEqual([page.results.length, page.count], [100, 101]);
  const next = new URL(page.next);
  const rest = (await api.request('GET', `${next.pathname}${next.search}`, { token })).body;
  t.is((rest as { results: object[] }).results.length, 1);
});

for (const query of ['page=0', 'page=-1', 'page=x', 'page=1.5', 'page=1000000000000000000', 'page=1e20', 'page=1e308', 'page_size=0', 'tag=%00', 'chain=%00', 'page=1&page=2', 'colour=red']) {
  test(`the query ${query} is refused and named`, async (t) => {
    const { send } = await openScene(t);
    const answer = await send('GET', `/runs?${query}`);
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: [query.split('=')[0] ?? ''] });
  });
}
