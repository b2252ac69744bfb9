import { randomBytes } from 'node:crypto';
import test, { type ExecutionContext } from 'ava';
import { Webhook } from 'standardwebhooks';
import { createKeyring } from '../../keys.js';
import { beginAttempt, finishAttempt } from '../../db/attempts.js';
import { closeDelivery, findCallback, findDelivery } from '../../db/deliveries.js';
import { cancelRuns, findRunById } from '../../db/runs.js';
import { findSecrets, replaceSecret } from '../../db/webhooks.js';
import { generateSecret } from '../../signature.js';
import { assertError, callbackPath, startApi, type Answer, type RequestOptions, type TestApi } from '../helpers/api.js';
import { countQueries } from '../helpers/database.js';
import {
  advanceToDelivering, advanceToWaiting, ANSWERED, buildRun, dueIn, must, pick, TEST_KEYRING, type BuiltRun, type RunOptions,
} from '../helpers/builders.js';

interface Scene extends BuiltRun {
  readonly api: TestApi;
  /** The first delivery, whose callback is awaited. */
  readonly id: string;
  readonly path: string;
  /** Sends a callback for the first delivery. */
  post(body: RequestOptions['body'], headers?: Record<string, string>): Promise<Answer>;
}

/** A chain of two that waits for the callback of its first webhook. */
async function openScene(t: ExecutionContext, options: RunOptions = { webhooks: 2 }): Promise<Scene> {
  const api = await startApi(t);
  const built = await buildRun(api.db, options);
  const { id } = await advanceToWaiting(api.db, pick(built.deliveries).id);
  const path = callbackPath(built.repository, id);
  return { ...built, api, id, path, post: (body = {}, headers = {}) => api.request('POST', path, { body, headers }) };
}

test('a callback is answered with what was recorded, although Temporal is away', async (t) => {
  const { api, id, run, post } = await openScene(t);
  const body = { state: 'success', description: 'all green', context: 'ci', target_url: 'https://ci.example/7' };
  const answer = await post(body);
  t.is(answer.status, 200, answer.text);
  const { received, ...rest } = answer.body as Record<string, string>;
  t.deepEqual(rest, body);
  t.regex(received ?? '', /^\d{4}-.*Z$/);
  t.like(await findCallback(api.db, id), body);
  t.like(await findRunById(api.db, run.id), { state: 'running', notify: 'signal' });
});

for (const state of ['success', 'failure', 'error'] as const) {
  test(`${state} moves the chain as it should`, async (t) => {
    const { api, id, run, post } = await openScene(t);
    t.is((await post({ state })).status, 200);
    t.is((await findDelivery(api.db, id))?.state, state);
    t.is((await findRunById(api.db, run.id))?.state, state === 'success' ? 'running' : state);
  });
}

test('the same state again is answered with the first record', async (t) => {
  const { post } = await openScene(t);
  const first = await post({ state: 'success', description: 'first' });
  const again = await post({ state: 'success', description: 'second' });
  t.deepEqual([again.status, again.text], [200, first.text]);
});

test('another state is a conflict that shows the one recorded', async (t) => {
  const { api, id, post } = await openScene(t);
  const first = await post({ state: 'failure', description: 'red' });
  const answer = await post({ state: 'success' });
  assertError(t, answer, { status: 409, code: 'callback_conflict' });
  t.deepEqual((answer.body as { recorded: unknown }).recorded, first.body);
  t.is((await findDelivery(api.db, id))?.state, 'failure');
});

test('a callback to a closed delivery writes nothing', async (t) => {
  const { api, post } = await openScene(t);
  await post({ state: 'success' });
  const writes: string[] = [];
  api.db.on('query', ({ sql }: { sql: string }) => {
    if (/^(insert|update|delete|begin)/i.test(sql)) writes.push(sql);
  });
  t.is((await post({ state: 'success' })).status, 200);
  t.is((await post({ state: 'failure' })).status, 409);
  t.deepEqual(writes, []);
});

