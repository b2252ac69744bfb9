import { randomUUID } from 'node:crypto';
import test from 'ava';
import { listPushes } from '../../db/pushes.js';
import { getReconcile } from '../../db/registryReconciles.js';
import { findRepository } from '../../db/repositories.js';
import { USER_AGENT } from '../../registry/client.js';
import { assertError, buildPlace, startApi, type Place, type TestApi } from '../helpers/api.js';
import { buildChain, pick } from '../helpers/builders.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const PAGE = { limit: 100, offset: 0 };
type Part = Readonly<Record<string, unknown>>;

/** An event as Distribution writes it; each part is changed by what is given. */
function describeEvent({ repository, owner }: Place, { target, request, ...event }: { target?: Part; request?: Part } & Part = {}): Part {
  return {
    id: randomUUID(), timestamp: '2026-11-23T16:34:31.687862223Z', action: 'push',
    target: { mediaType: MANIFEST, digest: DIGEST, size: 555, repository: `${repository.namespace}/${repository.name}`, tag: '1.0', url: 'http://169.254.169.254/', ...target },
    request: { id: randomUUID(), addr: '127.0.0.1:55246', host: 'h', method: 'PUT', useragent: 'skopeo/1.9.3', ...request },
    actor: { name: owner.username }, source: { addr: 'vm:5003', instanceID: 'one' }, ...event,
  };
}

function authorize(api: TestApi): Record<string, string> {
  return { authorization: `Bearer ${api.hub.keyring.deriveSecret('registry events')}` };
}

async function send(api: TestApi, body: object | string, headers: Record<string, string> = {}): Promise<number> {
  return (await api.request('POST', '/events', { body, headers: { ...authorize(api), ...headers } })).status;
}

async function listAll(api: TestApi, { repository }: Place) {
  return (await listPushes(api.db, repository.id, PAGE)).rows;
}

test('a push of a tag is recorded with what the registry says, and its chains run', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  await buildChain(api.db, { repository: place.repository });
  for (const version of ['v1', 'v2']) {
    const type = { 'content-type': `application/vnd.docker.distribution.events.${version}+json` };
    t.is(await send(api, { events: [describeEvent(place)] }, type), 204);
  }
  const [recorded] = await listAll(api, place);
  t.like(recorded?.push, {
    tag: '1.0', digest: DIGEST, images: JSON.stringify([DIGEST]), media_type: MANIFEST, pusher: place.owner.username, source: 'registry',
    pushed_at: '2026-11-23T16:34:31.687Z', size: null,
  });
  t.is(recorded?.runs.length, 1);
});

for (const [what, sizes, size] of [
  ['configuration and layers, together', [286, 243, 245], 774], ['one without a size', [286, undefined], null], ['none', [], null],
  ['one below zero', [286, -1], null], ['more than a number holds', [2 ** 53, 1], null],
] as const) {
  test(`the size of a push is what its event says: ${what}`, async (t) => {
    const api = await startApi(t);
    const place = await buildPlace(api);
    const references = sizes.map((bytes) => ({ mediaType: 'application/octet-stream', digest: DIGEST, ...(bytes === undefined ? {} : { size: bytes }) }));
    const [config] = references;
    if (config) config.mediaType = 'application/vnd.oci.image.config.v1+json';
    t.is(await send(api, { events: [describeEvent(place, { target: { references } })] }), 204);
    t.is((await listAll(api, place))[0]?.push.size, size);
  });
}

test('the same event again, in one body or in another, changes nothing', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  const event = describeEvent(place);
  for (const events of [[event, event], [event]]) t.is(await send(api, { events }), 204);
  t.is((await listAll(api, place)).length, 1);
  await send(api, { events: [{ ...event, id: 'another' }] });
  t.is((await listAll(api, place)).length, 2);
});

test('whoever does not know the secret is refused, before the body is read', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  const { authorization = '' } = authorize(api);
  const wrong = ['', 'Bearer', 'Bearer x', `${authorization}0`, authorization.slice(0, -1), authorization.toUpperCase(), authorization.replace('Bearer', 'Basic'), `Bearer ${place.token}`];
  for (const header of wrong) {
    const answer = await api.request('POST', '/events', { body: '{', headers: header === '' ? {} : { authorization: header } });
    assertError(t, answer, { status: 401, code: 'invalid_credentials' });
  }
  t.deepEqual(await listAll(api, place), []);
});

test('nothing authentic is refused: the registry would send it for ever', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  const good = describeEvent(place);
  const bodies = ['', '{', 'null', '[]', '"x"', '{"events":null}', '{"events":{}}', '{"__proto__":{"events":[]}}', '\u0000', '{"events":[]}'];
  for (const body of bodies) t.is(await send(api, body), 204, body);
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) t.is(await send(api, { events: [describeEvent(place)] }, { 'content-type': type }), 204, type);
  const target = good['target'] as Part;
  const odd: unknown[] = [
    null, 1, 'x', [], {}, { ...good, id: '' }, { ...good, id: 'a\u0000b' }, { ...good, id: 7 }, { ...good, timestamp: 'now' }, { ...good, timestamp: '2026-06-30T23:59:60Z' },
    { ...good, action: 'dance' }, { ...good, action: 'mount' }, { ...good, target: null }, { ...good, target: { ...target, repository: 'no/such' } },
    { ...good, target: { ...target, repository: '../../x' } }, { ...good, target: { ...target, tag: '../x' } }, { ...good, target: { ...target, digest: 'sha256:short' } },
    { ...good, target: { ...target, references: [{ digest: 5 }] } }, { ...good, target: { ...target, mediaType: '\ud800' } },
  ];
  const before = (await listAll(api, place)).length;
  for (const event of odd) t.is(await send(api, { events: [event] }), 204, JSON.stringify(event));
  t.is((await listAll(api, place)).length, before);
  t.is(await send(api, { events: [...odd, { ...good, id: 'good' }] }), 204);
  t.is((await listAll(api, place)).length, before + 1, 'what is odd keeps nothing else back');
});

