import { join } from 'node:path';
import { listPushes } from '../../db/pushes.js';
import { findRepository } from '../../db/repositories.js';
import { runProgram } from '../clients/program.js';
import { buildChain, pick } from '../helpers/builders.js';
import { layOutIndex, writeImage } from '../helpers/ociImage.js';
import { pollUntil } from '../helpers/poll.js';
import { tempDir } from '../helpers/ports.js';
import { testWithRegistries } from '../helpers/registryLines.js';
import { startRegistryPlace } from '../helpers/registryPlace.js';
import { startSkopeo } from '../helpers/skopeo.js';

const PAGE = { limit: 100, offset: 0 };

testWithRegistries('skopeo pushes, tags, pulls and deletes, and the hub knows', async (t, line) => {
  const { api, host, owner, settle } = await startRegistryPlace(t, line);
  const dir = await tempDir(t);
  const digest = await writeImage(join(dir, 'image'), ['one', 'two']);
  const name = `${host}/${owner.username}/app`;
  const skopeo = async (...args: string[]) => {
    const { code, errors } = await runProgram('skopeo', ['--insecure-policy', ...args], { env: { HOME: dir, REGISTRY_AUTH_FILE: join(dir, 'auth.json') } });
    t.is(code, 0, errors);
  };
  const creds = `${owner.username}:password`;
  const push = async (tag: string) => skopeo('copy', '--dest-tls-verify=false', '--dest-creds', creds, `oci:${join(dir, 'image')}:latest`, `docker://${name}:${tag}`);
  await push('1.0');
  const repository = await pollUntil('the repository', async () => findRepository(api.db, owner.username, 'app'));
  await buildChain(api.db, { repository });
  await push('1.0');
  await push('latest');
  const listAll = async () => (await listPushes(api.db, repository.id, PAGE)).rows;
  await pollUntil('three pushes', async () => (await listAll()).length === 3);
  t.deepEqual((await listAll()).map(({ push: { tag }, runs }) => [tag, runs.length]), [['latest', 1], ['1.0', 1], ['1.0', 0]]);
  t.like(pick(await listAll()).push, { digest, pusher: owner.username });
  await skopeo('copy', '--src-tls-verify=false', '--src-creds', creds, `docker://${name}:1.0`, `dir:${join(dir, 'pulled')}`);
  await pollUntil('the pull', async () => (await findRepository(api.db, owner.username, 'app'))?.pull_count === 1);
  await skopeo('delete', '--tls-verify=false', '--creds', creds, `docker://${name}:1.0`);
  await pollUntil('no tag is left', async () => (await settle(), (await api.db('tags').select('name')).length === 0));
}, ['skopeo']);

testWithRegistries('skopeo pushes an index of two platforms, and mounts what lies in another repository already', async (t, line) => {
  const { api, host, owner, settle } = await startRegistryPlace(t, line);
  const skopeo = await startSkopeo(t, host);
  const creds = `${owner.username}:password`;
  const layout = join(skopeo.dir, 'layout');
  const index = await layOutIndex(layout, ['amd64', 'arm64']);
  const [from, to] = [`${owner.username}/from`, `${owner.username}/to`];
  t.like(await skopeo.pushLayout(`${from}:multi`, creds, layout), { code: 0 });
  const repository = await pollUntil('the repository', async () => findRepository(api.db, owner.username, 'from'));
  const list = async (id: string) => (await listPushes(api.db, id, PAGE)).rows.map(({ push: { tag, digest } }) => [tag, digest]);
  await pollUntil('the push', async () => (await list(repository.id)).length > 0);
  t.deepEqual(await list(repository.id), [['multi', index.digest]], 'its images are no pushes of their own');
  await settle();
  t.deepEqual((await list(repository.id)).length, 1);

  const copied = await skopeo.copy(`${from}:multi`, `${to}:1.0`, creds);
  t.is(copied.code, 0, copied.errors);
  t.regex(copied.errors, /mount OK/);
  const target = await pollUntil('the other repository', async () => findRepository(api.db, owner.username, 'to'));
  await pollUntil('its push', async () => (await list(target.id)).length === 1);
  t.is((await skopeo.pull(`${to}:1.0`, creds)).code, 0);
}, ['skopeo']);
