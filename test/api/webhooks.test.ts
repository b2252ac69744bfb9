import test, { type ExecutionContext } from 'ava';
import type { Static } from '@sinclair/typebox';
import type { Chain } from '../../api/schemas/chains.js';
import type { Hook, OlderWebhook } from '../../api/schemas/webhooks.js';
import { toNumber } from '../../db/ids.js';
import { findSecrets } from '../../db/webhooks.js';
import { openSecrets } from '../../keys.js';
import { assertError, buildPlace, describeHook, startApi, type Answer } from '../helpers/api.js';
import { buildChain, buildRun, buildUser, must, pick, TEST_KEYRING } from '../helpers/builders.js';

type WebhookBody = Static<typeof OlderWebhook>;
type HookBody = Static<typeof Hook>;

async function openScene(t: ExecutionContext) {
  const api = await startApi(t);
  const place = await buildPlace(api);
  const send = (method: string, rest: string, body?: object, token = place.token): Promise<Answer> =>
    api.request(method, `${place.path}${rest}`, { headers: { authorization: `JWT ${token}` }, ...(body ? { body } : {}) });
  return {
    ...place,
    api,
    send,
    async create(name: string, hooks: readonly string[] = []): Promise<WebhookBody> {
      const webhook = (await send('POST', '/webhooks/', { name })).body as WebhookBody;
      for (const hook_url of hooks) t.is((await send('POST', `/webhooks/${webhook.id}/hooks/`, { hook_url })).status, 201);
      return webhook;
    },
    list: async (rest = '/webhooks/') => (await send('GET', rest)).body as { count: number; results: WebhookBody[] },
  };
}

const runsOf = ({ body }: Answer) => (body as { runs: { chain: string }[] }).runs;

test('what the package docker-hub-api does with webhooks: create, add a URL, list at its own address, delete', async (t) => {
  const { send, owner } = await openScene(t);
  const created = await send('POST', '/webhooks/', { name: 'Test' });
  const webhook = created.body as WebhookBody;
  t.is(created.status, 201);
  t.like(webhook, { name: 'Test', slug: 'test', active: true, expect_final_callback: false, creator: owner.username, last_updater: owner.username, hooks: [] });
  t.true(Number.isSafeInteger(webhook.id));
  const added = await send('POST', `/webhooks/${webhook.id}/hooks/`, { hook_url: 'https://www.example.com' });
  const { secret, ...hook } = added.body as HookBody;
  t.is(added.status, 201);
  t.like(hook, { creator: owner.username, last_updater: owner.username, hook_url: 'https://www.example.com', active: true });
  t.true(Number.isSafeInteger(hook.id));
  t.regex(secret ?? '', /^whsec_/);
  const listed = await send('GET', '/repositories/webhooks?page_size=100&page=1');
  const { results, ...page } = listed.body as { results: WebhookBody[] };
  t.deepEqual(page, { count: 1, next: null, previous: null } as object);
  t.deepEqual(results.map(({ hooks, id }) => ({ hooks, id })), [{ hooks: [hook], id: webhook.id }]);
  t.deepEqual((await send('GET', '/webhooks/')).body, listed.body);
  t.is((await send('DELETE', `/webhooks/${webhook.id}/`)).status, 204);
  t.like((await send('GET', '/webhooks/')).body, { count: 0 });
});

test('a chain without webhooks starts no run, also beside others, and runs once it has one', async (t) => {
  const { api, repository, send, create } = await openScene(t);
  const webhook = await create('later');
  const other = await buildChain(api.db, { repository });
  t.deepEqual(runsOf(await send('POST', '/pushes', {})).map(({ chain }) => chain), [other.slug]);
  assertError(t, await send('POST', '/webhook_pipeline/later/test'), { status: 409, code: 'chain_empty' });
  await send('POST', `/webhooks/${webhook.id}/hooks`, { hook_url: 'https://ci.example/hook' });
  t.deepEqual(runsOf(await send('POST', '/pushes', {})).map(({ chain }) => chain).sort(), [other.slug, 'later'].sort());
  t.is((await send('POST', '/webhook_pipeline/later/test')).status, 202);
});