test('a guessed token is refused without a question to the database', async (t) => {
  const { api, path, id } = await openScene(t);
  const token = TEST_KEYRING.mintCallbackToken(id);
  const guesses = Array.from({ length: 200 }, () => `test.${id}.${randomBytes(32).toString('base64url')}`);
  const queries = await countQueries(api.db, async () => {
    for (const guess of guesses) t.is((await api.request('POST', path.replace(token, guess), { body: { state: 'success' } })).status, 404);
    // Nor is a password hashed for whoever sends one along.
    const authorization = `Basic ${Buffer.from('admin:wrong').toString('base64')}`;
    t.is((await api.request('POST', path.replace(token, guesses[0] ?? ''), { body: { state: 'success' }, headers: { authorization } })).status, 404);
  });
  t.is(queries, 0);
  t.is((await findDelivery(api.db, id))?.state, 'waiting');
});

test('of twenty callbacks at once one state is recorded and every answer agrees with it', async (t) => {
  const { api, id, post } = await openScene(t);
  const states = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? 'success' : 'failure'));
  const answers = await Promise.all(states.map((state) => post({ state })));
  const recorded = (await findCallback(api.db, id))?.state;
  t.deepEqual(answers.map(({ status }) => status), states.map((state) => (state === recorded ? 200 : 409)));
});

test('after a cancellation or a timeout a callback is too late', async (t) => {
  const { api, run, id, post } = await openScene(t);
  await cancelRuns(api.db, { id: run.id });
  assertError(t, await post({ state: 'success' }), { status: 410, code: 'callback_closed' });
  t.is(await findCallback(api.db, id), undefined);
  const late = await openScene(t);
  await closeDelivery(late.api.db, { id: late.id, state: 'error', reason: 'callback_timeout' });
  const answer = await late.post({ state: 'success' });
  assertError(t, answer, { status: 410, code: 'callback_closed' });
  t.true(answer.text.includes('callback_timeout'));
});

test('a delivery that was complete on 2xx takes no callback', async (t) => {
  const api = await startApi(t);
  const { repository, deliveries } = await buildRun(api.db);
  const { id } = await advanceToDelivering(api.db, pick(deliveries).id);
  await finishAttempt(api.db, { deliveryId: id, number: 1, result: ANSWERED, after: { kind: 'close', state: 'success', reason: null } });
  assertError(t, await api.request('POST', callbackPath(repository, id), { body: { state: 'success' } }), { status: 410, code: 'callback_closed' });
});

test('a callback that comes before the webhook\'s own answer counts', async (t) => {
  const api = await startApi(t);
  const { repository, run, deliveries } = await buildRun(api.db, { webhooks: 2 });
  const { id } = pick(deliveries);
  await beginAttempt(api.db, id);
  t.is((await api.request('POST', callbackPath(repository, id), { body: { state: 'success' } })).status, 200);
  const after = { kind: 'wait', callbackDue: dueIn(1000) } as const;
  t.is((await finishAttempt(api.db, { deliveryId: id, number: 1, result: ANSWERED, after }))?.state, 'success');
  t.is((await findRunById(api.db, run.id))?.state, 'running');
});

test('the token of one delivery says nothing of another, and one never sent has none yet', async (t) => {
  const { api, repository, deliveries, id, post } = await openScene(t);
  const next = pick(deliveries, 1).id;
  assertError(t, await api.request('POST', callbackPath(repository, next), { body: { state: 'success' } }), { status: 404, code: 'not_found' });
  t.is((await post({ state: 'success' })).status, 200);
  t.is((await findDelivery(api.db, next))?.state, 'pending');
  const swapped = callbackPath(repository, id).replace(id, next);
  await advanceToWaiting(api.db, next);
  assertError(t, await api.request('POST', swapped, { body: { state: 'success' } }), { status: 404, code: 'not_found' });
  t.is((await findDelivery(api.db, next))?.state, 'waiting');
});

