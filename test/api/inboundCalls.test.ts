import test, { type ExecutionContext } from 'ava';
import { findInboundById, type Registry } from '../../db/inbounds.js';
import { assertError, startApi, type Answer } from '../helpers/api.js';
import { buildChain, buildRepository, must } from '../helpers/builders.js';
import { buildInbound, INBOUND_SECRET, readInboundFixture, writeInboundHeaders, type ProofOptions } from '../helpers/inbound.js';

const digestOf = (pair: string): string => `sha256:${pair.repeat(32)}`;
/** Configuration and both layers. */
const SIZE = 1618 + 64158467 + 3001126;
const OCI = 'application/vnd.oci.image.manifest.v1+json';

interface PushColumns {
  readonly tag: string;
  readonly digest: string | null;
  readonly images: string;
  readonly platforms: string;
  readonly media_type: string | null;
  readonly size: number | null;
  readonly pusher: string;
}

interface CallOptions extends ProofOptions {
  readonly headers?: Readonly<Record<string, string>>;
}

/** An address of this kind for `acme/app`, and a chain of two webhooks that its pushes start. */
async function openScene(t: ExecutionContext, provider: Registry, upstream: string | null = 'acme/app') {
  const api = await startApi(t);
  const repository = await buildRepository(api.db);
  await buildChain(api.db, { repository, webhooks: 2 });
  const { id } = await buildInbound(api.db, { repository, provider, upstream });
  const sendText = (body: string, { headers, ...proof }: CallOptions = {}): Promise<Answer> =>
    api.request('POST', `/v2/inbound/${id}/`, { body, headers: { ...writeInboundHeaders(provider, body, proof), ...headers } });
  const send = (fixture: string, options?: CallOptions) => sendText(readInboundFixture(fixture), options);
  const listPushes = () =>
    api.db('pushes').where({ repository_id: repository.id }).orderBy('id').select<PushColumns[]>('tag', 'digest', 'images', 'platforms', 'media_type', 'size', 'pusher');
  const countRuns = async () => (await api.db('runs').select<{ id: string }[]>('id')).length;
  const findLast = async () => must(await findInboundById(api.db, id), 'an address');
  return { api, repository, id, send, sendText, listPushes, countRuns, findLast };
}

function describePushes(rows: readonly PushColumns[]) {
  return rows.map(({ images, platforms, ...rest }) => ({ ...rest, images: JSON.parse(images) as unknown, platforms: JSON.parse(platforms) as unknown }));
}

const plain = { images: [], platforms: [], digest: null, media_type: null, size: null };

/** What each registry's push becomes. */
const GOOD: readonly [provider: Registry, fixture: string, pushes: object[]][] = [
  ['docker-hub', 'docker-hub-push', [{ ...plain, tag: '3.8', pusher: 'docker-hub:zoe' }]],
  ['quay', 'quay-push', [{ ...plain, tag: '3.8', pusher: 'quay:unknown' }, { ...plain, tag: 'latest', pusher: 'quay:unknown' }]],
  ...['harbor-push', 'harbor-cloudevent'].map((fixture): [Registry, string, object[]] => [
    'harbor',
    fixture,
    ['3.8', 'latest'].map((tag) => ({ ...plain, tag, digest: digestOf('d1'), images: [digestOf('d1')], pusher: 'harbor:zoe' })),
  ]),
  ...['ghcr-push', 'ghcr-registry-package'].map((fixture): [Registry, string, object[]] => [
    'ghcr',
    fixture,
    [
      {
        tag: '3.8', digest: digestOf('d3'), images: [digestOf('d3')], platforms: [], size: SIZE, pusher: 'ghcr:zoe',
        media_type: 'application/vnd.docker.distribution.manifest.v2+json',
      },
    ],
  ]),
  ['gitea', 'gitea-push', [{ ...plain, tag: '3.8', pusher: 'gitea:zoe' }]],
  ...['zot-image', 'zot-structured'].map((fixture): [Registry, string, object[]] => [
    'zot',
    fixture,
    [{ tag: '3.8', digest: digestOf('d5'), images: [digestOf('d5')], platforms: [], size: SIZE, media_type: OCI, pusher: 'zot:zoe' }],
  ]),
  [
    'distribution',
    'distribution-push',
    [['3.8', 'zoe'], ['latest', 'unknown']].map(([tag, name]) => ({
      tag, digest: digestOf('d7'), images: [digestOf('d7')], platforms: [], size: SIZE, media_type: OCI, pusher: `distribution:${name}`,
    })),
  ],
];
for (const [provider, fixture, pushes] of GOOD) {
  test(`${fixture}: every tag is a push and starts the chain, once however often the call comes`, async (t) => {
    const { send, listPushes, countRuns, findLast } = await openScene(t, provider);
    const options = { delivery: 'same', id: 'same' };
    const answer = await send(fixture, options);
    t.is(answer.status, 201, answer.text);
    const told = answer.body as { detail: string; pushes: { tag: string }[] };
    t.deepEqual(told.pushes.map(({ tag }) => tag), pushes.map((push) => (push as PushColumns).tag));
    t.deepEqual(describePushes(await listPushes()), pushes as never);
    t.is(await countRuns(), pushes.length);
    t.like(await findLast(), { last_outcome: told.detail });
    const again = await send(fixture, options);
    // Quay says nothing that would tell a repeated call from another push.
    const repeats = provider === 'quay' ? 2 : 1;
    t.is(again.status, repeats === 2 ? 201 : 200, again.text);
    t.is((await listPushes()).length, repeats * pushes.length);
    t.is(await countRuns(), repeats * pushes.length);
    if (repeats === 1) t.deepEqual((again.body as typeof told).pushes, told.pushes);
  });
}