test('hooks are the chain’s webhooks, in the order in which they were added', async (t) => {
  const { send, create, list } = await openScene(t);
  const urls = ['https://a.example/1', 'https://b.example:8443/2', 'https://a.example/1'];
  const { id } = await create('three', urls);
  const chain = (await send('GET', '/webhook_pipeline/three/')).body as Static<typeof Chain>;
  t.deepEqual(chain.webhooks.map(({ position, name, hook_url }) => [position, name, hook_url]), [
    [1, 'a.example', urls[0]], [2, 'b.example:8443', urls[1]], [3, 'a.example', urls[2]],
  ]);
  const [webhook] = (await list()).results;
  t.deepEqual(webhook?.hooks.map((hook) => hook.id), chain.webhooks.map((row) => toNumber(row.id)));
  t.like(webhook, { id, expect_final_callback: true, last_updated: chain.last_updated });
});

test('the secret of a hook is the one that its answer shows, this once', async (t) => {
  const { api, send, create } = await openScene(t);
  const { id } = await create('ship');
  const { secret } = (await send('POST', `/webhooks/${id}/hooks`, { hook_url: 'https://ci.example/' })).body as HookBody;
  const [row] = await api.db<{ id: string }>('webhooks').select('id');
  t.deepEqual(openSecrets(TEST_KEYRING, must(await findSecrets(api.db, row?.id ?? ''), 'secrets')), [secret ?? '']);
  t.false((await send('GET', '/webhooks')).text.includes('whsec_'));
});

test('a chain made in the newer shape has its number in the older one, and who changed it last', async (t) => {
  const { api, send, list, owner } = await openScene(t);
  const webhooks = [describeHook(), describeHook()];
  await send('POST', '/webhook_pipeline', { name: 'new', webhooks });
  const [before] = (await list()).results;
  t.like(before, { name: 'new', slug: 'new', creator: owner.username, last_updater: owner.username });
  const admin = await buildUser(api.db, { is_admin: true });
  const plan = { webhooks: [pick(webhooks), describeHook()] };
  await send('PATCH', '/webhook_pipeline/new', plan, await api.login(admin));
  const [after] = (await list()).results;
  t.like(after, { id: before?.id, creator: owner.username, last_updater: admin.username });
  t.deepEqual(after?.hooks.map(({ creator, last_updater }) => [creator, last_updater]), [
    [owner.username, admin.username], [admin.username, admin.username],
  ]);
  t.is(after?.hooks[0]?.id, before?.hooks[0]?.id);
});

test('chains and webhooks from before authors were kept show none', async (t) => {
  const { api, repository, list } = await openScene(t);
  await buildChain(api.db, { repository });
  const [webhook] = (await list()).results;
  t.like(webhook, { creator: null, last_updater: null });
  t.like(webhook?.hooks[0], { creator: null, last_updater: null });
});

test('deleting by number cancels open runs, as deleting by slug does', async (t) => {
  const { api, repository, send } = await openScene(t);
  const { chain, run } = await buildRun(api.db, { repository });
  t.is((await send('DELETE', `/webhooks/${toNumber(chain.id)}`)).status, 204);
  t.like((await send('GET', `/runs/${run.id}`)).body, { state: 'canceled' });
});

test('numbers of nothing, of another repository and of a webhook are a 404', async (t) => {
  const { api, repository, send } = await openScene(t);
  const [own, other] = [await buildChain(api.db, { repository }), await buildChain(api.db)];
  const numbers = ['0', '-1', '1e3', 'abc', own.id, own.slug, toNumber(other.id), toNumber(pick(own.webhooks).id), `${toNumber(own.id)}.0`, '%00'];
  for (const id of numbers) {
    assertError(t, await send('DELETE', `/webhooks/${id}`), { status: 404, code: 'not_found' });
    const answer = await send('POST', `/webhooks/${id}/hooks`, { hook_url: 'https://ci.example/' });
    assertError(t, answer, { status: 404, code: 'not_found' });
  }
  t.is((await api.db('webhooks').select('id')).length, 2);
});