test('unknown, forged and damaged tokens are not found', async (t) => {
  const { api, id, path } = await openScene(t);
  const token = TEST_KEYRING.mintCallbackToken(id);
  const forged = createKeyring([{ kid: 'test', key: Buffer.alloc(32, 1) }]).mintCallbackToken(id);
  const tokens = [
    'x', id, 'a.b.c', '..', forged, token.slice(0, -1), `${token}x`, `${token}.`, token.replace('test.', 'other.'),
    TEST_KEYRING.mintCallbackToken('dlv_none'), token.toUpperCase(), `test.${id}.`, '%00', '%FF', 'x'.repeat(5000),
  ];
  for (const forgery of tokens) {
    const answer = await api.request('POST', path.replace(token, forgery), { body: { state: 'success' } });
    assertError(t, answer, { status: 404, code: 'not_found' });
  }
  t.is((await findDelivery(api.db, id))?.state, 'waiting');
});

const FAULTS: readonly [what: string, body: Record<string, unknown>, field: string][] = [
  ['no state', {}, 'state'],
  ['an unknown state', { state: 'done' }, 'state'],
  ['null as a state', { state: null }, 'state'],
  ['a list as a state', { state: ['success'] }, 'state'],
  ['a number as a description', { state: 'success', description: 1 }, 'description'],
  ['a description of 256 code points', { state: 'success', description: '🐳'.repeat(256) }, 'description'],
  ['a context of 101 code points', { state: 'success', context: '🐳'.repeat(101) }, 'context'],
  ['a script as a target', { state: 'success', target_url: 'javascript:alert(1)' }, 'target_url'],
  ['a data URL as a target', { state: 'success', target_url: 'data:text/html,x' }, 'target_url'],
  ['a path as a target', { state: 'success', target_url: '/x' }, 'target_url'],
  ['a target with a leading blank', { state: 'success', target_url: ' javascript:alert(1)' }, 'target_url'],
  ['an http target with a leading blank', { state: 'success', target_url: ' https://ci.example/' }, 'target_url'],
  ['a target with a tab in it', { state: 'success', target_url: 'https://ci.ex\tample/' }, 'target_url'],
  ['NUL in a description', { state: 'success', description: 'a\0b' }, 'description'],
  ['half a surrogate pair', { state: 'success', context: 'a\ud83d' }, 'context'],
];
for (const [what, body, field] of FAULTS) {
  test(`${what} is refused, named, and leaves the delivery waiting`, async (t) => {
    const { api, id, post } = await openScene(t);
    assertError(t, await post(body), { status: 400, code: 'invalid_input', fields: [field] });
    t.is((await findDelivery(api.db, id))?.state, 'waiting');
  });
}

test('255 and 100 code points are taken whole, emoji included', async (t) => {
  const { post } = await openScene(t);
  const body = { description: '🐳'.repeat(255), context: '🐳'.repeat(100), target_url: 'http://ci.example/' };
  t.like((await post({ state: 'success', ...body })).body, body);
});

test('unknown fields are ignored and null means left out', async (t) => {
  const { post } = await openScene(t);
  const answer = await post({ state: 'success', description: null, colour: 'red', id: 'x', received: 'never', nested: { a: [1] } });
  t.is(answer.status, 200, answer.text);
  t.like(answer.body, { state: 'success', description: null, context: null, target_url: null });
  t.false(answer.text.includes('red'));
  t.false(answer.text.includes('never'));
});

test('a body over 16 KiB is refused, one of 16 KiB is not', async (t) => {
  const { api, id, post } = await openScene(t);
  const pad = (length: number) => `{"state":"success","x":"${'x'.repeat(length - 26)}"}`;
  assertError(t, await post(pad(16 * 1024 + 1)), { status: 413, code: 'body_too_large' });
  t.is((await findDelivery(api.db, id))?.state, 'waiting');
  t.is((await post(pad(16 * 1024))).status, 200);
});

for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', 'multipart/form-data; boundary=x']) {
  test(`${type} is not JSON`, async (t) => {
    const { post } = await openScene(t);
    assertError(t, await post('{"state":"success"}', { 'content-type': type }), { status: 415, code: 'unsupported_media_type' });
  });
}

test('JSON with a charset in any case is JSON, and the path is taken without its last slash', async (t) => {
  const { api, path } = await openScene(t);
  const headers = { 'content-type': 'Application/JSON; charset=UTF-8' };
  t.is((await api.request('POST', path.slice(0, -1), { body: { state: 'success' }, headers })).status, 200);
});