for (const fixture of ['zot-index', 'distribution-index']) {
  test(`${fixture}: the images of an index are those of its platforms, without attestations`, async (t) => {
    const { send, listPushes } = await openScene(t, fixture === 'zot-index' ? 'zot' : 'distribution');
    t.is((await send(fixture)).status, 201);
    const [push] = describePushes(await listPushes());
    t.like(push, { images: [digestOf('e1'), digestOf('e2')], size: null, media_type: 'application/vnd.oci.image.index.v1+json' });
    t.deepEqual(push?.platforms, [
      { digest: digestOf('e1'), architecture: 'amd64', os: 'linux', variant: null, os_version: null },
      { digest: digestOf('e2'), architecture: 'arm64', os: 'linux', variant: 'v8', os_version: null },
    ]);
  });
}

const IGNORED: readonly [provider: Registry, fixture: string, options: ProofOptions, reason: RegExp][] = [
  ['harbor', 'harbor-untagged', {}, /nothing was tagged/],
  ['harbor', 'harbor-delete', {}, /DELETE_ARTIFACT is no push/],
  ['quay', 'quay-build', {}, /no updated tags/],
  ['ghcr', 'ghcr-untagged', {}, /nothing was tagged/],
  ['ghcr', 'ghcr-ping', { event: 'ping' }, /the event ping is no push/],
  ['gitea', 'gitea-untagged', {}, /nothing was tagged/],
  ['gitea', 'gitea-deleted', {}, /deleted changes nothing here/],
  ['gitea', 'gitea-npm', {}, /npm is no image/],
  ['gitea', 'gitea-push', { event: 'push' }, /the event push is no push/],
  ['zot', 'zot-untagged', {}, /nothing was tagged/],
  ['zot', 'zot-image', { type: 'zotregistry.image.deleted' }, /image\.deleted is no push/],
  ['zot', 'zot-image', { type: 'zotregistry.repository.created' }, /repository\.created is no push/],
  ['distribution', 'distribution-untagged', {}, /nothing was tagged/],
  ['distribution', 'distribution-delete', {}, /a delete is no push/],
  ['distribution', 'distribution-signature', {}, /signature or an attestation/],
];
for (const [provider, fixture, options, reason] of IGNORED) {
  test(`${fixture} (${JSON.stringify(options)}) is no push: 202, nothing is written, and the reason is told`, async (t) => {
    const { send, listPushes, countRuns, findLast } = await openScene(t, provider);
    const answer = await send(fixture, options);
    t.is(answer.status, 202, answer.text);
    t.like(answer.body, { pushes: [] });
    t.regex((answer.body as { detail: string }).detail, reason);
    t.deepEqual([await listPushes(), await countRuns()], [[], 0]);
    const last = await findLast();
    t.regex(last.last_outcome ?? '', reason);
    t.true(Math.abs(Date.parse(last.last_received ?? '') - Date.now()) < 60_000);
  });
}

for (const [provider, push, gone] of [['gitea', 'gitea-push', 'gitea-deleted'], ['distribution', 'distribution-push', 'distribution-delete']] as const) {
  test(`${gone}: what is deleted elsewhere stays here`, async (t) => {
    const { api, send } = await openScene(t, provider);
    await send(push);
    const listTags = () => api.db('tags').orderBy('name').select<object[]>('name', 'push_id');
    const before = await listTags();
    t.true(before.length > 0);
    t.is((await send(gone)).status, 202);
    t.deepEqual(await listTags(), before);
  });
}

