import type { ExecutionContext } from 'ava';
import { insertOrganization } from '../../db/organizations.js';
import { listPushes } from '../../db/pushes.js';
import { findRepository } from '../../db/repositories.js';
import { assertError } from '../helpers/api.js';
import { buildRepository, pick, uniqueName } from '../helpers/builders.js';
import { pollUntil } from '../helpers/poll.js';
import { testWithRegistries, type RegistryLine } from '../helpers/registryLines.js';
import { startRegistryPlace } from '../helpers/registryPlace.js';
import { buildImage, buildIndex, Pusher } from '../helpers/registryPusher.js';

const PAGE = { limit: 1000, offset: 0 };

async function startScene(t: ExecutionContext, line: RegistryLine) {
  const place = await startRegistryPlace(t, line);
  const { api, owner, server, token, hub } = place;
  const repository = await buildRepository(api.db, { owner });
  const name = `${repository.namespace}/${repository.name}`;
  const path = `/v2/repositories/${name}`;
  const waitFor = async (count: number) => pollUntil(`${count} pushes`, async () => (await listPushes(api.db, repository.id, PAGE)).count >= count);
  const remove = async (below: string) => api.request('DELETE', `${path}${below}`, { token });
  const find = async (reference: string) => hub.registry.findDigest(name, reference);
  return { ...place, db: api.db, repository, name, path, waitFor, remove, find, pusher: new Pusher(api, server.url, owner.username) };
}

testWithRegistries('a tag is deleted in the registry too', async (t, line) => {
  const { api, name, path, waitFor, remove, find, pusher, settle } = await startScene(t, line);
  await pusher.push(name, '1.0');
  await waitFor(1);
  t.is((await remove('/tags/1.0')).status, 204);
  t.is(await find('1.0'), undefined);
  t.is((await api.request('GET', `${path}/tags/1.0`)).status, 404);
  await settle();
  t.is((await api.request('GET', `${path}/tags/1.0`)).status, 404);
  assertError(t, await remove('/tags/1.0'), { status: 404, code: 'not_found' });
});

testWithRegistries('one of two tags of an image: deleted alone, or refused by name where both would go', async (t, line) => {
  const { name, waitFor, remove, find, pusher, api, path } = await startScene(t, line);
  const image = await pusher.push(name, '1.0');
  await pusher.putManifest(name, 'latest', image);
  await waitFor(2);
  const answer = await remove('/tags/1.0');
  if (line.major === 3) {
    t.is(answer.status, 204);
    t.is(await find('1.0'), undefined);
  } else {
    assertError(t, answer, { status: 409, code: 'registry_refused' });
    t.regex((answer.body as { detail: string }).detail, /latest would go with 1\.0/);
    t.is((await api.request('GET', `${path}/tags/1.0`)).status, 200);
  }
  t.is(await find('latest'), image.digest);
});

testWithRegistries('a tag whose image stands in the index of another takes nothing from it', async (t, line) => {
  const { name, waitFor, remove, find, pusher } = await startScene(t, line);
  const platform = { architecture: 'amd64', os: 'linux' };
  const image = await pusher.push(name, 'amd64');
  await pusher.putManifest(name, 'latest', buildIndex([[platform, image]]));
  await waitFor(2);
  const answer = await remove('/tags/amd64');
  t.is(answer.status, line.major === 3 ? 204 : 409);
  t.is(await find(image.digest), image.digest);
});

testWithRegistries('an image is deleted by its digest, with all its tags', async (t, line) => {
  const { db, name, waitFor, remove, find, pusher } = await startScene(t, line);
  const image = await pusher.push(name, '1.0');
  await pusher.putManifest(name, 'latest', image);
  const other = await pusher.push(name, 'other');
  await waitFor(3);
  t.is((await remove(`/manifests/${image.digest}`)).status, 204);
  t.deepEqual([await find('1.0'), await find('latest'), await find('other')], [undefined, undefined, other.digest]);
  t.deepEqual(await db('tags').select('name'), [{ name: 'other' }]);
  assertError(t, await remove(`/manifests/${image.digest}`), { status: 404, code: 'not_found' });
  assertError(t, await remove('/manifests/latest'), { status: 400, code: 'invalid_input', fields: ['digest'] });
});

testWithRegistries('a repository is deleted with its images, whatever has a tag', async (t, line) => {
  const { api, db, name, repository, waitFor, remove, find, pusher } = await startScene(t, line);
  const platform = { architecture: 'amd64', os: 'linux' };
  const [child, old] = [buildImage(platform), await pusher.push(name, 'moved')];
  const index = buildIndex([[platform, child]]);
  await pusher.pushIndex(name, 'multi', index, [child]);
  await pusher.push(name, 'moved');
  await waitFor(3);
  t.is((await remove('')).status, 202);
  t.is(await findRepository(db, repository.namespace, repository.name), undefined);
  for (const digest of [child.digest, index.digest, old.digest]) t.is(await find(digest), undefined);
  t.deepEqual(await api.hub.registry?.listTags(name) ?? [], []);
});

testWithRegistries('an organization is deleted with its images: whoever takes its name finds nothing', async (t, line) => {
  const { api, db, owner, token, hub, pusher } = await startScene(t, line);
  const profile = { full_name: '', location: '', company: '', profile_url: '' };
  const organization = await insertOrganization(db, { ...profile, name: uniqueName('o') }, owner.id);
  const name = `${organization?.name ?? ''}/app`;
  const repository = await buildRepository(db, { namespace: pick(name.split('/')), name: 'app' });
  await pusher.push(name, '1.0');
  await pollUntil('the push', async () => (await listPushes(db, repository.id, PAGE)).count === 1);
  t.is((await api.request('DELETE', `/v2/orgs/${pick(name.split('/'))}`, { token })).status, 202);
  t.is(await hub.registry.findDigest(name, '1.0'), undefined);
});

testWithRegistries('while the registry is away nothing is deleted', async (t, line) => {
  const { api, db, name, path, repository, waitFor, remove, pusher, server } = await startScene(t, line);
  const image = await pusher.push(name, '1.0');
  await waitFor(1);
  await server.kill();
  for (const below of ['/tags/1.0', `/manifests/${image.digest}`, '']) {
    assertError(t, await remove(below), { status: 503, code: 'registry_unavailable' });
  }
  t.is((await api.request('GET', `${path}/tags/1.0`)).status, 200);
  t.truthy(await findRepository(db, repository.namespace, repository.name));
  await server.start();
  t.is((await remove('/tags/1.0')).status, 204);
});