test('a body that is too large is taken to its end, and the tags are looked through', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  const padding = 'x'.repeat(4 * 1024 * 1024);
  t.is(await send(api, { events: [describeEvent(place, { padding })] }), 204);
  t.deepEqual(await listAll(api, place), []);
  t.truthy((await getReconcile(api.db)).requested);
});

test('ten thousand events in one body, sent twice', async (t) => {
  t.timeout(120_000);
  const api = await startApi(t);
  const place = await buildPlace(api);
  const events = Array.from({ length: 10_000 }, (_, index) => ({
    id: `e${index}`, timestamp: '2026-11-23T16:34:31Z', action: index % 100 === 0 ? 'push' : 'pull', request: { method: 'HEAD' },
    target: { repository: `${place.repository.namespace}/${place.repository.name}`, tag: `t${index}`, digest: DIGEST, mediaType: MANIFEST },
  }));
  for (const round of [1, 2]) t.is(await send(api, { events }), 204, `round ${round}`);
  t.is((await listPushes(api.db, place.repository.id, PAGE)).count, 100);
});

test('a pull is a manifest that somebody gets', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  const pull = (target: Part = {}, request: Part = {}) => describeEvent(place, { action: 'pull', target: { tag: undefined, ...target }, request: { method: 'GET', ...request } });
  const events = [
    pull(), pull({ tag: '1.0' }), pull({ mediaType: 'application/vnd.docker.distribution.manifest.list.v2+json' }),
    pull({}, { method: 'HEAD' }), pull({}, { useragent: USER_AGENT }), pull({ mediaType: 'application/octet-stream' }), pull({ mediaType: '' }),
  ];
  await send(api, { events });
  t.is((await findRepository(api.db, place.repository.namespace, place.repository.name))?.pull_count, 3);
});

test('a repository is made by a push of whoever may create it there, as long as a slot is free', async (t) => {
  const api = await startApi(t, { privateLimits: { user: 1, organization: 1 } });
  const place = await buildPlace(api);
  const { username } = place.owner;
  const push = (repository: string, pusher = username) => describeEvent(place, { target: { repository }, actor: { name: pusher } });
  await send(api, { events: [push(`${username}/theirs`, 'stranger'), push(`${username}/theirs`, ''), push('nobody/app'), push('app'), push(`${username}/a/b`)] });
  t.is(await findRepository(api.db, username, 'theirs'), undefined);
  await send(api, { events: [push(`${username}/first`), push(`${username}/second`)] });
  t.true(Boolean((await findRepository(api.db, username, 'first'))?.is_private));
  t.is(await findRepository(api.db, username, 'second'), undefined);
});

test('no repository is made by a push where that is switched off, nor by anything else', async (t) => {
  for (const autoCreate of [true, false]) {
    const api = await startApi(t, { autoCreate });
    const place = await buildPlace(api);
    const repository = `${place.owner.username}/fresh`;
    const action = autoCreate ? 'pull' : 'push';
    await send(api, { events: [describeEvent(place, { action, target: { repository }, request: { method: 'GET' } })] });
    t.is(await findRepository(api.db, place.owner.username, 'fresh'), undefined);
  }
});

test('names of accounts that are none here are cleaned, and shown', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  await send(api, { events: [describeEvent(place, { actor: { name: `jos\u00e9\u0000\n\ud800${'x'.repeat(300)}` } })] });
  const { push } = pick(await listAll(api, place));
  t.regex(push.pusher, /^josé[x]+$/);
  t.is((await api.request('GET', `${place.path}/pushes/${push.id}`, { token: place.token })).status, 200);
});

test('another process of the registry: its tags are looked through, once', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  const requested = async () => (await getReconcile(api.db)).requested;
  await send(api, { events: [describeEvent(place, { action: 'pull' })] });
  const first = await requested();
  t.truthy(first);
  await api.db('registry_reconciles').update({ requested: null });
  await send(api, { events: [describeEvent(place)] });
  t.is(await requested(), null);
  await send(api, { events: [describeEvent(place, { source: { instanceID: 'two' } })] });
  t.truthy(await requested());
});

test('the administrator asks for a look at all tags, and sees when it was', async (t) => {
  const api = await startApi(t);
  const { owner } = await buildPlace(api);
  const path = '/v2/admin/registry/reconcile';
  assertError(t, await api.request('POST', path, { token: await api.login(owner) }), { status: 403, code: 'forbidden' });
  const token = await api.login({ ...owner, is_admin: true });
  await api.db('users').where({ id: owner.id }).update({ is_admin: true });
  const asked = await api.request('POST', path, { token });
  t.is(asked.status, 202);
  t.like(asked.body, { started: null, finished: null, result: null });
  t.deepEqual((await api.request('GET', path, { token })).body, asked.body);
});