const OTHERS: readonly [provider: Registry, fixture: string, upstream: string, isSame: boolean][] = [
  ['docker-hub', 'docker-hub-push', 'acme/other', false],
  ['docker-hub', 'docker-hub-push', 'docker.io/acme/app', true],
  ['quay', 'quay-push', 'quay.example/acme/app', false],
  ['harbor', 'harbor-push', 'harbor.example:8443/acme/app', true],
  ['harbor', 'harbor-push', 'harbor.example/acme/app', false],
  ['harbor', 'harbor-push', 'acme/ap', false],
  ['ghcr', 'ghcr-push', 'ghcr.io/ACME/App', true],
  ['ghcr', 'ghcr-push', 'acme/app2', false],
  ['gitea', 'gitea-push', 'gitea.example/acme/app', true],
  ['gitea', 'gitea-push', 'gitea.example/zoe/app', false],
  ['zot', 'zot-image', 'zot.example/acme/app', true],
  ['zot', 'zot-structured', 'app', false],
  ['distribution', 'distribution-index', 'registry.example:5000/acme/app', true],
  ['distribution', 'distribution-index', 'acme/other', false],
];
for (const [provider, fixture, upstream, isSame] of OTHERS) {
  test(`${fixture} at an address for ${upstream} is ${isSame ? 'a push' : 'ignored'}`, async (t) => {
    const { send, listPushes } = await openScene(t, provider, upstream);
    const answer = await send(fixture);
    t.is(answer.status, isSame ? 201 : 202, answer.text);
    t.is((await listPushes()).length > 0, isSame);
    if (!isSame) t.true((answer.body as { detail: string }).detail.includes(`not ${upstream}`), answer.text);
  });
}

const PROVED: readonly [provider: Registry, fixture: string][] = [
  ['harbor', 'harbor-push'], ['ghcr', 'ghcr-push'], ['gitea', 'gitea-push'], ['zot', 'zot-image'], ['distribution', 'distribution-push'],
];
/** The header that proves each one's secret. */
const PROOFS: Readonly<Partial<Record<Registry, string>>> = {
  harbor: 'authorization', zot: 'authorization', distribution: 'authorization', ghcr: 'X-Hub-Signature-256', gitea: 'X-Gitea-Signature',
};
for (const [provider, fixture] of PROVED) {
  test(`${provider}: a call that does not prove the secret is refused in the same words, and nothing in it is believed`, async (t) => {
    const { send, sendText, listPushes, findLast } = await openScene(t, provider);
    const body = readInboundFixture(fixture);
    const name = PROOFS[provider] ?? '';
    const right = name === 'authorization' ? INBOUND_SECRET : (writeInboundHeaders(provider, body)[name] ?? '');
    const wrong = ['', right.slice(0, -1), `${right}0`, `${right} ${right}`, 'Basic', 'Bearer ', 'Basic !'];
    const answers = [await send(fixture, { secret: 'another-secret-of-somebody' }), ...(await Promise.all(wrong.map((value) => sendText(body, { headers: { [name]: value } }))))];
    for (const answer of answers) {
      assertError(t, answer, { status: 401, code: 'invalid_signature' });
      t.is((answer.body as { detail: string }).detail, 'The request must be signed with the secret');
    }
    for (const nonsense of ['{}', '{"events":1,"type":1}']) {
      const headers = { [name]: name === 'authorization' ? right.slice(1) : right };
      assertError(t, await sendText(nonsense, { headers }), { status: 401, code: 'invalid_signature' });
    }
    t.deepEqual(await listPushes(), []);
    t.regex((await findLast()).last_outcome ?? '', /^Refused: /);
  });
}

test('the static secret counts bare, as Bearer, and as the password of Basic', async (t) => {
  const { send } = await openScene(t, 'harbor');
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
  const values = [INBOUND_SECRET, `Bearer ${INBOUND_SECRET}`, `bearer ${INBOUND_SECRET}`, basic(`any:${INBOUND_SECRET}`), basic(`:${INBOUND_SECRET}`)];
  for (const authorization of values) t.true((await send('harbor-push', { headers: { authorization } })).status < 300, authorization);
  for (const authorization of [basic(`${INBOUND_SECRET}:any`), `Token ${INBOUND_SECRET}`]) {
    assertError(t, await send('harbor-push', { headers: { authorization } }), { status: 401, code: 'invalid_signature' });
  }
});

