import type { ExecutionContext } from 'ava';
import { listPushes, type PushRow } from '../../db/pushes.js';
import { findRepository, type RepositoryRow } from '../../db/repositories.js';
import type { TestApi } from '../helpers/api.js';
import { buildChain, buildRepository, pick } from '../helpers/builders.js';
import { pollUntil } from '../helpers/poll.js';
import { testWithRegistries, type RegistryLine } from '../helpers/registryLines.js';
import { startRegistryPlace, type EventOptions } from '../helpers/registryPlace.js';
import { buildImage, buildIndex, Pusher } from '../helpers/registryPusher.js';

const PAGE = { limit: 1000, offset: 0 };

async function startScene(t: ExecutionContext, line: RegistryLine, options?: EventOptions) {
  const place = await startRegistryPlace(t, line, options);
  const repository = await buildRepository(place.api.db, { owner: place.owner });
  await buildChain(place.api.db, { repository });
  const name = `${repository.namespace}/${repository.name}`;
  const pusher = new Pusher(place.api, place.server.url, place.owner.username);
  return { ...place, db: place.api.db, repository, name, path: `/v2/repositories/${name}`, pusher };
}

async function waitForPushes({ db }: TestApi, { id }: Pick<RepositoryRow, 'id'>, count: number): Promise<readonly PushRow[]> {
  await pollUntil(`${count} pushes`, async () => (await listPushes(db, id, PAGE)).count >= count);
  return (await listPushes(db, id, PAGE)).rows.map(({ push }) => push);
}

interface TagBody {
  readonly digest: string;
  readonly full_size: number;
  readonly last_updater_username: string;
  readonly images: readonly { architecture: string; os: string; variant: string | null; digest: string; size: number }[];
}

testWithRegistries('a push with a tag is a push, by whoever pushed it, and starts the chains', async (t, line) => {
  const { api, db, repository, name, path, pusher, owner, settle, token } = await startScene(t, line);
  const image = await pusher.push(name, '1.0', buildImage({ architecture: 'arm64', os: 'linux', variant: 'v8' }));
  const push = pick(await waitForPushes(api, repository, 1));
  t.like(push, { tag: '1.0', digest: image.digest, pusher: owner.username, media_type: image.mediaType, source: 'registry', images: JSON.stringify([image.digest]) });
  t.is((await db('runs').where({ push_id: push.id }).select('id')).length, 1);
  await settle();
  const { body } = (await api.request('GET', `${path}/tags/1.0`)) as { body: TagBody };
  t.like(body, { digest: image.digest, full_size: image.size, last_updater_username: owner.username });
  t.like(body.images, [{ architecture: 'arm64', os: 'linux', variant: 'v8', digest: image.digest, size: image.size }]);
  const { body: shown } = await api.request('GET', `${path}/pushes/${push.id}`, { token });
  t.like(shown, { source: 'registry', size: image.size });
});

testWithRegistries('an index: its platforms with their sizes, without the attestation', async (t, line) => {
  const { api, repository, name, path, pusher, settle } = await startScene(t, line);
  const [amd, arm] = [{ architecture: 'amd64', os: 'linux' }, { architecture: 'arm', os: 'linux', variant: 'v7' }];
  const [first, second, attestation] = [buildImage(amd), buildImage(arm), buildImage()];
  const index = buildIndex([[amd, first], [arm, second]], attestation);
  await pusher.pushIndex(name, 'multi', index, [first, second, attestation]);
  const pushes = await waitForPushes(api, repository, 1);
  await settle();
  t.is(pushes.length, 1, 'images of an index are no pushes');
  t.like(pick(pushes), { digest: index.digest, media_type: index.mediaType });
  const images = JSON.parse(pick(pushes).images) as string[];
  t.deepEqual(images.slice(0, 2), [first.digest, second.digest]);
  // 2.8 does not say in its event which of them is for no platform.
  if (line.major === 3) t.is(images.length, 2);
  const { body } = (await api.request('GET', `${path}/tags/multi`)) as { body: TagBody };
  t.is(body.full_size, first.size);
  t.deepEqual(body.images.map(({ architecture, variant, digest, size }) => [architecture, variant, digest, size]), [
    ['amd64', null, first.digest, first.size], ['arm', 'v7', second.digest, second.size],
  ]);
});

testWithRegistries('the same image again, under a second tag, and mounted into another repository: pushes', async (t, line) => {
  const { api, db, owner, repository, name, pusher } = await startScene(t, line);
  const image = await pusher.push(name, '1.0');
  await pusher.putManifest(name, '1.0', image);
  await pusher.putManifest(name, 'latest', image);
  const pushes = await waitForPushes(api, repository, 3);
  t.deepEqual(pushes.map(({ tag }) => tag).sort(), ['1.0', '1.0', 'latest']);
  const other = await buildRepository(db, { owner });
  const target = `${other.namespace}/${other.name}`;
  for (const { digest } of (JSON.parse(image.bytes.toString()) as { layers: { digest: string }[] }).layers) {
    const mounted = await pusher.ask(target, `/blobs/uploads/?mount=${digest}&from=${name}`, { method: 'POST', pullsFrom: name });
    t.is(mounted.status, 201);
  }
  await pusher.push(target, '1.0', image);
  t.like(pick(await waitForPushes(api, other, 1)), { tag: '1.0', digest: image.digest });
});

