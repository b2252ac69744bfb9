import test from 'ava';
import { assertError, buildPlace, startApi, type Place, type TestApi } from '../helpers/api.js';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const ARM = `sha256:${'cd'.repeat(32)}`;
const AMD = `sha256:${'ef'.repeat(32)}`;
const IMAGES = [
  { digest: AMD, architecture: 'amd64', os: 'linux', size: 2000 },
  { digest: ARM, architecture: 'arm64', os: 'linux', variant: 'v8', size: 1500 },
];

interface Tag {
  readonly id: number;
  readonly name: string;
}

async function push(api: TestApi, { path, token }: Place, body: object): Promise<void> {
  const { status, text } = await api.request('POST', `${path}/pushes`, { token, body });
  if (status !== 202) throw new Error(text);
}

async function listNames(api: TestApi, { path, token }: Place, query = ''): Promise<string[]> {
  const { body } = await api.request('GET', `${path}/tags${query}`, { token });
  return (body as { results: Tag[] }).results.map(({ name }) => name);
}

test('a push fills the tag: digest, sizes, platforms, when and by whom', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  await push(api, place, { tag: 'v1', digest: DIGEST, media_type: 'application/vnd.oci.image.index.v1+json', images: IMAGES });
  const { body } = await api.request('GET', `${place.path}/tags/v1`);
  const image = { features: '', os_features: '', os_version: null, status: 'active', last_pulled: null, os: 'linux' };
  t.like(body, {
    name: 'v1', digest: DIGEST, full_size: 3500, v2: true, tag_status: 'active', content_type: 'image',
    media_type: 'application/vnd.oci.image.index.v1+json', last_updater_username: place.owner.username,
    images: [
      { ...image, architecture: 'amd64', digest: AMD, size: 2000, variant: null },
      { ...image, architecture: 'arm64', digest: ARM, size: 1500, variant: 'v8' },
    ],
  });
  const tag = body as Record<string, unknown>;
  for (const name of ['id', 'creator', 'last_updater', 'repository']) t.true(Number.isSafeInteger(tag[name]), name);
  for (const name of ['last_updated', 'tag_last_pushed']) t.regex(String(tag[name]), /Z$/, name);
  t.like((await api.request('GET', place.path)).body, { storage_size: 3500, last_updated: tag['last_updated'] });
});

test('receivers get the digests of the platforms', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  await push(api, place, { images: [...IMAGES, '27d4'] });
  t.like((await api.request('GET', `${place.path}/pushes`, { token: place.token })).body, { results: [{ images: [AMD, ARM, '27d4'], size: null }] });
});

test('a push that names no platform still has one image', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  await push(api, place, { tag: 'plain', digest: DIGEST, size: 7 });
  await push(api, place, { tag: 'bare' });
  await push(api, place, { tag: 'old', images: ['27d4', '51a9'] });
  const images = async (tag: string) => ((await api.request('GET', `${place.path}/tags/${tag}`)).body as { images: object[] }).images;
  t.like(await images('plain'), [{ architecture: 'unknown', os: 'unknown', digest: DIGEST, size: 7 }]);
  t.like(await images('bare'), [{ architecture: 'unknown', digest: null, size: 0 }]);
  t.like(await images('old'), [{ digest: '27d4', size: 0 }, { digest: '51a9', size: 0 }]);
});

test('a tag that is pushed again is the same tag with another digest', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  await push(api, place, { digest: DIGEST });
  const before = (await api.request('GET', `${place.path}/tags/latest`)).body as Tag;
  await push(api, place, { digest: ARM });
  const after = await api.request('GET', `${place.path}/tags/latest`);
  t.like(after.body, { id: before.id, digest: ARM });
  t.like((await api.request('GET', `${place.path}/tags`)).body, { count: 1 });
});

/** Docker Hub turns the orders round, and Renovate relies on it. */
const ORDERS = {
  '': ['b', 'c', 'a'], '?ordering=last_updated': ['b', 'c', 'a'], '?ordering=-last_updated': ['a', 'c', 'b'],
  '?ordering=name': ['c', 'b', 'a'], '?ordering=-name': ['a', 'b', 'c'],
};
for (const [query, expected] of Object.entries(ORDERS)) {
  test(`tags${query} come in their order, at both addresses`, async (t) => {
    const api = await startApi(t);
    const place = await buildPlace(api);
    for (const [index, tag] of ['a', 'c', 'b'].entries()) {
      await push(api, place, { tag });
      await api.db('tags').where({ name: tag }).update({ updated: `2026-01-0${index + 1}T00:00:00.000Z` });
    }
    t.deepEqual(await listNames(api, place, query), expected);
    const { namespace, name } = place.repository;
    t.deepEqual(await listNames(api, { ...place, path: `/v2/namespaces/${namespace}/repositories/${name}` }, query), expected);
  });
}