for (const provider of ['ghcr', 'gitea'] as const) {
  test(`${provider}: the signature is over bytes: the same JSON in another spelling does not fit`, async (t) => {
    const { sendText } = await openScene(t, provider);
    const body = readInboundFixture(`${provider}-push`);
    const respelt = JSON.stringify(JSON.parse(body));
    const headers = writeInboundHeaders(provider, body);
    assertError(t, await sendText(respelt, { headers }), { status: 401, code: 'invalid_signature' });
    t.is((await sendText(`\n${respelt}\n`)).status, 201);
  });
}

test('GitHub’s older signature, by SHA-1, does not count, nor does Gitea’s at an address for GitHub', async (t) => {
  const { sendText } = await openScene(t, 'ghcr');
  const body = readInboundFixture('ghcr-push');
  const { 'X-Hub-Signature-256': right = '' } = writeInboundHeaders('ghcr', body);
  const headers = { 'X-Hub-Signature-256': '', 'X-Hub-Signature': right, 'X-Gitea-Signature': right.slice('sha256='.length) };
  assertError(t, await sendText(body, { headers }), { status: 401, code: 'invalid_signature' });
});

test('an address that nobody opened is a 404, whatever is sent', async (t) => {
  const { api } = await openScene(t, 'docker-hub');
  const body = readInboundFixture('docker-hub-push');
  for (const id of ['inb_none', `inb_${'0'.repeat(40)}`, '%00']) {
    assertError(t, await api.request('POST', `/v2/inbound/${id}`, { body }), { status: 404, code: 'not_found' });
  }
});

const ANOTHER: readonly [Registry, string, (body: string) => string][] = [
  ['docker-hub', 'docker-hub-push', (body) => body.replace('1795521600', '1795521601')],
  ['harbor', 'harbor-push', (body) => body.replace('1795521600', '1795521601')],
  ['harbor', 'harbor-cloudevent', (body) => body.replace('66ea0d18', '66ea0d19')],
  ['zot', 'zot-structured', (body) => body.replace('0f0f4e1c', '0f0f4e1d')],
  ['distribution', 'distribution-index', (body) => body.replace('01a20942-5487', '01a20942-5488')],
  ['ghcr', 'ghcr-push', (body) => body],
  ['gitea', 'gitea-push', (body) => body],
  ['zot', 'zot-image', (body) => body],
];
for (const [provider, fixture, change] of ANOTHER) {
  test(`${fixture}: another push of the same tag is another push, by its moment or its id`, async (t) => {
    const { sendText, countRuns } = await openScene(t, provider);
    const body = readInboundFixture(fixture);
    t.is((await sendText(body)).status, 201);
    const runs = await countRuns();
    t.is((await sendText(change(body))).status, 201, fixture);
    t.is(await countRuns(), 2 * runs, fixture);
  });
}

test('the same call at once fires once, and two addresses of a repository do not hide each other’s pushes', async (t) => {
  const { api, send, repository, countRuns } = await openScene(t, 'harbor');
  const answers = await Promise.all(Array.from({ length: 8 }, () => send('harbor-push')));
  t.deepEqual(answers.map(({ status }) => status).sort(), [...Array<number>(7).fill(200), 201]);
  t.is(await countRuns(), 2);
  const other = await buildInbound(api.db, { repository });
  const body = readInboundFixture('harbor-push');
  t.is((await api.request('POST', `/v2/inbound/${other.id}`, { body, headers: writeInboundHeaders('harbor', body) })).status, 201);
});

test('one call that tells some again and some anew writes what is new', async (t) => {
  const { sendText, countRuns } = await openScene(t, 'distribution');
  const { events } = JSON.parse(readInboundFixture('distribution-push')) as { events: object[] };
  t.is((await sendText(JSON.stringify({ events: events.slice(0, 3) }))).status, 201);
  const answer = await sendText(JSON.stringify({ events: [...events, events[4]] }));
  t.like(answer.body, { detail: 'Recorded 1 push. Recorded before: 2 pushes. Ignored: nothing was tagged; a pull is no push; it is about acme/other, not acme/app' });
  t.is(await countRuns(), 2);
});

test('a call whose second push cannot be written leaves none of it', async (t) => {
  const { api, send, listPushes, countRuns, findLast } = await openScene(t, 'harbor');
  await api.db.raw("CREATE UNIQUE INDEX one_push ON pushes (repository_id, digest)");
  t.is((await send('harbor-push')).status, 500);
  t.deepEqual([await listPushes(), await countRuns()], [[], 0]);
  t.like(await findLast(), { last_received: null });
  await api.db.raw('DROP INDEX one_push');
  t.is((await send('harbor-push')).status, 201);
});