test('a callback of a deleted repository is not found', async (t) => {
  const { api, repository, post } = await openScene(t);
  await api.db('repositories').where({ id: repository.id }).delete();
  assertError(t, await post({ state: 'success' }), { status: 404, code: 'not_found' });
});

const SIGNED: RunOptions = { webhooks: [{ require_signed_callback: true }, {}] };
const BODY = '{"state": "success",  "description": "signed ✓"}';

/** The secrets of the first webhook, newest first. */
async function openSecretsOf({ api, chain }: Scene): Promise<string[]> {
  const { id, secret, previous_secret } = must(await findSecrets(api.db, pick(chain.webhooks).id), 'secrets');
  return [secret, ...(previous_secret === null ? [] : [previous_secret])].map((sealed) => TEST_KEYRING.open(sealed, id));
}

/** Headers as a receiver makes them with the reference library. */
function sign(secret: string, id: string, { body = BODY, at = new Date() }: { body?: string; at?: Date } = {}): Record<string, string> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
}

test('a webhook that demands it takes a callback signed with its secret', async (t) => {
  const scene = await openScene(t, SIGNED);
  const [secret = ''] = await openSecretsOf(scene);
  const answer = await scene.post(BODY, sign(secret, scene.id));
  t.is(answer.status, 200, answer.text);
});

test('a callback that is not signed as demanded is refused and changes nothing', async (t) => {
  const scene = await openScene(t, SIGNED);
  const { api, id, post } = scene;
  const [secret = ''] = await openSecretsOf(scene);
  const good = sign(secret, id);
  const refused: readonly [what: string, headers: Record<string, string>][] = [
    ['none', {}],
    ['no timestamp', { ...good, 'webhook-timestamp': '' }],
    ['another secret', sign(generateSecret(), id)],
    ['another body', sign(secret, id, { body: '{"state":"failure"}' })],
    ['six minutes old', sign(secret, id, { at: new Date(Date.now() - 360_000) })],
    ['six minutes ahead', sign(secret, id, { at: new Date(Date.now() + 360_000) })],
    ['another id', sign(secret, 'msg_1')],
    ['its id replaced', { ...sign(secret, 'msg_1'), 'webhook-id': id }],
    ['its timestamp replaced', { ...good, 'webhook-timestamp': String(Math.floor(Date.now() / 1000) - 5) }],
    ['another version', { ...good, 'webhook-signature': (good['webhook-signature'] ?? '').replace('v1,', 'v1a,') }],
  ];
  for (const [what, headers] of refused) {
    const answer = await post(BODY, headers);
    t.deepEqual([answer.status, (answer.body as { code: string }).code], [401, 'invalid_signature'], what);
  }
  t.is((await findDelivery(api.db, id))?.state, 'waiting');
});

test('during a rotation either secret signs, and the old one no longer after its end', async (t) => {
  for (const index of [0, 1]) {
    const scene = await openScene(t, SIGNED);
    const { id } = pick(scene.chain.webhooks);
    await replaceSecret(scene.api.db, id, { secret: TEST_KEYRING.seal(generateSecret(), id), previousExpires: dueIn(60_000), by: null });
    const secrets = await openSecretsOf(scene);
    const both = `${sign(generateSecret(), scene.id)['webhook-signature'] ?? ''} ${sign(secrets[index] ?? '', scene.id)['webhook-signature'] ?? ''}`;
    t.is((await scene.post(BODY, { ...sign(secrets[index] ?? '', scene.id), 'webhook-signature': both })).status, 200, `secret ${index}`);
  }
  const over = await openScene(t, SIGNED);
  const { id } = pick(over.chain.webhooks);
  await replaceSecret(over.api.db, id, { secret: TEST_KEYRING.seal(generateSecret(), id), previousExpires: dueIn(-1), by: null });
  const [, old = ''] = await openSecretsOf(over);
  t.is((await over.post(BODY, sign(old, over.id))).status, 401);
});

test('a webhook that does not demand it ignores signatures', async (t) => {
  const { post, id } = await openScene(t);
  t.is((await post(BODY, sign(generateSecret(), id))).status, 200);
});
