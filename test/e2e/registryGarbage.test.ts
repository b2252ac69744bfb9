// Garbage is collected as docs/operations.md tells it: images are deleted, the hub is stopped, the registry's own program
// collects with the configuration that the hub wrote, and the hub starts again.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readOutput } from '../clients/program.js';
import { destroyAll } from '../helpers/hub.js';
import { layOutImage, layOutIndex } from '../helpers/ociImage.js';
import { pollUntil } from '../helpers/poll.js';
import { ADMIN, startRegistryHub } from '../helpers/registryHub.js';
import { testWithRegistries, type RegistryLine } from '../helpers/registryLines.js';
import { startSkopeo, type Skopeo } from '../helpers/skopeo.js';

test.after.always(destroyAll);

/** Digests of all that a registry's files hold: layers, configurations, manifests. */
async function listBlobs(dataDir: string): Promise<string[]> {
  const names = await readdir(join(dataDir, 'registry', 'docker', 'registry', 'v2', 'blobs', 'sha256'), { recursive: true });
  return names.filter((name) => name.endsWith('/data')).map((name) => name.split('/').at(-2) ?? '').sort();
}

async function collect({ file }: RegistryLine, dataDir: string, ...options: string[]): Promise<string[]> {
  await readOutput(file, ['garbage-collect', ...options, join(dataDir, 'registry.yml')]);
  return listBlobs(dataDir);
}

/** Pushes an image, or an index where it is given; answers its digest and the blobs that it consists of. */
async function push({ pushLayout, dir }: Skopeo, tag: string, texts?: readonly string[]) {
  const layout = join(dir, tag);
  const { digest } = texts ? await layOutImage(layout, texts) : await layOutIndex(layout, ['amd64', 'arm64']);
  const { code, errors } = await pushLayout(`admin/app:${tag}`, ADMIN, layout);
  if (code !== 0) throw new Error(`${tag} is not pushed: ${errors}`);
  return { digest, blobs: await readdir(join(layout, 'blobs', 'sha256')) };
}

/** A repository of an index and three images: one that stays, one to be deleted by its tag, one by its digest. */
async function startScene(t: ExecutionContext, line: RegistryLine) {
  const hub = await startRegistryHub(t, { line });
  await hub.api.post('/v2/repositories/', { namespace: 'admin', name: 'app' });
  const skopeo = await startSkopeo(t, hub.door);
  const stays = await push(skopeo, 'stays', ['shared', 'own']);
  const byTag = await push(skopeo, 'tag', ['shared', 'of the tag']);
  const byDigest = await push(skopeo, 'digest', ['shared', 'of the digest']);
  const multi = await push(skopeo, 'multi');
  const listTags = async () => (await hub.api.get<{ results: { name: string }[] }>('/v2/repositories/admin/app/tags')).results.map(({ name }) => name).sort();
  await pollUntil('the hub knows them all', async () => (await listTags()).length === 4);
  return { hub, skopeo, stays, byTag, byDigest, multi, listTags };
}

testWithRegistries('garbage collection frees what was deleted, and leaves what has a tag', async (t, line) => {
  t.timeout(600_000);
  const { hub, skopeo, stays, byTag, byDigest, multi, listTags } = await startScene(t, line);
  const { dataDir, api, process } = hub;
  const kept = new Set([...stays.blobs, ...multi.blobs]);
  const listLeft = (found: readonly string[], { blobs }: { blobs: readonly string[] }) => blobs.filter((blob) => !kept.has(blob) && found.includes(blob));
  const ownOf = ({ blobs }: { blobs: readonly string[] }) => blobs.filter((blob) => !kept.has(blob)).sort();

  await api.call('DELETE', '/v2/repositories/admin/app/tags/tag');
  await api.call('DELETE', `/v2/repositories/admin/app/manifests/${byDigest.digest}`);
  t.deepEqual(listLeft(await listBlobs(dataDir), byDigest).sort(), ownOf(byDigest), 'deleting frees nothing');
  t.is(ownOf(byDigest).length, 3, 'manifest, configuration and a layer');
  await process.stop();

  const found = await collect(line, dataDir);
  t.deepEqual(listLeft(found, byDigest), []);
  // 2.8 deletes a tag with its image; of 3 the image is left, without a tag.
  t.deepEqual(listLeft(found, byTag).sort(), line.major === 3 ? ownOf(byTag) : []);
  if (line.major === 3) t.deepEqual(listLeft(await collect(line, dataDir, '--delete-untagged'), byTag), []);
  t.deepEqual(await listBlobs(dataDir), [...kept].sort());

  await hub.restart();
  t.deepEqual(await listTags(), ['multi', 'stays']);
  for (const [tag, { digest }] of [['stays', stays], ['multi', multi]] as const) {
    const pulled = await skopeo.pull(`admin/app:${tag}`, ADMIN);
    t.is(pulled.code, 0, pulled.errors);
    t.is(await skopeo.findDigest(`admin/app:${tag}`, ADMIN), digest);
  }
  t.not((await skopeo.pull('admin/app:digest', ADMIN)).code, 0);
  // The same layers again: nothing may think that they are still there.
  t.is((await push(skopeo, 'digest', ['shared', 'of the digest'])).digest, byDigest.digest);
  t.is((await skopeo.pull('admin/app:digest', ADMIN)).code, 0);
}, ['skopeo']);