test('rotating a secret stays at its own address, by the webhook’s id', async (t) => {
  const { api, repository, send, owner } = await openScene(t);
  const { webhooks } = await buildChain(api.db, { repository });
  t.is((await send('POST', `/webhooks/${pick(webhooks).id}/rotate_secret`)).status, 200);
  const results = (await send('GET', '/webhooks')).body as { results: WebhookBody[] };
  t.is(results.results[0]?.hooks[0]?.last_updater, owner.username);
});

test('limits hold: 50 chains, 50 webhooks in each, also when they are added at once', async (t) => {
  const { api, repository, send } = await openScene(t);
  const chain = await buildChain(api.db, { repository, webhooks: 47 });
  const number = toNumber(chain.id);
  const answers = await Promise.all(
    Array.from({ length: 5 }, (_, index) => send('POST', `/webhooks/${number}/hooks`, { hook_url: `https://h${index}.example/` })),
  );
  t.deepEqual(answers.map(({ status }) => status).sort(), [201, 201, 201, 409, 409]);
  const rows = await api.db<{ position: number }>('webhooks').orderBy('position').select('position');
  t.deepEqual(rows.map(({ position }) => position), Array.from({ length: 50 }, (_, index) => index + 1));
  for (let index = 1; index < 50; index += 1) t.is((await send('POST', '/webhooks', { name: `c${index}` })).status, 201);
  assertError(t, await send('POST', '/webhooks', { name: 'one more' }), { status: 409, code: 'limit_reached' });
});

test('a name stands once in a repository', async (t) => {
  const { send, create } = await openScene(t);
  await create('Deploy it');
  assertError(t, await send('POST', '/webhooks', { name: 'deploy-it' }), { status: 409, code: 'name_taken' });
});

test('lists come page by page', async (t) => {
  const { create, list } = await openScene(t);
  for (const name of ['a', 'b', 'c']) await create(name);
  const names = async (query: string) => (await list(`/repositories/webhooks?${query}`)).results.map(({ name }) => name);
  t.deepEqual(await names('page_size=2'), ['a', 'b']);
  t.deepEqual(await names('page_size=2&page=2'), ['c']);
  t.deepEqual(await names('page=3'), []);
  t.deepEqual(await names('page_size=1000'), ['a', 'b', 'c']);
});

const FAULTS: readonly [what: string, rest: string, body: object, field: string][] = [
  ['no name', '', {}, 'name'],
  ['an empty name', '', { name: '' }, 'name'],
  ['a name of signs', '', { name: '—!' }, 'name'],
  ['a long name', '', { name: 'a'.repeat(101) }, 'name'],
  ['null for a name', '', { name: null }, 'name'],
  ['half a surrogate pair', '', { name: 'a\ud800' }, 'name'],
  ['hooks of its own', '', { name: 'a', hooks: [{ hook_url: 'https://ci.example/' }] }, 'hooks'],
  ['another creator', '', { name: 'a', creator: 'bob' }, 'creator'],
  ['no URL', '/ID/hooks', {}, 'hook_url'],
  ['a list of URLs', '/ID/hooks', { hook_url: ['https://ci.example/'] }, 'hook_url'],
  ['a private address', '/ID/hooks', { hook_url: 'http://10.0.0.1/' }, 'hook_url'],
  ['a name that leads inside', '/ID/hooks', { hook_url: 'http://ci.internal/' }, 'hook_url'],
  ['a URL with credentials', '/ID/hooks', { hook_url: 'https://u:p@ci.example/' }, 'hook_url'],
  ['no URL at all', '/ID/hooks', { hook_url: 'ci' }, 'hook_url'],
  ['a long URL', '/ID/hooks', { hook_url: `https://ci.example/${'a'.repeat(2000)}` }, 'hook_url'],
  ['a secret of its own', '/ID/hooks', { hook_url: 'https://ci.example/', secret: 'x' }, 'secret'],
];
for (const [what, rest, body, field] of FAULTS) {
  test(`${what} is refused and nothing is written`, async (t) => {
    const { send, create, list } = await openScene(t);
    const { id } = await create('there');
    const answer = await send('POST', `/webhooks${rest.replace('ID', String(id))}`, body);
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: [field] });
    t.like(await list(), { count: 1, results: [{ name: 'there', hooks: [] }] });
  });
}
