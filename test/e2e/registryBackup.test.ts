// All three stores copied while the hub runs, as docs/operations.md tells it, and a hub that is made of the copies.
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import knex from 'knex';
import { Webhook } from 'standardwebhooks';
import { destroyAll } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import { tempDir } from '../helpers/ports.js';
import { testWith } from '../helpers/programs.js';
import { ADMIN, startRegistryHub } from '../helpers/registryHub.js';
import { startSkopeo } from '../helpers/skopeo.js';
import { buildScenario, getSecret, HAPPY } from './scenario.js';

test.after.always(destroyAll);

/** The database by SQLite's own statement, the key, and then the images. */
async function backUp(dataDir: string, target: string): Promise<void> {
  const db = knex({ client: 'sqlite3', connection: { filename: join(dataDir, 'hookline.db') }, useNullAsDefault: true });
  await db.raw('VACUUM INTO ?', [join(target, 'hookline.db')]);
  await db.destroy();
  await writeFile(join(target, 'secret.key'), await readFile(join(dataDir, 'secret.key')), { mode: 0o600 });
  await cp(join(dataDir, 'registry'), join(target, 'registry'), { recursive: true });
}

testWith('skopeo')('a hub made of the copies of database, key and images has the same images, and its chains are signed as before', async (t) => {
  t.timeout(600_000);
  const hub = await startRegistryHub(t);
  const scenario = await buildScenario(t, hub.api, [HAPPY]);
  const { fullName, path } = scenario.repository;
  const pushed = await (await startSkopeo(t, hub.door)).push(`${fullName}:1.0`, ADMIN, ['one', 'two']);
  t.is(pushed.code, 0, pushed.errors);
  await scenario.receiver(1).request();
  const dataDir = await tempDir();
  await backUp(hub.dataDir, dataDir);
  // What comes after the copies is not in them, and may not harm them.
  const later = await (await startSkopeo(t, hub.door)).push(`${fullName}:2.0`, ADMIN, ['later']);
  t.is(later.code, 0, later.errors);
  await hub.process.stop();

  const restored = await startRegistryHub(t, { dataDir });
  const skopeo = await startSkopeo(t, restored.door);
  const listTags = async () => (await restored.api.get<{ results: { name: string; digest: string }[] }>(`${path}/tags`)).results.map(({ name, digest }) => [name, digest]);
  t.deepEqual(await listTags(), [['1.0', pushed.digest]]);
  t.is((await skopeo.pull(`${fullName}:1.0`, ADMIN)).code, 0);
  t.is(await skopeo.findDigest(`${fullName}:1.0`, ADMIN), pushed.digest);
  await pollUntil('its tags being compared with the registry’s', async () => restored.process.output.includes('the tags were compared'));
  t.deepEqual(await listTags(), [['1.0', pushed.digest]]);

  const calls = scenario.receiver(1).requests.length;
  t.is((await skopeo.push(`${fullName}:3.0`, ADMIN, ['three'])).code, 0);
  const { headers, raw, payload } = await scenario.receiver(1).request(calls + 1);
  t.is(payload.push_data.tag, '3.0');
  t.notThrows(() => new Webhook(getSecret(scenario.chain, 1)).verify(raw, { ...headers }));
});
