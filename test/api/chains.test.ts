import test, { type ExecutionContext } from 'ava';
import type { Static } from '@sinclair/typebox';
import type { Chain, RotatedSecret } from '../../api/schemas/chains.js';
import { findSecrets } from '../../db/webhooks.js';
import { openSecrets } from '../../keys.js';
import { assertError, buildPlace, describeHook, startApi, type Answer, type Place, type TestApi } from '../helpers/api.js';
import { advanceToWaiting, buildChain, buildRun, must, pick, TEST_KEYRING } from '../helpers/builders.js';

type ChainBody = Static<typeof Chain>;

const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;

interface Scene extends Place {
  readonly api: TestApi;
  /** Sends to `…/webhook_pipeline` and below. */
  send(method: string, rest: string, body?: object): Promise<Answer>;
  create(webhooks: readonly object[], options?: object): Promise<ChainBody>;
}

async function openScene(t: ExecutionContext): Promise<Scene> {
  const api = await startApi(t);
  const place = await buildPlace(api);
  const send: Scene['send'] = (method, rest, body) =>
    api.request(method, `${place.path}/webhook_pipeline${rest}`, { token: place.token, ...(body ? { body } : {}) });
  return {
    ...place,
    api,
    send,
    async create(webhooks, options = {}) {
      const answer = await send('POST', '/', { name: 'Deploy it', webhooks, ...options });
      t.is(answer.status, 201, answer.text);
      return answer.body as ChainBody;
    },
  };
}

const toChain = ({ body }: Answer) => body as ChainBody;

test('a chain is created with a slug, positions and a secret per webhook', async (t) => {
  const { create } = await openScene(t);
  const chain = await create([
    describeHook({ name: 'build' }),
    describeHook({ expect_callback: false, callback_timeout: '90m', require_signed_callback: true, secret: SECRET }),
  ]);
  t.like(chain, { name: 'Deploy it', slug: 'deploy-it', active: true, expect_final_callback: true });
  t.like(pick(chain.webhooks), { position: 1, name: 'build', expect_callback: null, callback_timeout: null, require_signed_callback: false });
  t.like(pick(chain.webhooks, 1), { position: 2, expect_callback: false, callback_timeout: '90m', require_signed_callback: true, secret: SECRET });
  t.regex(pick(chain.webhooks).secret ?? '', /^whsec_[A-Za-z0-9+/]{43}=$/);
});

test('a secret is shown in the answer that made it and never again', async (t) => {
  const { create, send, api } = await openScene(t);
  const chain = await create([describeHook(), describeHook({ secret: SECRET })]);
  const later = [
    await send('GET', '/'), await send('GET', `/${chain.slug}/`), await send('PATCH', `/${chain.slug}/`, { active: false }),
    await send('PATCH', `/${chain.slug}/`, { webhooks: chain.webhooks.map(({ name, hook_url }) => ({ name, hook_url })) }),
  ];
  t.deepEqual(later.map(({ status }) => status), [200, 200, 200, 200]);
  t.false(later.some(({ text }) => text.includes('whsec_') || text.includes('secret":"')));
  const rows = await api.db<{ secret: string }>('webhooks').select('secret');
  t.false(rows.some(({ secret }) => secret.includes('whsec_')), 'sealed at rest');
});

test('expect_final_callback is true from two webhooks on unless somebody says otherwise', async (t) => {
  const { create } = await openScene(t);
  const expectations = [
    await create([describeHook()], { name: 'one' }),
    await create([describeHook(), describeHook()], { name: 'two' }),
    await create([describeHook(), describeHook()], { name: 'two, no', expect_final_callback: false }),
    await create([describeHook()], { name: 'one, yes', expect_final_callback: true }),
    await create([describeHook(), describeHook()], { name: 'two, null', expect_final_callback: null }),
  ];
  t.deepEqual(expectations.map(({ expect_final_callback }) => expect_final_callback), [false, true, false, true, true]);
});

test('a slug stands once in a repository', async (t) => {
  const { create, send } = await openScene(t);
  await create([describeHook()]);
  assertError(t, await send('POST', '', { name: ' DEPLOY — it! ', webhooks: [describeHook()] }), { status: 409, code: 'name_taken' });
  assertError(t, await send('POST', '', { name: '—!', webhooks: [describeHook()] }), { status: 400, code: 'invalid_input', fields: ['name'] });
});

