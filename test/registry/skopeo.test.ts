import { join } from 'node:path';
import { listPushes } from '../../db/pushes.js';
import { findRepository } from '../../db/repositories.js';
import { runProgram } from '../clients/program.js';
import { buildChain, pick } from '../helpers/builders.js';
import { writeImage } from '../helpers/ociImage.js';
import { pollUntil } from '../helpers/poll.js';
import { tempDir } from '../helpers/ports.js';
import { testWithRegistries } from '../helpers/registryLines.js';
import { startRegistryPlace } from '../helpers/registryPlace.js';

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
