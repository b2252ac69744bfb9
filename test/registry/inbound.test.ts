// A registry that is not the hub's own, and that tells the hub of its pushes.
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { findInboundById } from '../../db/inbounds.js';
import { runProgram } from '../clients/program.js';
import { startApi } from '../helpers/api.js';
import { buildChain, buildRepository, must } from '../helpers/builders.js';
import { buildInbound, INBOUND_SECRET } from '../helpers/inbound.js';
import { writeImage } from '../helpers/ociImage.js';
import { pollUntil } from '../helpers/poll.js';
import { tempDir } from '../helpers/ports.js';
import { testWithRegistries } from '../helpers/registryLines.js';
import { startDistribution } from '../helpers/registryServer.js';

/** A hub with an address for `acme/app`, and a plain registry that calls it with this secret. */
async function startPlace(t: ExecutionContext, program: string, secret: string) {
  const api = await startApi(t);
  const repository = await buildRepository(api.db);
  await buildChain(api.db, { repository, webhooks: 3 });
  const { id } = await buildInbound(api.db, { repository, provider: 'distribution', upstream: 'acme/app' });
  const url = `http://127.0.0.1:${api.port}/v2/inbound/${id}/`;
  const endpoint = { name: 'hookline', url, headers: { Authorization: [`Bearer ${secret}`] }, timeout: '5s', threshold: 5, backoff: '1s' };
  const notifications = { events: { includereferences: true }, endpoints: [endpoint] };
  const { host } = new URL((await startDistribution(t, program, { settings: { notifications }, status: 200 })).url);
  const dir = await tempDir(t);
  const digest = await writeImage(join(dir, 'image'), ['one', 'two']);
  const push = async (name: string) => {
    const args = ['--insecure-policy', 'copy', '--dest-tls-verify=false', `oci:${join(dir, 'image')}:latest`, `docker://${host}/${name}`];
    t.is((await runProgram('skopeo', args, { env: { HOME: dir } })).code, 0);
  };
  const listPushes = () => api.db('pushes').orderBy('id').select<{ tag: string; digest: string; size: number; pusher: string; images: string }[]>('tag', 'digest', 'size', 'pusher', 'images');
  const readOutcome = async () => must(await findInboundById(api.db, id), 'the address').last_outcome ?? '';
  const countRuns = async () => (await api.db('runs').select<object[]>('id')).length;
  return { push, digest, listPushes, readOutcome, countRuns };
}

testWithRegistries('a plain registry tells of pushes: each tag that skopeo pushes starts the chain once, another repository’s does not', async (t, { file }) => {
  const { push, digest, listPushes, readOutcome, countRuns } = await startPlace(t, file, INBOUND_SECRET);
  await push('acme/app:1.0');
  await pollUntil('the push is told', async () => (await listPushes()).length === 1);
  const [told] = await listPushes();
  t.like(told, { tag: '1.0', digest, images: JSON.stringify([digest]), pusher: 'distribution:unknown' });
  t.true((told?.size ?? 0) > 300);
  await push('acme/other:1.0');
  await pollUntil('the other repository is told of', async () => (await readOutcome()).includes('acme/other'));
  await push('acme/app:1.0');
  await push('acme/app:latest');
  await pollUntil('the pushes are told', async () => (await listPushes()).length === 3);
  t.deepEqual((await listPushes()).map(({ tag }) => tag), ['1.0', '1.0', 'latest']);
  t.is(await countRuns(), 3);
}, ['skopeo']);

testWithRegistries('a plain registry with another secret tells nothing, and the address shows why', async (t, { file }) => {
  const { push, listPushes, readOutcome } = await startPlace(t, file, 'another-secret-of-somebody');
  await push('acme/app:1.0');
  await pollUntil('the call is refused', async () => (await readOutcome()).startsWith('Refused: '));
  t.deepEqual(await listPushes(), []);
}, ['skopeo']);