test('a name in another script makes a slug that leads back to its chain', async (t) => {
  const { create, send } = await openScene(t);
  const { slug } = await create([describeHook()], { name: 'Развёртывание 部署' });
  t.is((await send('GET', `/${encodeURIComponent(slug)}/`)).status, 200);
});

test('the 51st chain of a repository is refused', async (t) => {
  const { api, repository, send } = await openScene(t);
  for (let index = 0; index < 50; index += 1) await buildChain(api.db, { repository });
  assertError(t, await send('POST', '', { name: 'one more', webhooks: [describeHook()] }), { status: 409, code: 'limit_reached' });
});

test('a chain has 1 to 50 webhooks', async (t) => {
  const { create, send } = await openScene(t);
  const hooks = (count: number) => Array.from({ length: count }, () => describeHook());
  t.is((await create(hooks(50))).webhooks.length, 50);
  for (const count of [0, 51]) {
    const answer = await send('POST', '', { name: 'x', webhooks: hooks(count) });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: ['webhooks'] });
  }
});

const FAULTS: readonly [what: string, hook: Record<string, unknown>, field: string][] = [
  ['a private address', { hook_url: 'http://10.0.0.1/' }, 'hook_url'],
  ['loopback', { hook_url: 'http://127.0.0.1:7080/' }, 'hook_url'],
  ['a name that leads inside', { hook_url: 'http://ci.internal/' }, 'hook_url'],
  ['a URL with credentials', { hook_url: 'https://user:password@ci.example/' }, 'hook_url'],
  ['another protocol', { hook_url: 'ftp://ci.example/' }, 'hook_url'],
  ['no URL', { hook_url: 'ci.example' }, 'hook_url'],
  ['a timeout without a unit', { callback_timeout: '60' }, 'callback_timeout'],
  ['a timeout under a second', { callback_timeout: '999ms' }, 'callback_timeout'],
  ['a timeout over thirty days', { callback_timeout: '31d' }, 'callback_timeout'],
  ['a short secret', { secret: 'whsec_c2hvcnQ=' }, 'secret'],
  ['a secret of 23 bytes', { secret: `whsec_${Buffer.alloc(23, 1).toString('base64')}` }, 'secret'],
  ['a secret of 65 bytes', { secret: `whsec_${Buffer.alloc(65, 1).toString('base64')}` }, 'secret'],
  ['a number as a flag', { expect_callback: 1 }, 'expect_callback'],
  ['a misspelt field', { hook_ur: 'x' }, 'hook_ur'],
  ['an empty name', { name: '' }, 'name'],
  ['an id that is not in the chain', { id: 'whk_none' }, 'id'],
];
for (const [what, hook, field] of FAULTS) {
  test(`${what} is refused, named with its webhook, and nothing is written`, async (t) => {
    const { send } = await openScene(t);
    const answer = await send('POST', '', { name: 'x', webhooks: [describeHook(), describeHook(hook)] });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: [`webhooks[1].${field}`] });
    t.like((await send('GET', '')).body, { count: 0 });
  });
}

test('faults of several webhooks are named at once', async (t) => {
  const { send } = await openScene(t);
  const webhooks = [describeHook({ hook_url: 'http://[::1]/' }), describeHook(), describeHook({ callback_timeout: '0s' })];
  const answer = await send('POST', '', { name: 'x', webhooks });
  assertError(t, answer, { status: 400, code: 'invalid_input', fields: ['webhooks[0].hook_url', 'webhooks[2].callback_timeout'] });
});

test('a webhook kept by id, or by name and URL, keeps id and secret', async (t) => {
  const { api, create, send } = await openScene(t);
  const chain = await create([describeHook(), describeHook(), describeHook()]);
  const [a, b, c] = chain.webhooks;
  if (!a || !b || !c) throw new Error('three webhooks were made');
  const before = await findSecrets(api.db, c.id);
  const webhooks = [{ id: c.id, name: 'renamed', hook_url: c.hook_url, callback_timeout: '5m' }, { name: a.name, hook_url: a.hook_url }];
  const answer = await send('PATCH', `/${chain.slug}`, { webhooks });
  t.deepEqual(toChain(answer).webhooks.map(({ id, position, name }) => [id, position, name]), [[c.id, 1, 'renamed'], [a.id, 2, a.name]]);
  t.deepEqual(toChain(answer).webhooks.map(({ secret }) => secret), [undefined, undefined]);
  t.deepEqual(await findSecrets(api.db, c.id), before);
  t.is(pick(toChain(answer).webhooks).callback_timeout, '5m');
});

