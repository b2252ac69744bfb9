import test, { type ExecutionContext } from 'ava';
import type { Static } from '@sinclair/typebox';
import type { Build, ClaimedBuild } from '../../api/schemas/builds.js';
import { insertAccessToken, type NewAccessToken } from '../../db/accessTokens.js';
import type { RepositoryRow } from '../../db/repositories.js';
import type { UserRow } from '../../db/users.js';
import { assertError, buildPlace, pathOf, startApi, type Answer, type TestApi } from '../helpers/api.js';
import { buildChain, buildCollaborator, buildRepository, pick } from '../helpers/builders.js';
import { buildBuild, buildSource } from '../helpers/sources.js';

type BuildBody = Static<typeof Build>;
type Claimed = Static<typeof ClaimedBuild>;

/** A robot's token: one repository, push and pull. */
async function buildRobot({ db }: TestApi, owner: UserRow, repository: RepositoryRow, change: Partial<NewAccessToken> = {}): Promise<string> {
  const robot = { label: 'builder', scopes: ['repo:write'], creator_ip: '', creator_ua: '', expires: null } as const;
  const { secret } = await insertAccessToken(db, { ...robot, user_id: owner.id, repository_id: repository.id, ...change });
  return secret;
}

async function openScene(t: ExecutionContext, is_private = false) {
  const api = await startApi(t);
  const place = await buildPlace(api, { is_private });
  await buildSource(api.db, { repository: place.repository });
  const robot = await buildRobot(api, place.owner, place.repository);
  const send = (method: string, rest: string, body?: object, token = robot): Promise<Answer> =>
    api.request(method, `${place.path}${rest}`, { token, ...(body ? { body } : {}) });
  return {
    ...place,
    api,
    robot,
    send,
    claim: async (): Promise<Claimed> => (await send('POST', '/builds/claim', {})).body as Claimed,
  };
}

for (const kind of ['public', 'private'] as const) {
  test(`a robot lists, claims, pushes and finishes, on a ${kind} repository; the push fires the chain`, async (t) => {
    const { api, repository, send, owner } = await openScene(t, kind === 'private');
    await buildChain(api.db, { repository });
    const { id } = await buildBuild(api.db, { repository, ref: 'refs/tags/v1', commit: 'd'.repeat(40), message: 'm', author: 'zoe' });
    t.like((await send('GET', '/builds/?state=queued')).body, { count: 1, results: [{ id, state: 'queued', claimed_by: null }] });
    const answer = await send('POST', '/builds/claim/', { lifetime: '10m' });
    const claimed = answer.body as Claimed;
    t.is(answer.status, 200);
    t.like(claimed, {
      id, state: 'claimed', provider: 'github', source: 'acme/app', source_url: 'https://github.com/acme/app', dockerfile: 'Dockerfile',
      ref: 'refs/tags/v1', commit: 'd'.repeat(40), message: 'm', author: 'zoe', claimed_by: owner.username, finished: null,
    });
    const minutes = (Date.parse(claimed.claim_expires ?? '') - Date.parse(claimed.claimed ?? '')) / 60_000;
    t.is(minutes, 10);
    const pushed = await send('POST', '/pushes', { tag: 'v1' });
    t.deepEqual([pushed.status, (pushed.body as { runs: object[] }).runs.length], [202, 1]);
    const end = { claim: claimed.claim, state: 'success', description: 'built', target_url: 'https://ci.example/1' };
    const finished = await send('POST', `/builds/${id}/finish`, end);
    t.is(finished.status, 200);
    t.like(finished.body, { id, state: 'success', description: 'built', target_url: 'https://ci.example/1' });
    t.truthy((finished.body as BuildBody).finished);
    t.deepEqual((await send('GET', `/builds/${id}`)).body, finished.body);
    t.is((await send('POST', '/builds/claim', {})).status, 204);
  });
}

test('a robot can do nothing else, and nothing elsewhere', async (t) => {
  const { api, repository, send, owner, robot, path } = await openScene(t);
  const collaborator = await buildCollaborator(api.db, repository);
  const { slug } = await buildChain(api.db, { repository });
  const here: readonly (readonly [string, string, object?])[] = [
    ['GET', '/source'], ['PUT', '/source', { provider: 'github', source: 'evil/app' }], ['POST', '/source/rotate_secret'], ['DELETE', '/source'],
    ['PATCH', '', { description: 'x' }], ['DELETE', ''], ['POST', '/privacy', { is_private: true }],
    ['GET', '/collaborators'], ['POST', '/collaborators', { user: collaborator.username }], ['DELETE', `/collaborators/${collaborator.username}`],
    ['GET', '/webhook_pipeline'], ['GET', `/webhook_pipeline/${slug}`], ['POST', `/webhook_pipeline/${slug}/test`], ['GET', '/runs'],
  ];
  for (const [method, rest, body] of here) t.is((await send(method, rest, body)).status, 403, `${method} ${rest}`);
  for (const [path, body] of [['/v2/repositories', { namespace: owner.username, name: 'more' }], ['/v2/users', { username: 'robot2', email: 'r@example.com', password: 'password' }]] as const) {
    t.is((await api.request('POST', path, { token: robot, body })).status, 403, path);
  }
  for (const is_private of [false, true]) {
    const other = await buildRepository(api.db, { owner, is_private });
    await buildBuild(api.db, { repository: other });
    for (const [method, rest, body] of [['GET', '/builds'], ['POST', '/builds/claim', {}], ['POST', '/pushes', {}]] as const) {
      const answer = await api.request(method, `${pathOf(other)}${rest}`, { token: robot, ...(body ? { body } : {}) });
      t.is(answer.status, is_private ? 404 : 403, `${method} ${rest} of another repository`);
    }
  }
  t.is((await api.request('GET', path, { token: robot })).status, 200);
});

