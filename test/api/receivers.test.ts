import test from 'ava';
import { findDelivery } from '../../db/deliveries.js';
import { assertError, buildPlace, callbackPath, fromPage, startApi, type TestApi } from '../helpers/api.js';
import { advanceToWaiting, buildRun, buildUser, must, pick } from '../helpers/builders.js';

const PATH = '/v2/receivers';

interface Shown {
  readonly id: string;
  readonly url: string;
  readonly name: string;
  readonly calls: readonly { readonly id: string; readonly headers: Record<string, string>; readonly body: string; readonly callback_state: string | null }[];
}

/** A user with a receiver, and a way to call it as the hub does. */
async function buildReceiver(api: TestApi, token: string) {
  const made = (await api.request('POST', PATH, { token, body: { name: 'mine' } })).body as Shown;
  const address = new URL(made.url).pathname;
  const call = (body: object | string, headers: Record<string, string> = {}) => api.request('POST', address, { body, headers });
  const show = async () => (await api.request('GET', `${PATH}/${made.id}`, { token })).body as Shown;
  const answer = async (id: string, body: object) => api.request('POST', `${PATH}/${made.id}/calls/${id}/callback`, { body, headers: fromPage(api, token) });
  return { made, call, show, answer };
}

test('a receiver shows what it got, and its owner’s answer closes the delivery as a callback from outside does', async (t) => {
  const api = await startApi(t);
  const { token, repository } = await buildPlace(api);
  const { made, call, show, answer } = await buildReceiver(api, token);
  t.regex(made.url, /^https:\/\/hub\.example\/receive\/[\w-]{43}$/);
  const chain = await api.request('POST', `/v2/repositories/${repository.namespace}/${repository.name}/webhook_pipeline`, { token, body: { name: 'first', webhooks: [{ name: 'r', hook_url: made.url }] } });
  t.is(chain.status, 201, 'its address may be saved, although nothing else of the hub may');
  const { deliveries } = await buildRun(api.db, { repository, webhooks: 2 });
  const { id } = await advanceToWaiting(api.db, pick(deliveries).id);
  const payload = { callback_url: `${api.publicUrl}${callbackPath(repository, id)}`, push_data: { tag: 'v1' } };
  const taken = await call(payload, { 'webhook-id': id, 'user-agent': 'Hookline', cookie: 'secret', 'x-forwarded-for': '1.2.3.4' });
  t.is(taken.status, 200);
  const [shown] = (await show()).calls;
  t.like(shown, { body: JSON.stringify(payload), callback_state: null });
  t.deepEqual(shown?.headers, { 'content-type': 'application/json', 'webhook-id': id, 'user-agent': 'Hookline' });
  const answered = await answer(shown?.id ?? '', { state: 'success', description: 'by hand' });
  t.is(answered.status, 200, answered.text);
  t.like(answered.body, { state: 'success', description: 'by hand' });
  t.is((await findDelivery(api.db, id))?.state, 'success');
  t.is((await show()).calls[0]?.callback_state, 'success');
  t.is((await answer(shown?.id ?? '', { state: 'success' })).status, 200, 'a repeated answer is one');
  assertError(t, await answer(shown?.id ?? '', { state: 'failure' }), { status: 409, code: 'callback_conflict' });
  assertError(t, await answer('rcl_none', { state: 'success' }), { status: 404, code: 'not_found' });
});

test('nobody else sees a receiver, and a page of another site answers nothing', async (t) => {
  const api = await startApi(t);
  const [alice, mallory] = [await api.login(await buildUser(api.db)), await api.login(await buildUser(api.db))];
  const { made, call, show } = await buildReceiver(api, alice);
  await call({});
  const { id } = pick((await show()).calls);
  for (const [method, path, body] of [['GET', '', undefined], ['DELETE', '', undefined], ['POST', `/calls/${id}/callback`, { state: 'success' }]] as const) {
    assertError(t, await api.request(method, `${PATH}/${made.id}${path}`, { token: mallory, ...(body ? { body } : {}) }), { status: 404, code: 'not_found' });
  }
  const { cookie = '' } = fromPage(api, alice);
  const foreign = await api.request('POST', `${PATH}/${made.id}/calls/${id}/callback`, { body: { state: 'success' }, headers: { cookie } });
  assertError(t, foreign, { status: 403, code: 'cross_site' });
});

