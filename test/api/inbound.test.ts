import test, { type ExecutionContext } from 'ava';
import type { Static } from '@sinclair/typebox';
import type { Inbound } from '../../api/schemas/inbound.js';
import { REGISTRY_HOOKS } from '../../api/inboundHooks.js';
import { NewInbound } from '../../api/schemas/inbound.js';
import { REGISTRIES } from '../../db/inbounds.js';
import { openSecrets } from '../../keys.js';
import { assertError, buildPlace, startApi, type Answer } from '../helpers/api.js';
import { must, TEST_KEYRING } from '../helpers/builders.js';
import { buildInbound, readInboundFixture, writeInboundHeaders } from '../helpers/inbound.js';

type InboundBody = Static<typeof Inbound>;

const HARBOR = { provider: 'harbor', upstream: 'harbor.example/acme/app' };

async function openScene(t: ExecutionContext) {
  const api = await startApi(t);
  const place = await buildPlace(api);
  const send = (method: string, body?: object, rest = ''): Promise<Answer> =>
    api.request(method, `${place.path}/inbound${rest}`, { token: place.token, ...(body ? { body } : {}) });
  const list = async () => ((await send('GET')).body as { results: InboundBody[] }).results;
  return { ...place, api, send, list };
}

test('the kinds of registries are the same in schema, table and database', (t) => {
  const { enum: named } = NewInbound.properties.provider as { enum?: string[] };
  t.deepEqual([...(named ?? [])].sort(), [...REGISTRIES].sort());
  t.deepEqual(Object.keys(REGISTRY_HOOKS).sort(), [...REGISTRIES].sort());
});

test('an address is opened: the secret is shown once, sealed at rest, and not in lists', async (t) => {
  const { api, send, list } = await openScene(t);
  const answer = await send('POST', HARBOR);
  const opened = answer.body as InboundBody;
  t.is(answer.status, 201, answer.text);
  t.like(opened, { ...HARBOR, has_secret: true, previous_secret_expires: null, last_received: null, last_outcome: null });
  t.regex(opened.id, /^inb_[0-9a-f]{40}$/);
  t.is(opened.url, `https://hub.example/v2/inbound/${opened.id}/`);
  const { secret = '', ...rest } = opened;
  t.regex(secret, /^[0-9a-f]{64}$/);
  t.deepEqual(await list(), [rest]);
  const row = must(await api.db('inbounds').first<{ id: string; secret: string; previous_secret: null; previous_secret_expires: null }>('id', 'secret', 'previous_secret', 'previous_secret_expires'), 'a row');
  t.false(row.secret.includes(secret));
  t.deepEqual(openSecrets(TEST_KEYRING, row), [secret]);
  t.is((await send('DELETE', undefined, `/${opened.id}`)).status, 204);
  t.deepEqual(await list(), []);
  assertError(t, await send('DELETE', undefined, `/${opened.id}`), { status: 404, code: 'not_found' });
});

test('Docker Hub and Quay keep no secret: none is made, none is taken, none is rotated', async (t) => {
  const { send } = await openScene(t);
  for (const provider of ['docker-hub', 'quay']) {
    const answer = await send('POST', { provider });
    t.like(answer.body, { provider, upstream: null, has_secret: false, secret: undefined });
    assertError(t, await send('POST', { provider, secret: 'sixteen-or-more!' }), { status: 400, code: 'invalid_input', fields: ['secret'] });
    const { id } = answer.body as InboundBody;
    assertError(t, await send('POST', undefined, `/${id}/rotate_secret`), { status: 400, code: 'invalid_input' });
  }
});

test('a secret that is given is not repeated', async (t) => {
  const { send } = await openScene(t);
  t.like((await send('POST', { ...HARBOR, secret: 'sixteen-or-more!' })).body, { has_secret: true, secret: undefined });
});

test('what another repository of the same owner opened is not found here', async (t) => {
  const { api, send, owner } = await openScene(t);
  const other = await buildPlace(api, { owner });
  const { id } = await buildInbound(api.db, { repository: other.repository });
  assertError(t, await send('DELETE', undefined, `/${id}`), { status: 404, code: 'not_found' });
  assertError(t, await send('POST', undefined, `/${id}/rotate_secret`), { status: 404, code: 'not_found' });
  t.is((await api.request('GET', `${other.path}/inbound`, { token: other.token })).status, 200);
});

test('a repository has at most twenty, also of those that are opened at once', async (t) => {
  const { send, list } = await openScene(t);
  const answers = await Promise.all(Array.from({ length: 22 }, () => send('POST', { provider: 'quay' })));
  t.deepEqual(answers.map(({ status }) => status).sort(), [...Array<number>(20).fill(201), 409, 409]);
  assertError(t, await send('POST', HARBOR), { status: 409, code: 'limit_reached' });
  t.is((await list()).length, 10);
  t.like((await send('GET', undefined, '?page_size=100')).body, { count: 20, next: null });
});