test('a token that may only read, has ended or was switched off builds nothing', async (t) => {
  const { api, send, owner, repository } = await openScene(t);
  await buildBuild(api.db, { repository });
  const reader = await buildRobot(api, owner, repository, { scopes: ['repo:read'] });
  t.is((await send('POST', '/builds/claim', {}, reader)).status, 403);
  const ended = await buildRobot(api, owner, repository, { expires: new Date(Date.now() - 1).toISOString() });
  t.is((await send('POST', '/builds/claim', {}, ended)).status, 401);
});

test('two builders that ask at once get two builds, and only one gets the last', async (t) => {
  const { api, send, repository } = await openScene(t);
  for (let index = 0; index < 3; index += 1) await buildBuild(api.db, { repository });
  const answers = await Promise.all(Array.from({ length: 8 }, () => send('POST', '/builds/claim', {})));
  t.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 200, 204, 204, 204, 204, 204]);
  const claimed = answers.filter(({ status }) => status === 200).map(({ body }) => body as Claimed);
  t.is(new Set(claimed.map(({ id }) => id)).size, 3);
  t.is(new Set(claimed.map(({ claim }) => claim)).size, 3);
});

test('the claim is told to its claimer alone', async (t) => {
  const { api, send, repository, claim } = await openScene(t);
  await buildBuild(api.db, { repository });
  const claimed = await claim();
  t.true(claimed.claim.length > 30);
  for (const rest of ['/builds', `/builds/${claimed.id}`]) t.false((await send('GET', rest)).text.includes(claimed.claim));
});

test('a build is finished once: the same again is answered the same, another state is a conflict', async (t) => {
  const { api, send, repository, claim } = await openScene(t);
  await buildBuild(api.db, { repository });
  const { id, claim: held } = await claim();
  const finish = (body: object) => send('POST', `/builds/${id}/finish`, { claim: held, ...body });
  const first = await finish({ state: 'failure', description: 'tests failed' });
  const again = await finish({ state: 'failure', description: 'said otherwise' });
  t.deepEqual([again.status, again.text], [200, first.text]);
  assertError(t, await finish({ state: 'success' }), { status: 409, code: 'build_closed' });
  assertError(t, await finish({ state: 'failure', claim: 'another' }), { status: 409, code: 'build_closed' });
  assertError(t, await send('POST', `/builds/${id}/renew`, { claim: held }), { status: 409, code: 'build_closed' });
});

test('of two ends at once one counts', async (t) => {
  const { api, send, repository, claim } = await openScene(t);
  await buildBuild(api.db, { repository });
  const { id, claim: held } = await claim();
  const ends = await Promise.all(['success', 'failure'].map((state) => send('POST', `/builds/${id}/finish`, { claim: held, state })));
  t.deepEqual(ends.map(({ status }) => status).sort(), [200, 409]);
});

test('a claim that is not this build’s, or has run out, neither finishes nor renews', async (t) => {
  const { api, send, repository, claim } = await openScene(t);
  const queued = await buildBuild(api.db, { repository });
  assertError(t, await send('POST', `/builds/${queued.id}/finish`, { claim: 'guess', state: 'success' }), { status: 409, code: 'claim_lost' });
  const [one, other] = [await claim(), await buildBuild(api.db, { repository })];
  assertError(t, await send('POST', `/builds/${other.id}/finish`, { claim: one.claim, state: 'success' }), { status: 409, code: 'claim_lost' });
  await api.db('builds').where({ id: one.id }).update({ claim_expires: new Date(Date.now() - 1).toISOString() });
  for (const [rest, body] of [['renew', {}], ['finish', { state: 'success' }]] as const) {
    assertError(t, await send('POST', `/builds/${one.id}/${rest}`, { claim: one.claim, ...body }), { status: 409, code: 'claim_lost' });
  }
  assertError(t, await send('POST', '/builds/bld_none/finish', { claim: 'x', state: 'success' }), { status: 404, code: 'not_found' });
  const foreign = await buildBuild(api.db);
  for (const [method, rest, body] of [['GET', ''], ['POST', '/renew', { claim: 'x' }], ['POST', '/finish', { claim: 'x', state: 'success' }]] as const) {
    assertError(t, await send(method, `/builds/${foreign.id}${rest}`, body), { status: 404, code: 'not_found' });
  }
});