test('a part of the name filters, and % and _ are plain characters', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  for (const tag of ['v1.0', 'v1_0', 'v2.0', 'V1']) await push(api, place, { tag });
  t.deepEqual((await listNames(api, place, '?name=v1')).sort(), ['V1', 'v1.0', 'v1_0']);
  t.deepEqual(await listNames(api, place, '?name=1_'), ['v1_0']);
  t.deepEqual(await listNames(api, place, '?name=%25'), []);
});

test('paging: every tag once, past the end none, above 100 served as 100', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  for (let index = 0; index < 5; index += 1) await push(api, place, { tag: `t${index}` });
  // All at one moment: the name decides, and no page repeats or misses one.
  await api.db('tags').update({ updated: '2026-01-01T00:00:00.000Z' });
  const pages = await Promise.all([1, 2, 3].map((page) => listNames(api, place, `?page=${page}&page_size=2`)));
  t.deepEqual(pages.flat().sort(), ['t0', 't1', 't2', 't3', 't4']);
  t.deepEqual(await listNames(api, place, '?page=9'), []);
  t.is((await listNames(api, place, '?page_size=1000')).length, 5);
  for (const query of ['page_size=0', 'page_size=abc', 'page=0', 'page=-1', 'page=', 'ordering=size', 'order=name']) {
    t.is((await api.request('GET', `${place.path}/tags?${query}`)).status, 400, query);
  }
});

test('a deleted tag is gone, its push and its runs stay', async (t) => {
  const api = await startApi(t);
  const place = await buildPlace(api);
  await push(api, place, { tag: 'v1' });
  const remove = () => api.request('DELETE', `${place.path}/tags/v1/`, { token: place.token });
  t.is((await remove()).status, 204);
  assertError(t, await remove(), { status: 404, code: 'not_found' });
  assertError(t, await api.request('GET', `${place.path}/tags/v1`), { status: 404, code: 'not_found' });
  t.like((await api.request('GET', `${place.path}/pushes`, { token: place.token })).body, { count: 1 });
});

test('sizes that nobody could store are added up, and the repository is still shown', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api);
  const images = Array.from({ length: 100 }, () => ({ ...IMAGES[0], size: Number.MAX_SAFE_INTEGER }));
  for (let number = 0; number < 11; number += 1) {
    t.is((await api.request('POST', `${path}/pushes`, { token, body: { tag: `v${number}`, images } })).status, 202);
  }
  const { status, body } = await api.request('GET', path);
  t.is(status, 200);
  t.true((body as { storage_size: number }).storage_size > 9e18);
});

const FAULTS: readonly [what: string, images: unknown, field: RegExp][] = [
  ['no digest', [{ architecture: 'amd64', os: 'linux' }], /^images\[0\]/],
  ['a digest that is none', [{ ...IMAGES[0], digest: 'x' }], /^images\[0\]/],
  ['a negative size', [{ ...IMAGES[0], size: -1 }], /^images\[0\]/],
  ['a size as text', [{ ...IMAGES[0], size: '1' }], /^images\[0\]/],
  ['an unknown field', [{ ...IMAGES[0], is_official: true }], /^images\[0\]/],
  ['a number', [1], /^images\[0\]/],
  ['null', null, /^images$/],
  ['101 of them', Array.from({ length: 101 }, () => 'x'), /^images$/],
];
for (const [what, images, field] of FAULTS) {
  test(`images with ${what} are refused and named, and nothing is pushed`, async (t) => {
    const api = await startApi(t);
    const { path, token } = await buildPlace(api);
    const { status, body } = await api.request('POST', `${path}/pushes`, { token, body: { images } });
    const { fields } = body as { fields: object };
    t.is(status, 400);
    t.true(Object.keys(fields).every((name) => field.test(name)), JSON.stringify(fields));
    t.like((await api.request('GET', `${path}/tags`)).body, { count: 0 });
  });
}
