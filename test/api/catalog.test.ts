import test, { type ExecutionContext } from 'ava';
import { assertError, startApi, type Answer, type TestApi } from '../helpers/api.js';
import { buildCollaborator, buildRepository, buildUser } from '../helpers/builders.js';

interface Place {
  readonly api: TestApi;
  readonly as: (subject: string) => Promise<string>;
}

async function startPlace(t: ExecutionContext): Promise<Place> {
  const api = await startApi(t);
  const as = async (subject: string) => (await api.hub.registryKeys.sign({ subject, access: [] })).token;
  return { api, as };
}

/** A repository that something was pushed to. */
async function buildPushed({ db }: TestApi, options: Parameters<typeof buildRepository>[1]) {
  const row = await buildRepository(db, options);
  await db('repositories').where({ id: row.id }).update({ last_pushed: row.created });
  return row;
}

const listNames = ({ body }: Answer): string[] => (body as { repositories: string[] }).repositories;

test('nobody gets a challenge as the registry writes it, and what it shows besides', async (t) => {
  const { api, as } = await startPlace(t);
  const challenge = `Bearer realm="${api.publicUrl}/token",service="hookline-registry",scope="registry:catalog:*"`;
  for (const token of [undefined, await as(''), 'nonsense', await as('nobody.there')]) {
    const answer = await api.request('GET', '/v2/_catalog', { token });
    t.is(answer.status, 401);
    t.is(answer.headers['www-authenticate'], challenge);
    t.like((answer.body as { errors: unknown[] }).errors[0], { code: 'UNAUTHORIZED' });
  }
});

test('the catalog holds what the caller may see, as it is pulled, and nothing that was never pushed to', async (t) => {
  const { api, as } = await startPlace(t);
  const [owner, stranger] = [await buildUser(api.db), await buildUser(api.db)];
  const open = await buildPushed(api, { owner });
  const hidden = await buildPushed(api, { owner, is_private: true });
  const official = await buildPushed(api, { owner });
  await api.db('repositories').where({ id: official.id }).update({ is_official: true });
  await buildRepository(api.db, { owner });
  const guest = await buildCollaborator(api.db, hidden);
  const name = (row: { name: string }) => `${owner.username}/${row.name}`;
  const everybody = [official.name, name(open)].sort();
  const all = [official.name, name(open), name(hidden)].sort();
  for (const [user, names] of [[owner, all], [guest, all], [stranger, everybody]] as const) {
    t.deepEqual(listNames(await api.request('GET', '/v2/_catalog', { token: await as(user.username) })), names);
    t.deepEqual(listNames(await api.request('GET', '/v2/_catalog/', { token: await api.login(user) })), names);
  }
});

test('pages follow the links: each name once, in the order of bytes, whatever comes and goes', async (t) => {
  const { api, as } = await startPlace(t);
  const owner = await buildUser(api.db);
  const token = await as(owner.username);
  const names = ['a', 'a-b', 'a.b', 'a0', 'ab', 'b_c', 'z'];
  for (const name of names) await buildPushed(api, { owner, name });
  const sorted = names.map((name) => `${owner.username}/${name}`).sort();
  const found: string[] = [];
  for (let path: string | undefined = '/v2/_catalog?n=3'; path !== undefined;) {
    const answer: Answer = await api.request('GET', path, { token });
    t.is(answer.status, 200);
    found.push(...listNames(answer));
    path = /^<([^>]+)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1];
  }
  t.deepEqual(found, sorted);
  const exact = await api.request('GET', '/v2/_catalog?n=7', { token });
  t.deepEqual([listNames(exact).length, exact.headers.link], [7, undefined]);
  const none = await api.request('GET', '/v2/_catalog?n=0', { token });
  t.deepEqual([none.body, none.headers.link], [{ repositories: [] }, undefined]);
  const after = await api.request('GET', `/v2/_catalog?last=${encodeURIComponent('zzzz/nothing')}`, { token });
  t.deepEqual(listNames(after), []);
  t.is((await api.request('HEAD', '/v2/_catalog', { token })).status, 200);
});

for (const query of ['n=-1', 'n=x', 'n=1.5', 'last=%00', `last=${'a'.repeat(256)}`]) {
  test(`a catalog of ${query.slice(0, 20)} is refused`, async (t) => {
    const { api, as } = await startPlace(t);
    const owner = await buildUser(api.db);
    const answer = await api.request('GET', `/v2/_catalog?${query}`, { token: await as(owner.username) });
    assertError(t, answer, { status: 400, code: 'invalid_input', fields: [query.split('=')[0] ?? ''] });
  });
}
