import test, { type ExecutionContext } from 'ava';
import type { Static } from '@sinclair/typebox';
import type { Source } from '../../api/schemas/builds.js';
import { findSource, type Provider } from '../../db/sources.js';
import { openSecrets } from '../../keys.js';
import { assertError, buildPlace, startApi, type Answer, type TestApi } from '../helpers/api.js';
import { must, TEST_KEYRING, uniqueName } from '../helpers/builders.js';
import { buildBuild, buildSource, readSourceFixture, signCall } from '../helpers/sources.js';

type SourceBody = Static<typeof Source>;

const LINK = { provider: 'github', source: 'acme/app' };

async function openScene(t: ExecutionContext) {
  const api = await startApi(t);
  const place = await buildPlace(api);
  const send = (method: string, body?: object, rest = ''): Promise<Answer> =>
    api.request(method, `${place.path}/source${rest}`, { token: place.token, ...(body ? { body } : {}) });
  return { ...place, api, send };
}

interface CallOptions {
  readonly provider?: Provider;
  readonly event?: string;
  readonly delivery?: string | null;
  readonly signature?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Headers as the provider sends them. */
function writeHeaders(body: string, { provider = 'github', event, delivery = uniqueName('d'), signature = signCall(body), headers }: CallOptions) {
  const names = provider === 'github'
    ? { event: 'X-GitHub-Event', delivery: 'X-GitHub-Delivery', signature: 'X-Hub-Signature-256', push: 'push' }
    : { event: 'X-Event-Key', delivery: 'X-Request-UUID', signature: 'X-Hub-Signature', push: 'repo:push' };
  return {
    [names.event]: event ?? names.push,
    ...(delivery === null ? {} : { [names.delivery]: delivery }),
    ...(signature === null ? {} : { [names.signature]: signature }),
    ...headers,
  };
}

function call(api: TestApi, id: string, body: string, options: CallOptions = {}): Promise<Answer> {
  return api.request('POST', `/v2/sources/${id}/hook`, { body, headers: writeHeaders(body, options) });
}

/** What the builder finds. */
async function listBuilds({ db }: TestApi) {
  return db('builds').orderBy('id').select<Record<string, unknown>[]>('ref', 'commit', 'message', 'author', 'state', 'request_id');
}

test('a repository is linked: the secret is shown once, sealed at rest, and the repository is an automated one', async (t) => {
  const { api, send, path, token, repository } = await openScene(t);
  assertError(t, await send('GET'), { status: 404, code: 'not_found' });
  const answer = await send('PUT', LINK);
  const linked = answer.body as SourceBody;
  t.is(answer.status, 201);
  t.like(linked, { ...LINK, dockerfile: 'Dockerfile', source_url: 'https://github.com/acme/app', previous_secret_expires: null });
  t.regex(linked.webhook_url, /^https:\/\/hub\.example\/v2\/sources\/src_[0-9a-f]{40}\/hook\/$/);
  const { secret = '', ...rest } = linked;
  t.regex(secret, /^[0-9a-f]{64}$/);
  t.deepEqual((await send('GET')).body, rest);
  const row = must(await findSource(api.db, repository.id), 'a source');
  t.false(row.secret.includes(secret));
  t.deepEqual(openSecrets(TEST_KEYRING, row), [secret]);
  t.like((await api.request('GET', path, { token })).body, { is_automated: true, source: 'https://github.com/acme/app' });
  t.is((await send('DELETE')).status, 204);
  t.like((await api.request('GET', path, { token })).body, { is_automated: false, source: null });
  assertError(t, await send('DELETE'), { status: 404, code: 'not_found' });
});

test('the same source keeps address and secret, another has both anew, and a given secret is not repeated', async (t) => {
  const { send } = await openScene(t);
  const first = (await send('PUT', LINK)).body as SourceBody;
  const same = await send('PUT', { ...LINK, source: 'Acme/APP', dockerfile: 'docker/web.Dockerfile' });
  t.is(same.status, 200);
  t.like(same.body, { webhook_url: first.webhook_url, secret: undefined, dockerfile: 'docker/web.Dockerfile', source: 'Acme/APP' });
  const given = await send('PUT', { ...LINK, secret: 'sixteen-or-more!' });
  t.like(given.body, { webhook_url: first.webhook_url, secret: undefined });
  const other = await send('PUT', { ...LINK, provider: 'bitbucket' });
  t.is(other.status, 201);
  t.not((other.body as SourceBody).webhook_url, first.webhook_url);
  t.is((other.body as SourceBody).source_url, 'https://bitbucket.org/acme/app');
});

test('links and their ends stand in the audit log, without the secret', async (t) => {
  const { api, send } = await openScene(t);
  await send('PUT', { ...LINK, secret: 'not-for-the-audit-log' });
  await send('POST', undefined, '/rotate_secret');
  await send('DELETE');
  const events = await api.db('audit_events').orderBy('id').select<{ action: string; data: string }[]>('action', 'data');
  t.deepEqual(events.map(({ action }) => action), ['repo.source.set', 'repo.source.set', 'repo.source.remove']);
  t.deepEqual(events.map(({ data }) => JSON.parse(data) as unknown), [{ ...LINK, dockerfile: 'Dockerfile' }, { rotated: true }, {}]);
});

test('a rotated secret is shown once, and for 24 hours either signs', async (t) => {
  const { api, send, repository } = await openScene(t);
  const { secret: first = '' } = (await send('PUT', LINK)).body as SourceBody;
  const answer = await send('POST', undefined, '/rotate_secret');
  const { secret: second = '', previous_secret_expires } = answer.body as SourceBody;
  t.is(answer.status, 200);
  t.regex(second, /^[0-9a-f]{64}$/);
  const hours = (Date.parse(previous_secret_expires ?? '') - Date.now()) / 3_600_000;
  t.true(hours > 23.9 && hours <= 24, String(hours));
  const { id } = must(await findSource(api.db, repository.id), 'a source');
  const body = readSourceFixture('github-push');
  const callWith = async (secret: string) => (await call(api, id, body, { signature: signCall(body, secret), delivery: 'd' })).status;
  t.deepEqual([await callWith(first), await callWith(second)], [201, 200]);
  await api.db('sources').update({ previous_secret_expires: new Date(Date.now() - 1).toISOString() });
  t.deepEqual([await callWith(first), await callWith(second)], [401, 200]);
});

const FAULTS: readonly [what: string, change: object, field: string][] = [
  ['another provider', { provider: 'gitlab' }, 'provider'],
  ['a provider of no text', { provider: null }, 'provider'],
  ['a source without an owner', { source: 'app' }, 'source'],
  ['a source of three parts', { source: 'a/b/c' }, 'source'],
  ['a source that climbs', { source: '../app' }, 'source'],
  ['a source with a dot for a name', { source: 'acme/.' }, 'source'],
  ['a source that leaves its URL', { source: 'acme/app?x=1' }, 'source'],
  ['a long source', { source: `acme/${'a'.repeat(101)}` }, 'source'],
  ['a list of sources', { source: ['acme/app'] }, 'source'],
  ['an absolute dockerfile', { dockerfile: '/etc/passwd' }, 'dockerfile'],
  ['a dockerfile that climbs', { dockerfile: 'docker/../../Dockerfile' }, 'dockerfile'],
  ['a dockerfile that is the folder above', { dockerfile: '..' }, 'dockerfile'],
  ['a dockerfile in another spelling', { dockerfile: '..\\Dockerfile' }, 'dockerfile'],
  ['a dockerfile of two lines', { dockerfile: 'a\nb' }, 'dockerfile'],
  ['no dockerfile', { dockerfile: '' }, 'dockerfile'],
  ['a long dockerfile', { dockerfile: 'a'.repeat(256) }, 'dockerfile'],
  ['half a surrogate pair', { dockerfile: 'a\ud800' }, 'dockerfile'],
  ['a short secret', { secret: 'fifteen-letters' }, 'secret'],
  ['a long secret', { secret: 'a'.repeat(129) }, 'secret'],
  ['a secret with a space', { secret: 'sixteen or more letters' }, 'secret'],
  ['an id of the caller’s choice', { id: 'src_1' }, 'id'],
  ['a flag that is not the caller’s', { is_automated: true }, 'is_automated'],
];
for (const [what, change, field] of FAULTS) {
  test(`${what} is refused and nothing is linked`, async (t) => {
    const { send } = await openScene(t);
    assertError(t, await send('PUT', { ...LINK, ...change }), { status: 400, code: 'invalid_input', fields: [field] });
    t.is((await send('GET')).status, 404);
  });
}

test('dockerfiles whose names only look like climbing are taken', async (t) => {
  const { send } = await openScene(t);
  for (const dockerfile of ['..Dockerfile', 'a/..b/Dockerfile', 'Docker..file', '.docker/Dockerfile', 'größe/🐳']) {
    t.like((await send('PUT', { ...LINK, dockerfile })).body, { dockerfile });
  }
});

test('a push at GitHub asks for a build: commit, first words and author, over the very bytes that were signed', async (t) => {
  const api = await startApi(t);
  const { id } = await buildSource(api.db);
  const answer = await call(api, id, readSourceFixture('github-push'), { delivery: 'd1' });
  t.is(answer.status, 201, answer.text);
  t.like(answer.body, { detail: 'Recorded' });
  const [build, ...rest] = await listBuilds(api);
  t.deepEqual(build, {
    ref: 'refs/heads/main', commit: 'c0ffee1234'.repeat(4), state: 'queued', author: 'zoe', request_id: 'd1',
    message: 'Größe der Bilder berichtigt 🐳\n\nSie zählte doppelt.',
  });
  t.deepEqual(rest, []);
});

test('an annotated tag at GitHub builds its commit, and a deleted branch nothing', async (t) => {
  const api = await startApi(t);
  const { id } = await buildSource(api.db);
  t.is((await call(api, id, readSourceFixture('github-annotated-tag'))).status, 201);
  t.is((await call(api, id, readSourceFixture('github-branch-deleted'))).status, 202);
  t.deepEqual((await listBuilds(api)).map(({ ref, commit }) => [ref, commit]), [['refs/tags/v1.2.0', 'c0ffee1234'.repeat(4)]]);
});

test('a push at Bitbucket asks for a build of each branch and tag that it leaves', async (t) => {
  const api = await startApi(t);
  const { id } = await buildSource(api.db, { provider: 'bitbucket' });
  const body = readSourceFixture('bitbucket-push');
  t.is((await call(api, id, body, { provider: 'bitbucket', delivery: 'u1', headers: { 'X-Attempt-Number': '1' } })).status, 201);
  const again = await call(api, id, body, { provider: 'bitbucket', delivery: 'u1', headers: { 'X-Attempt-Number': '2' } });
  t.is(again.status, 200);
  const commit = 'c0ffee1234'.repeat(4);
  const message = 'Größe der Bilder berichtigt 🐳\n';
  t.deepEqual(await listBuilds(api), [
    { ref: 'refs/heads/feature/größe', commit, message, author: 'zoe', state: 'queued', request_id: 'u1' },
    { ref: 'refs/tags/v1.2.0', commit, message, author: 'zoe', state: 'queued', request_id: 'u1' },
  ]);
  t.is((await call(api, id, readSourceFixture('bitbucket-branch-deleted'), { provider: 'bitbucket' })).status, 202);
  t.is((await listBuilds(api)).length, 2);
});

test('the same delivery again, also at once, asks for nothing new and answers with the same builds', async (t) => {
  const api = await startApi(t);
  const { id } = await buildSource(api.db);
  const body = readSourceFixture('github-push');
  const answers = await Promise.all(Array.from({ length: 10 }, () => call(api, id, body, { delivery: 'same' })));
  t.deepEqual(answers.map(({ status }) => status).sort(), [...Array<number>(9).fill(200), 201]);
  t.is(new Set(answers.map(({ body }) => JSON.stringify((body as { builds: object[] }).builds))).size, 1);
  t.is((await listBuilds(api)).length, 1);
});

test('a ping is answered, other events are ignored and told so', async (t) => {
  const api = await startApi(t);
  const { id } = await buildSource(api.db);
  const ping = await call(api, id, readSourceFixture('github-ping'), { event: 'ping' });
  t.deepEqual([ping.status, ping.body], [200, { detail: 'The webhook is set up', builds: [] }]);
  const other = await call(api, id, readSourceFixture('github-push'), { event: 'issues' });
  t.deepEqual([other.status, other.body], [202, { detail: 'Ignored: only push asks for builds', builds: [] }]);
  t.deepEqual(await listBuilds(api), []);
});

const body = readSourceFixture('github-push');
const right = signCall(body);
const FORGERIES: readonly [what: string, signature: string | null][] = [
  ['no signature', null],
  ['an empty one', ''],
  ['another secret', signCall(body, 'another-secret-of-somebody')],
  ['another body', signCall(body.replace('main', 'evil'))],
  ['its beginning', right.slice(0, -1)],
  ['its first character', right.slice(0, 8)],
  ['more behind it', `${right}0`],
  ['no prefix', right.slice('sha256='.length)],
  ['another prefix', right.replace('sha256', 'sha1')],
  ['two of them', `${right}, ${right}`],
];
for (const [what, signature] of FORGERIES) {
  test(`a call with a signature that is not right (${what}) is refused in the same words`, async (t) => {
    const api = await startApi(t);
    const { id } = await buildSource(api.db);
    const answer = await call(api, id, body, { signature });
    assertError(t, answer, { status: 401, code: 'invalid_signature' });
    t.is((answer.body as { detail: string }).detail, 'The request must be signed with the secret');
    t.deepEqual(await listBuilds(api), []);
  });
}

test('GitHub’s older signature, by SHA-1, does not count, nor does one in the other provider’s header', async (t) => {
  const api = await startApi(t);
  const { id } = await buildSource(api.db);
  assertError(t, await call(api, id, body, { signature: null, headers: { 'X-Hub-Signature': right } }), { status: 401, code: 'invalid_signature' });
});

test('the signature is over bytes: the same JSON in another spelling does not fit, and a byte order mark is no JSON', async (t) => {
  const api = await startApi(t);
  const { id } = await buildSource(api.db);
  const respelt = JSON.stringify(JSON.parse(body));
  assertError(t, await call(api, id, respelt, { signature: right }), { status: 401, code: 'invalid_signature' });
  t.is((await call(api, id, respelt)).status, 201);
  const marked = `\ufeff${body}`;
  t.is(Buffer.from(marked).length, Buffer.from(body).length + 3);
  for (const signature of [undefined, right]) {
    assertError(t, await call(api, id, marked, signature ? { signature } : {}), { status: 400, code: 'malformed_json' });
  }
});

test('nothing of the body is believed before its signature holds', async (t) => {
  const api = await startApi(t);
  const { id } = await buildSource(api.db);
  for (const wrong of ['{}', '{"ref":1}', body.replace('acme/App', 'evil/app')]) {
    assertError(t, await call(api, id, wrong, { signature: right }), { status: 401, code: 'invalid_signature' });
  }
});

test('an address that no source has is a 404, whatever is sent', async (t) => {
  const api = await startApi(t);
  await buildSource(api.db);
  for (const id of ['src_none', `src_${'0'.repeat(40)}`, '%00']) assertError(t, await call(api, id, body), { status: 404, code: 'not_found' });
});

test('a call about another repository is refused, and names in another case are the same', async (t) => {
  const api = await startApi(t);
  const { id } = await buildSource(api.db, { source: 'ACME/app' });
  t.is((await call(api, id, body)).status, 201);
  const other = body.replace('"full_name": "acme/App"', '"full_name": "acme/Other"');
  assertError(t, await call(api, id, other), { status: 400, code: 'invalid_input', fields: ['repository.full_name'] });
  t.is((await listBuilds(api)).length, 1);
});

const push = JSON.parse(body) as Record<string, unknown>;
const BAD_PUSHES: readonly [what: string, change: object, field: string][] = [
  ['no ref', { ref: undefined }, 'ref'],
  ['a ref of no text', { ref: 5 }, 'ref'],
  ['a long ref', { ref: `refs/heads/${'a'.repeat(1000)}` }, 'ref'],
  ['a commit of no digits', { after: 'HEAD' }, 'after'],
  ['a flag of another type', { deleted: 'false' }, 'deleted'],
  ['no repository', { repository: null }, 'repository'],
];
for (const [what, change, field] of BAD_PUSHES) {
  test(`a signed push with ${what} is refused and named`, async (t) => {
    const api = await startApi(t);
    const { id } = await buildSource(api.db);
    assertError(t, await call(api, id, JSON.stringify({ ...push, ...change })), { status: 400, code: 'invalid_input', fields: [field] });
    t.deepEqual(await listBuilds(api), []);
  });
}

test('a signed push without the id of its delivery is refused', async (t) => {
  const api = await startApi(t);
  const { id } = await buildSource(api.db);
  assertError(t, await call(api, id, body, { delivery: null }), { status: 400, code: 'invalid_input', fields: ['x-github-delivery'] });
  assertError(t, await call(api, id, body, { delivery: 'd'.repeat(201) }), { status: 400, code: 'invalid_input', fields: ['x-github-delivery'] });
});

test('a long message is cut between characters', async (t) => {
  const api = await startApi(t);
  const { id } = await buildSource(api.db);
  const head_commit = { ...(push['head_commit'] as object), message: '🐳'.repeat(5000) };
  t.is((await call(api, id, JSON.stringify({ ...push, head_commit }))).status, 201);
  t.is((await listBuilds(api))[0]?.['message'], '🐳'.repeat(1000));
});

test('references that are neither branch nor tag are ignored', async (t) => {
  const api = await startApi(t);
  const { id } = await buildSource(api.db);
  for (const ref of ['refs/notes/commits', 'refs/heads/', 'main']) {
    t.is((await call(api, id, JSON.stringify({ ...push, ref }))).status, 202);
  }
  t.deepEqual(await listBuilds(api), []);
});

test('a form is refused with a word about the setting, and a body above five megabytes', async (t) => {
  const api = await startApi(t);
  const { id } = await buildSource(api.db);
  const form = await call(api, id, `payload=${encodeURIComponent(body)}`, { headers: { 'content-type': 'application/x-www-form-urlencoded' } });
  assertError(t, form, { status: 415, code: 'unsupported_media_type' });
  t.regex((form.body as { detail: string }).detail, /Content type/);
  const large = JSON.stringify({ ...push, padding: 'a'.repeat(5 * 1024 * 1024) });
  assertError(t, await call(api, id, large), { status: 413, code: 'body_too_large' });
  t.is((await call(api, id, JSON.stringify({ ...push, padding: 'a'.repeat(4 * 1024 * 1024) }))).status, 201);
});

test('a link that ends cancels the builds that are not over, and takes no more calls', async (t) => {
  const { api, send, repository } = await openScene(t);
  const { id } = await buildSource(api.db, { repository });
  await buildBuild(api.db, { repository });
  await send('DELETE');
  t.deepEqual((await listBuilds(api)).map(({ state }) => state), ['canceled']);
  assertError(t, await call(api, id, body), { status: 404, code: 'not_found' });
});