const FAULTS: readonly [what: string, change: object, field: string][] = [
  ['another provider', { provider: 'ecr' }, 'provider'],
  ['a provider of no text', { provider: null }, 'provider'],
  ['a list of providers', { provider: ['harbor'] }, 'provider'],
  ['no upstream, where many repositories are told of', { upstream: undefined }, 'upstream'],
  ['an upstream of no text', { upstream: 5 }, 'upstream'],
  ['an empty upstream', { upstream: '' }, 'upstream'],
  ['an upstream with a scheme', { upstream: 'https://harbor.example/acme/app' }, 'upstream'],
  ['an upstream with a tag', { upstream: 'harbor.example/acme/app:1' }, 'upstream'],
  ['an upstream that climbs', { upstream: 'harbor.example/../app' }, 'upstream'],
  ['half a surrogate pair', { upstream: 'a\ud800' }, 'upstream'],
  ['a long upstream', { upstream: 'a'.repeat(256) }, 'upstream'],
  ['a short secret', { secret: 'fifteen-letters' }, 'secret'],
  ['a long secret', { secret: 'a'.repeat(129) }, 'secret'],
  ['a secret with a space', { secret: 'sixteen or more letters' }, 'secret'],
  ['an id of the caller’s choice', { id: 'inb_1' }, 'id'],
  ['an outcome of the caller’s choice', { last_outcome: 'fine' }, 'last_outcome'],
];
for (const [what, change, field] of FAULTS) {
  test(`${what} is refused and nothing is opened`, async (t) => {
    const { send, list } = await openScene(t);
    assertError(t, await send('POST', { ...HARBOR, ...change }), { status: 400, code: 'invalid_input', fields: [field] });
    t.deepEqual(await list(), []);
  });
}

test('upstreams as people write them are taken', async (t) => {
  const { send } = await openScene(t);
  for (const upstream of ['acme/app', 'alpine', 'localhost:5000/a/b/c', 'harbor.example:8443/Acme/my_app-1', 'a--b/c__d']) {
    t.like((await send('POST', { provider: 'distribution', upstream })).body, { upstream });
  }
});

test('a rotated secret is shown once, and for 24 hours either counts', async (t) => {
  const { api, send, repository } = await openScene(t);
  const { id } = await buildInbound(api.db, { repository, provider: 'gitea' });
  const answer = await send('POST', undefined, `/${id}/rotate_secret`);
  const { secret: second = '', previous_secret_expires } = answer.body as InboundBody;
  t.is(answer.status, 200, answer.text);
  t.regex(second, /^[0-9a-f]{64}$/);
  const hours = (Date.parse(previous_secret_expires ?? '') - Date.now()) / 3_600_000;
  t.true(hours > 23.9 && hours <= 24, String(hours));
  const body = readInboundFixture('gitea-push');
  const call = async (secret?: string) => {
    const headers = writeInboundHeaders('gitea', body, { delivery: 'd', ...(secret === undefined ? {} : { secret }) });
    return (await api.request('POST', `/v2/inbound/${id}/`, { body, headers })).status;
  };
  t.deepEqual([await call(), await call(second)], [201, 200]);
  await api.db('inbounds').update({ previous_secret_expires: new Date(Date.now() - 1).toISOString() });
  t.deepEqual([await call(), await call(second)], [401, 200]);
});

test('addresses that are opened, changed and closed stand in the audit log, without their secrets', async (t) => {
  const { api, send } = await openScene(t);
  const { id } = (await send('POST', { ...HARBOR, secret: 'not-for-the-audit-log' })).body as InboundBody;
  await send('POST', undefined, `/${id}/rotate_secret`);
  await send('DELETE', undefined, `/${id}`);
  const events = await api.db('audit_events').orderBy('id').select<{ action: string; data: string }[]>('action', 'data');
  t.deepEqual(events.map(({ action }) => action), ['repo.inbound.create', 'repo.inbound.rotate', 'repo.inbound.delete']);
  t.deepEqual(events.map(({ data }) => JSON.parse(data) as unknown), [HARBOR, HARBOR, HARBOR]);
});

test('a repository that is deleted takes its addresses along', async (t) => {
  const { api, path, token, repository } = await openScene(t);
  const { id } = await buildInbound(api.db, { repository });
  t.is((await api.request('DELETE', path, { token })).status, 202);
  const body = readInboundFixture('harbor-push');
  assertError(t, await api.request('POST', `/v2/inbound/${id}`, { body, headers: writeInboundHeaders('harbor', body) }), { status: 404, code: 'not_found' });
});