test('another URL is another webhook with a new secret, shown once', async (t) => {
  const { create, send } = await openScene(t);
  const chain = await create([describeHook()]);
  const [old] = chain.webhooks;
  const webhooks = [{ id: old?.id, name: old?.name, hook_url: 'https://other.example/' }];
  const [changed] = toChain(await send('PATCH', `/${chain.slug}`, { webhooks })).webhooks;
  t.not(changed?.id, old?.id);
  t.regex(changed?.secret ?? '', /^whsec_/);
  t.not(changed?.secret, old?.secret);
  t.is(pick(toChain(await send('GET', `/${chain.slug}`)).webhooks).secret, undefined);
});

test('a webhook of another chain cannot be taken over by its id', async (t) => {
  const { create, send } = await openScene(t);
  const [one, other] = [await create([describeHook()], { name: 'one' }), await create([describeHook()], { name: 'other' })];
  const [foreign] = other.webhooks;
  const answer = await send('PATCH', `/${one.slug}`, { webhooks: [{ id: foreign?.id, name: foreign?.name, hook_url: foreign?.hook_url }] });
  assertError(t, answer, { status: 400, code: 'invalid_input', fields: ['webhooks[0].id'] });
});

test('a PATCH without webhooks leaves them, and the slug stays whatever the name', async (t) => {
  const { create, send } = await openScene(t);
  const chain = await create([describeHook()]);
  const changed = toChain(await send('PATCH', `/${chain.slug}/`, { name: 'Other', active: false, expect_final_callback: true }));
  t.like(changed, { name: 'Other', slug: 'deploy-it', active: false, expect_final_callback: true });
  t.is(pick(changed.webhooks).id, pick(chain.webhooks).id);
  assertError(t, await send('PATCH', `/${chain.slug}`, { slug: 'x' }), { status: 400, code: 'invalid_input', fields: ['slug'] });
});

test('a deleted chain is gone, its open runs are cancelled and stay in the history', async (t) => {
  const { api, send, repository, path, token } = await openScene(t);
  const { chain, run } = await buildRun(api.db, { repository });
  const deleted = await send('DELETE', `/${chain.slug}/`);
  t.deepEqual([deleted.status, deleted.text], [204, '']);
  assertError(t, await send('GET', `/${chain.slug}`), { status: 404, code: 'not_found' });
  t.like((await api.request('GET', `${path}/runs/${run.id}`, { token })).body, { state: 'canceled' });
});

test('a rotated secret is shown once, and the one before stays valid for 24 hours', async (t) => {
  const { api, create, path, token } = await openScene(t);
  const chain = await create([describeHook()]);
  const { id, secret: first } = pick(chain.webhooks);
  const before = Date.now();
  const answer = await api.request('POST', `${path}/webhooks/${id}/rotate_secret/`, { token });
  const { secret: second, previous_secret_expires } = answer.body as Static<typeof RotatedSecret>;
  t.is(answer.status, 200);
  t.not(second, first);
  const hours = (Date.parse(previous_secret_expires) - before) / 3_600_000;
  t.true(hours >= 24 && hours < 24.1, String(hours));
  const sealed = must(await findSecrets(api.db, id), 'secrets');
  t.deepEqual(openSecrets(TEST_KEYRING, sealed), [second, first ?? '']);
  t.deepEqual(openSecrets(TEST_KEYRING, { ...sealed, previous_secret_expires: new Date(Date.now() - 1).toISOString() }), [second]);
});

test('a webhook of another repository cannot be rotated', async (t) => {
  const { api, path, token } = await openScene(t);
  const { id } = pick((await buildChain(api.db)).webhooks);
  assertError(t, await api.request('POST', `${path}/webhooks/${id}/rotate_secret`, { token }), { status: 404, code: 'not_found' });
});

test('an edited chain does not bend a run that is under way', async (t) => {
  const { api, repository, send, path, token } = await openScene(t);
  const { chain, run, deliveries } = await buildRun(api.db, { repository, expect_final_callback: true });
  await advanceToWaiting(api.db, pick(deliveries).id);
  await send('PATCH', `/${chain.slug}`, { name: 'After', webhooks: [describeHook(), describeHook()] });
  const shown = (await api.request('GET', `${path}/runs/${run.id}`, { token })).body;
  t.like(shown, { state: 'running', chain: { name: chain.name, slug: chain.slug } });
  t.is((shown as { deliveries: object[] }).deliveries.length, 1);
});