testWithRegistries('a push to a repository that is none yet makes it, private, where its pusher may', async (t, line) => {
  const { api, db, owner, pusher, server } = await startScene(t, line);
  await pusher.push(`${owner.username}/fresh`, '1.0');
  const repository = await pollUntil('the repository', async () => findRepository(db, owner.username, 'fresh'));
  t.true(Boolean(repository.is_private));
  await waitForPushes(api, repository, 1);
  const stranger = new Pusher(api, server.url, 'stranger');
  await stranger.push(`${owner.username}/theirs`, '1.0');
  await pusher.push(`${owner.username}/after`, '1.0');
  await pollUntil('the events after it', async () => findRepository(db, owner.username, 'after'));
  t.is(await findRepository(db, owner.username, 'theirs'), undefined);
});

testWithRegistries('signatures and charts are recorded, and nothing runs', async (t, line) => {
  const { api, db, repository, name, pusher } = await startScene(t, line);
  await pusher.push(name, `sha256-${'a'.repeat(64)}.sig`);
  await pusher.push(name, 'chart', buildImage(undefined, 'application/vnd.cncf.helm.config.v1+json'));
  t.is((await waitForPushes(api, repository, 2)).length, 2);
  t.deepEqual(await db('runs').select('id'), []);
});

testWithRegistries('pulls count: manifests that somebody gets', async (t, line) => {
  const { db, repository, name, pusher, settle } = await startScene(t, line);
  const image = await pusher.push(name, '1.0');
  t.is(await pusher.pull(name, '1.0'), 200);
  t.is(await pusher.pull(name, image.digest), 200);
  await pusher.ask(name, '/manifests/1.0', { method: 'HEAD', headers: { accept: image.mediaType } });
  await settle();
  await pusher.push(name, 'after');
  await pollUntil('the events of all that', async () => (await db('pushes').where({ tag: 'after' }).select('id')).length === 1);
  t.is((await findRepository(db, repository.namespace, repository.name))?.pull_count, 2);
});

testWithRegistries('what is deleted in the registry is gone here: an image with its tags, and a tag where that can be', async (t, line) => {
  const { api, db, repository, name, path, pusher, settle } = await startScene(t, line);
  const image = await pusher.push(name, '1.0');
  await pusher.putManifest(name, '1.1', image);
  await pusher.push(name, '2.0');
  await waitForPushes(api, repository, 3);
  await settle();
  t.is(await pusher.remove(name, image.digest), 202);
  const tags = async () => (await db('tags').orderBy('name').select<{ name: string }[]>('name')).map((row) => row.name).join();
  await pollUntil('both tags are gone', async () => (await settle(), (await tags()) === '2.0'));
  t.is((await api.request('GET', `${path}/tags/1.0`)).status, 404);
  const status = await pusher.remove(name, '2.0');
  t.is(status, line.major === 3 ? 202 : 400);
  if (status === 202) await pollUntil('the tag is gone', async () => (await settle(), (await tags()) === ''));
  else t.is(await tags(), '2.0');
});

testWithRegistries('a receiver slower than the registry waits: the event comes again and again, and is one push', async (t, line) => {
  const { api, db, repository, name, pusher } = await startScene(t, line, { timeout: 1000, delay: 1500 });
  let events = 0;
  api.hub.db.on('query', ({ sql }: { sql: string }) => void (events += sql.includes('from "registry_events"') || sql.includes('from `registry_events`') ? 1 : 0));
  await pusher.push(name, '1.0');
  await pollUntil('the event came three times', async () => events >= 3);
  t.is((await listPushes(db, repository.id, PAGE)).count, 1);
  t.is((await db('runs').select('id')).length, 1);
});

testWithRegistries('four at once to one tag, sixty rounds: tags point where the registry says', async (t, line) => {
  const { api, db, repository, name, pusher, hub, settle } = await startScene(t, line);
  const images = [buildImage(), buildImage()];
  for (const image of images) await pusher.putBlobs(name, image);
  const rounds = Array.from({ length: 60 }, (_, round) => `round-${round}`);
  for (const tag of rounds) {
    await Promise.all([0, 1, 2, 3].map((index) => pusher.putManifest(name, tag, pick(images, index % 2))));
  }
  await waitForPushes(api, repository, 240);
  const before = await countWrong();
  await settle();
  t.log(`${before} of 60 tags pointed elsewhere by the order of events`);
  t.is(await countWrong(), 0);
  t.is((await listPushes(db, repository.id, PAGE)).count, 240);

  async function countWrong(): Promise<number> {
    const rows = await db('tags').select<{ name: string; digest: string }[]>('name', 'digest');
    t.is(rows.length, 60);
    const truths = await Promise.all(rows.map(async (row) => (await hub.registry.findDigest(name, row.name)) === row.digest));
    return truths.filter((right) => !right).length;
  }
});

