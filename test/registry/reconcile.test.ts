import type { ExecutionContext } from 'ava';
import { reconcileOnce } from '../../activities/keepRegistry.js';
import { reconcile } from '../../activities/reconcile.js';
import { listPushes, type PushRow } from '../../db/pushes.js';
import { getReconcile, requestReconcile } from '../../db/registryReconciles.js';
import { findRepository } from '../../db/repositories.js';
import { buildChain, buildPush, buildRepository, buildUser, pick } from '../helpers/builders.js';
import { pollUntil } from '../helpers/poll.js';
import { testWithRegistries, type RegistryLine } from '../helpers/registryLines.js';
import { startRegistryPlace } from '../helpers/registryPlace.js';
import { buildImage, Pusher } from '../helpers/registryPusher.js';

const PAGE = { limit: 1000, offset: 0 };
const LATER = { isFirst: false, grace: 0 };

/** A registry whose events reach nobody, and a repository with a chain. */
async function startScene(t: ExecutionContext, line: RegistryLine) {
  const place = await startRegistryPlace(t, line);
  await place.muteEvents();
  const { api, owner, server, hub } = place;
  const repository = await buildRepository(api.db, { owner });
  await buildChain(api.db, { repository });
  const name = `${repository.namespace}/${repository.name}`;
  const listAll = async (): Promise<PushRow[]> => (await listPushes(api.db, repository.id, PAGE)).rows.map(({ push }) => push);
  const countRuns = async (): Promise<number> => (await api.db('runs').select('id')).length;
  return { ...place, db: api.db, repository, name, pusher: new Pusher(api, server.url, owner.username), listAll, countRuns, run: async (options = LATER) => reconcile(hub, options) };
}

testWithRegistries('a push that nobody told of is found and runs once, and a second look finds nothing', async (t, line) => {
  const { name, pusher, run, listAll, countRuns } = await startScene(t, line);
  const platform = { architecture: 'arm64', os: 'linux' };
  const image = buildImage(platform);
  await pusher.push(name, '1.0', image);
  t.like(await run(), { found: 1, removed: 0, repositories: 1 });
  const push = pick(await listAll());
  t.like(push, { tag: '1.0', digest: image.digest, source: 'reconcile', pusher: '', size: image.size, media_type: image.mediaType });
  t.deepEqual(JSON.parse(push.platforms), [{ digest: image.digest, ...platform, size: image.size }]);
  t.like(await run(), { found: 0, removed: 0 });
  t.is(await countRuns(), 1);
});

testWithRegistries('a registry that is killed with events pending: its tags are found once it runs again', async (t, line) => {
  const { db, name, pusher, server, run, listAll, hub } = await startScene(t, line);
  for (const tag of ['1.0', '1.1', '1.2']) await pusher.push(name, tag);
  await server.kill();
  await t.throwsAsync(run(), { name: 'RegistryAwayError' });
  // One that was interrupted is begun again; `finished` says that the first look is long over.
  await db('registry_reconciles').update({ finished: '2020-01-01T00:00:00.000Z' });
  await server.start();
  await reconcileOnce(hub, { grace: 0 });
  t.deepEqual((await listAll()).map(({ tag }) => tag).sort(), ['1.0', '1.1', '1.2']);
  t.like(JSON.parse((await getReconcile(db)).result ?? ''), { found: 3, tags: 3 });
});

testWithRegistries('a tag that was moved is a push, one that is gone is removed, and one of the API stays', async (t, line) => {
  const { db, name, repository, pusher, run, listAll } = await startScene(t, line);
  const first = await pusher.push(name, '1.0');
  await pusher.push(name, '2.0');
  await run();
  await buildPush(db, { repository, tag: 'elsewhere' });
  const second = await pusher.push(name, '1.0');
  t.not(first.digest, second.digest);
  const gone = pick((await listAll()).filter(({ tag }) => tag === '2.0')).digest ?? '';
  await pusher.remove(name, gone);
  t.like(await run(), { found: 1, removed: 1 });
  const tags = await db('tags').orderBy('name').select<{ name: string; digest: string | null }[]>('name', 'digest');
  t.deepEqual(tags, [{ name: '1.0', digest: second.digest }, { name: 'elsewhere', digest: null }]);
});

testWithRegistries('what was there before the hub runs nothing, what comes after it does', async (t, line) => {
  const { name, pusher, hub, db, listAll, countRuns } = await startScene(t, line);
  await pusher.push(name, 'old');
  await reconcileOnce(hub, { grace: 0 });
  t.is((await listAll()).length, 1);
  t.is(await countRuns(), 0);
  await pusher.push(name, 'new');
  await requestReconcile(db);
  await reconcileOnce(hub, { grace: 0 });
  t.is(await countRuns(), 1);
});

testWithRegistries('a repository that the registry alone knows: made where its namespace is, remembered elsewhere', async (t, line) => {
  const { api, db, owner, server, run, countRuns } = await startScene(t, line);
  const stranger = new Pusher(api, server.url, 'stranger');
  await stranger.push(`${owner.username}/lost`, '1.0');
  await stranger.push('nobody/app', '1.0');
  // The hub's own tokens for the catalogue say `*`, which Distribution wants.
  t.like(await run(), { created: 1 });
  const lost = await findRepository(db, owner.username, 'lost');
  t.true(Boolean(lost?.is_private));
  const nobody = await buildUser(db, { username: 'nobody' });
  t.like(await run(), { created: 0 });
  t.is(await findRepository(db, 'nobody', 'app'), undefined, 'whoever takes the name later is given nothing');
  const late = await buildRepository(db, { owner: nobody, name: 'app' });
  await buildChain(db, { repository: late });
  t.like(await run(), { found: 1 });
  t.is(await countRuns(), 0, 'what it held before is no news');
  await stranger.push('nobody/app', '2.0');
  t.like(await run(), { found: 1 });
  t.is(await countRuns(), 1);
});

testWithRegistries('an event that comes after its push was found is the same push', async (t, line) => {
  const { api, db, name, repository, run, owner, pusher, listAll, countRuns } = await startScene(t, line);
  const at = new Date().toISOString();
  const image = await pusher.push(name, '1.0');
  t.like(await run(), { found: 1 });
  const headers = { authorization: `Bearer ${api.hub.keyring.deriveSecret('registry events')}` };
  const event = { id: 'late', timestamp: at, action: 'push', target: { repository: name, tag: '1.0', digest: image.digest, mediaType: image.mediaType }, actor: { name: owner.username } };
  t.is((await api.request('POST', '/events', { headers, body: { events: [event] } })).status, 204);
  t.is((await listAll()).length, 1);
  t.is(await countRuns(), 1);
  // The same image pushed once more, after it was found.
  const again = { ...event, id: 'again', timestamp: new Date(Date.now() + 1000).toISOString() };
  await api.request('POST', '/events', { headers, body: { events: [again] } });
  t.is((await listAll()).length, 2);
  await pollUntil('a look at the tag', async () => (await db('registry_checks').where({ repository_id: repository.id }).select('id')).length === 1);
});