test('names and types of others are plain text here: nothing unseen, nothing long', async (t) => {
  const { sendText, listPushes } = await openScene(t, 'distribution');
  const { events: [event] } = JSON.parse(readInboundFixture('distribution-index')) as { events: { target: object }[] };
  const names = ['a\u202eb\nc\u200b', '🐳'.repeat(300), '   ', 'alice'];
  for (const [index, name] of names.entries()) {
    const body = { events: [{ ...event, id: `e${index}`, actor: { name }, target: { ...event?.target, mediaType: 'x'.repeat(900), digest: 'sha256:abc' } }] };
    t.is((await sendText(JSON.stringify(body))).status, 201);
  }
  const pushes = await listPushes();
  t.deepEqual(pushes.map(({ pusher }) => pusher.slice('distribution:'.length)), ['abc', '🐳'.repeat(100), 'unknown', 'alice']);
  t.true(pushes.every(({ digest, media_type }) => digest === null && media_type?.length === 255));
});

const BAD: readonly [what: string, provider: Registry, fixture: string, change: (body: Record<string, unknown>) => unknown, field: string][] = [
  ['no push data', 'docker-hub', 'docker-hub-push', (body) => ({ ...body, push_data: null }), 'push_data'],
  ['a tag of no text', 'docker-hub', 'docker-hub-push', (body) => ({ ...body, push_data: { tag: 5 } }), 'push_data.tag'],
  ['tags that are no list', 'quay', 'quay-push', (body) => ({ ...body, updated_tags: 'latest' }), 'updated_tags'],
  ['too many tags', 'quay', 'quay-push', (body) => ({ ...body, updated_tags: Array.from({ length: 1001 }, String) }), 'updated_tags'],
  ['no data', 'harbor', 'harbor-cloudevent', (body) => ({ ...body, data: {} }), 'repository'],
  ['an event without id', 'harbor', 'harbor-cloudevent', (body) => ({ ...body, id: undefined }), 'id'],
  ['a package without a name', 'gitea', 'gitea-push', (body) => ({ ...body, package: { ...(body['package'] as object), name: undefined } }), 'package.name'],
  ['a package without an owner', 'ghcr', 'ghcr-push', (body) => ({ ...body, package: { name: 'app' } }), 'package.owner'],
  ['a manifest that is none', 'zot', 'zot-image', (body) => ({ ...body, manifest: '[' }), 'data.manifest'],
  ['events that are no list', 'distribution', 'distribution-push', () => ({ events: {} }), 'events'],
];
for (const [what, provider, fixture, change, field] of BAD) {
  test(`${provider}: a proved call with ${what} is refused and named`, async (t) => {
    const { sendText, listPushes, findLast } = await openScene(t, provider);
    const answer = await sendText(JSON.stringify(change(JSON.parse(readInboundFixture(fixture)) as Record<string, unknown>)));
    t.is(answer.status, 400, answer.text);
    t.true(field in ((answer.body as { fields?: object }).fields ?? {}), answer.text);
    t.deepEqual(await listPushes(), []);
    t.regex((await findLast()).last_outcome ?? '', new RegExp(`^Refused: .*${field.replace('.', '\\.')}`));
  });
}

test('sizes that no number holds are not known', async (t) => {
  const { sendText, listPushes } = await openScene(t, 'distribution');
  const { events } = JSON.parse(readInboundFixture('distribution-push')) as { events: { target: object }[] };
  for (const [index, size] of [Number.MAX_SAFE_INTEGER, -5_000_000_000, 0.5, 1e300].entries()) {
    const event = { ...events[2], id: `e${index}`, target: { ...events[2]?.target, references: [{ digest: digestOf('a1'), size }, { digest: digestOf('a2'), size: 1 }] } };
    t.is((await sendText(JSON.stringify({ events: [event] }))).status, 201);
  }
  t.deepEqual((await listPushes()).map(({ size }) => size), [null, null, null, null]);
});

test('a form is refused, and a body above five megabytes', async (t) => {
  const { sendText } = await openScene(t, 'gitea');
  const body = readInboundFixture('gitea-push');
  const form = await sendText(`payload=${encodeURIComponent(body)}`, { headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  assertError(t, form, { status: 415, code: 'unsupported_media_type' });
  const padded = (length: number) => JSON.stringify({ ...(JSON.parse(body) as object), padding: 'a'.repeat(length) });
  assertError(t, await sendText(padded(5 * 1024 * 1024)), { status: 413, code: 'body_too_large' });
  t.is((await sendText(padded(4 * 1024 * 1024))).status, 201);
});