test('a claim is renewed', async (t) => {
  const { api, send, repository, claim } = await openScene(t);
  await buildBuild(api.db, { repository });
  const claimed = await claim();
  t.is(Date.parse(claimed.claim_expires ?? '') - Date.parse(claimed.claimed ?? ''), 3_600_000, 'an hour where nobody says otherwise');
  const renewed = await send('POST', `/builds/${claimed.id}/renew`, { claim: claimed.claim, lifetime: '24h' });
  t.is(renewed.status, 200);
  t.true(Date.parse((renewed.body as BuildBody).claim_expires ?? '') > Date.now() + 23 * 3_600_000);
});

test('builds are listed newest first, or in their queue’s order, by state, page by page', async (t) => {
  const { api, send, repository, claim } = await openScene(t);
  const ids: string[] = [];
  for (let index = 0; index < 3; index += 1) ids.push((await buildBuild(api.db, { repository })).id);
  await claim();
  const list = async (query: string) => ((await send('GET', `/builds/?${query}`)).body as { results: BuildBody[] }).results.map(({ id }) => ids.indexOf(id));
  t.deepEqual(await list(''), [2, 1, 0]);
  t.deepEqual(await list('ordering=created'), [0, 1, 2]);
  t.deepEqual(await list('ordering=-created&page_size=1&page=2'), [1]);
  t.deepEqual(await list('state=claimed'), [0]);
  t.deepEqual(await list('page=9'), []);
  t.like((await send('GET', '/builds?page_size=1')).body, { count: 3, previous: null });
});

const QUERIES = [['state=open', 'state'], ['ordering=ref', 'ordering'], ['page=0', 'page'], ['page_size=abc', 'page_size'], ['ref=x', 'ref']] as const;
for (const [query, field] of QUERIES) {
  test(`a list of builds by ${query} is refused`, async (t) => {
    const { send } = await openScene(t);
    assertError(t, await send('GET', `/builds?${query}`), { status: 400, code: 'invalid_input', fields: [field] });
  });
}

const END = { claim: 'c', state: 'success' };
const FAULTS: readonly [what: string, rest: string, body: object, field: string][] = [
  ['a claim under a minute', 'claim', { lifetime: '59s' }, 'lifetime'],
  ['a claim over a day', 'claim', { lifetime: '25h' }, 'lifetime'],
  ['a claim of no unit', 'claim', { lifetime: '60' }, 'lifetime'],
  ['a claim of a number', 'claim', { lifetime: 3600 }, 'lifetime'],
  ['a claim for somebody else', 'claim', { claimed_by: 'bob' }, 'claimed_by'],
  ['a renewal without its claim', 'bld_1/renew', {}, 'claim'],
  ['an end without its claim', 'bld_1/finish', { state: 'success' }, 'claim'],
  ['an end that is none', 'bld_1/finish', { ...END, state: 'queued' }, 'state'],
  ['an end that only the hub sets', 'bld_1/finish', { ...END, state: 'canceled' }, 'state'],
  ['no end', 'bld_1/finish', { ...END, state: null }, 'state'],
  ['a long description', 'bld_1/finish', { ...END, description: 'é'.repeat(256) }, 'description'],
  ['a target that runs', 'bld_1/finish', { ...END, target_url: 'javascript:alert(1)' }, 'target_url'],
  ['a list as claim', 'bld_1/finish', { ...END, claim: ['c'] }, 'claim'],
  ['another commit', 'bld_1/finish', { ...END, commit: 'e'.repeat(40) }, 'commit'],
  ['half a surrogate pair', 'bld_1/finish', { ...END, description: '\udc00' }, 'description'],
];
for (const [what, rest, body, field] of FAULTS) {
  test(`${what} is refused`, async (t) => {
    const { send, api, repository } = await openScene(t);
    const { id } = await buildBuild(api.db, { repository });
    const answer = await send('POST', `/builds/${rest.replace('bld_1', id)}`, body);
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: [field] });
    t.deepEqual((await api.db('builds').select<{ state: string }[]>('state')).map(({ state }) => state), ['queued']);
  });
}

test('a builder whose right was taken away can no longer finish', async (t) => {
  const { api, repository, send } = await openScene(t);
  const user = await buildCollaborator(api.db, repository);
  const token = await api.login(user);
  await buildBuild(api.db, { repository });
  const claimed = (await send('POST', '/builds/claim', {}, token)).body as Claimed;
  await api.db('collaborators').where({ user_id: user.id }).delete();
  t.is((await send('POST', `/builds/${claimed.id}/finish`, { claim: claimed.claim, state: 'success' }, token)).status, 403);
  t.is(pick((await api.db('builds').select<{ state: string }[]>('state'))).state, 'claimed');
});