for (const [what, callback_url] of [
  ['none', undefined], ['of another hub', 'https://evil.example/u/a/b/hook/x/'], ['that is none', 7], ['of another path', 'https://hub.example/v2/user'],
  ['with a token that is none', 'https://hub.example/u/a/b/hook/nonsense/'], ['that goes on', 'https://hub.example/u/a/b/hook/x/../../../v2'],
] as const) {
  test(`a call with a callback URL, ${what}, is shown and not answered`, async (t) => {
    const api = await startApi(t);
    const { call, show, answer } = await buildReceiver(api, await api.login(await buildUser(api.db)));
    t.is((await call({ callback_url })).status, 200);
    assertError(t, await answer(pick((await show()).calls).id, { state: 'success' }), { status: 404, code: 'not_found' });
    t.is((await show()).calls[0]?.callback_state, null);
  });
}

test('a webhook that requires signed callbacks takes none from a receiver', async (t) => {
  const api = await startApi(t);
  const { token, repository } = await buildPlace(api);
  const { call, show, answer } = await buildReceiver(api, token);
  const { deliveries } = await buildRun(api.db, { repository });
  const { id } = await advanceToWaiting(api.db, pick(deliveries).id);
  await api.db('deliveries').where({ id }).update({ require_signed_callback: true });
  await call({ callback_url: `${api.publicUrl}${callbackPath(repository, id)}` });
  assertError(t, await answer(pick((await show()).calls).id, { state: 'success' }), { status: 401, code: 'invalid_signature' });
});

test('a receiver keeps its last fifty calls, for a day, and takes 64 KiB at most', async (t) => {
  const api = await startApi(t);
  const { made, call, show } = await buildReceiver(api, await api.login(await buildUser(api.db)));
  for (let number = 1; number <= 53; number += 1) await call({ number });
  const { calls } = await show();
  t.deepEqual(calls.map(({ body }) => (JSON.parse(body) as { number: number }).number), Array.from({ length: 50 }, (_, index) => 53 - index));
  const oldest = must(calls.at(-1), 'the oldest');
  await api.db('receiver_calls').where({ id: oldest.id }).update({ received: new Date(Date.now() - 86_400_001).toISOString() });
  t.is((await show()).calls.length, 49);
  await call({});
  t.is((await api.db('receiver_calls').where({ receiver_id: made.id }).select('id')).length, 50);
  t.deepEqual(await api.db('receiver_calls').where({ id: oldest.id }).select('id'), []);
  assertError(t, await call({ text: 'x'.repeat(64 * 1024) }), { status: 413, code: 'body_too_large' });
  assertError(t, await call('{"a":'), { status: 400, code: 'malformed_json' });
});

test('a user has ten receivers at most; one that is closed answers 410, as one that never was', async (t) => {
  const api = await startApi(t);
  const token = await api.login(await buildUser(api.db));
  const { made, call } = await buildReceiver(api, token);
  const more = await Promise.all(Array.from({ length: 12 }, () => api.request('POST', PATH, { token, body: {} })));
  t.is(more.filter(({ status }) => status === 201).length, 9);
  const list = (await api.request('GET', PATH, { token })).body as { count: number; results: Shown[] };
  t.is(list.count, 10);
  t.like(list.results[0], { id: made.id, name: 'mine', url: made.url });
  t.is((await api.request('DELETE', `${PATH}/${made.id}`, { token })).status, 204);
  assertError(t, await call({}), { status: 410, code: 'receiver_gone' });
  assertError(t, await api.request('POST', '/receive/x', { body: {} }), { status: 410, code: 'receiver_gone' });
});
