// Programs that read tags or write descriptions: Renovate’s own schema, and what peter-evans/dockerhub-description sends.
import test from 'ava';
import { listFaults, tail } from '../helpers/hub.js';
import { findClient, findSource } from './cache.js';
import { converse } from './conversation.js';
import { closeAll, createRepository, startPlace, type Place } from './place.js';

let place: Place;

test.before(async () => {
  place = await startPlace();
});
test.after('the hub has logged no fault', async (t) => {
  await place.hub.process.stop();
  t.deepEqual(listFaults(place.hub.process.output), []);
});
test.after.always(closeAll);
test.afterEach.always((t) => {
  if (!t.passed) t.log(tail(place.hub.process.output));
});

interface TagsPage {
  readonly count: number;
  readonly next: string | null;
  readonly results: readonly { readonly id: number; readonly name: string; readonly tag_last_pushed: string | null; readonly digest: string | null; readonly images: readonly object[] }[];
}

test('Renovate (44.121.2) keeps every tag of every page by its schema, the newest first', async (t) => {
  const alice = await place.createUser();
  const repository = await createRepository(alice);
  const names = Array.from({ length: 104 }, (_, nth) => `1.${nth}`);
  const images = [{ digest: `sha256:${'1'.repeat(64)}`, os: 'linux', architecture: 'amd64', size: 1 }];
  for (const [nth, tag] of names.entries()) await repository.push(nth % 2 ? { tag } : { tag, digest: `sha256:${'a'.repeat(64)}`, images });
  const renovate = converse(process.execPath, ['--no-warnings', findSource('npm/tagsPage.mjs'), findClient('npm')], {});
  t.teardown(() => renovate.end());
  const pages: TagsPage[] = [];
  // As it asks: one absurd page size, and then wherever `next` leads.
  let url: string | null = `${place.url}/v2/repositories/${repository.fullName}/tags?page_size=1000&ordering=last_updated`;
  while (url !== null) {
    const response = await fetch(url.replace(place.url, place.hub.url));
    t.is(response.status, 200);
    const { answer, error } = (await renovate.ask(await response.json())) as { answer?: TagsPage; error?: string };
    if (!answer) throw new Error(error);
    pages.push(answer);
    url = answer.next;
  }
  t.deepEqual(pages.map(({ count, results }) => [count, results.length]), [[104, 100], [104, 4]], 'its schema drops what it cannot read');
  const tags = pages.flatMap(({ results }) => results);
  t.deepEqual(tags.map(({ name }) => name), names.toReversed());
  t.is(new Set(tags.map(({ id }) => id)).size, 104);
  t.true(tags.every(({ tag_last_pushed }) => tag_last_pushed !== null));
  t.is(tags.at(-1)?.digest, `sha256:${'a'.repeat(64)}`);
  t.deepEqual(tags.at(-1)?.images, [{ architecture: 'amd64', digest: images[0]?.digest }]);
});

test('peter-evans/dockerhub-description (9349e0c): a token for a name and a password, then the texts', async (t) => {
  const alice = await place.createUser();
  const { fullName } = await createRepository(alice);
  const headers = { 'Content-Type': 'application/json' };
  const send = (method: string, path: string, body: object, more: object = {}) =>
    fetch(`${place.hub.url}/v2/${path}`, { method, body: JSON.stringify(body), headers: { ...headers, ...more } });
  const update = async (secret: string) => {
    const login = await send('POST', 'auth/token', { identifier: alice.username, secret });
    t.true(login.ok);
    const { access_token } = (await login.json()) as { access_token: string };
    return send('PATCH', `repositories/${fullName}`, { full_description: '# Read me', description: 'short' }, { Authorization: `Bearer ${access_token}` });
  };
  t.true((await update(alice.password)).ok);
  const { token } = await alice.api.post<{ token: string }>('/v2/access-tokens', { token_label: 'ci', scopes: ['repo:admin'] });
  t.true((await update(token)).ok, 'and for an access token');
  const read = await alice.api.post<{ token: string }>('/v2/access-tokens', { token_label: 'reader', scopes: ['repo:read'] });
  t.is((await update(read.token)).status, 403);
  t.false((await send('POST', 'auth/token', { identifier: alice.username, secret: 'wrong password' })).ok);
  const repository = await alice.api.get<{ description: string; full_description: string }>(`/v2/repositories/${fullName}/`);
  t.like(repository, { description: 'short', full_description: '# Read me' });
});
