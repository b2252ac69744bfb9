import { readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { listFaults, startHub, startRefused } from '../helpers/hub.js';
import { stopAll } from '../temporal/testServer.js';
import { summarize } from './api.js';
import { buildScenario, HAPPY, QUIET } from './scenario.js';

const TWO_GOOD = { state: 'success', deliveries: ['success', 'success'] };

test.after.always(stopAll);

test.serial('a hub refuses a damaged database, and a key that is not that of the database, in a sentence', async (t) => {
  const hub = await startHub(t);
  const { repository, receiver } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  await hub.process.stop();
  const file = join(hub.dataDir, 'hookline.db');
  const key = join(hub.dataDir, 'secret.key');
  const [whole, secret] = [await readFile(file), await readFile(key)];

  const cases: readonly [damage: () => Promise<void>, said: RegExp, mend: () => Promise<void>][] = [
    [() => truncate(file, 0), /The database \S+hookline\.db is damaged: it is empty, 0 bytes\. Nothing was changed: restore a backup/, () => writeFile(file, whole)],
    [() => truncate(file, 40_960), /The database \S+hookline\.db is damaged: /, () => writeFile(file, whole)],
    [() => writeFile(key, 'not a key\n'), /secret\.key holds no key of 32 bytes: restore it from a backup/, () => writeFile(key, secret)],
    [() => rm(key), /The secret key does not open the secret of webhook whk_\S+ .*put the secret\.key .*back/, () => writeFile(key, secret)],
  ];
  for (const [damage, said, mend] of cases) {
    await damage();
    const before = await readFile(file);
    const { code, output } = await startRefused(t, { dataDir: hub.dataDir });
    t.is(code, 1);
    t.regex(output, said);
    t.deepEqual(listFaults(output), []);
    if (said.source.includes('damaged')) t.deepEqual(await readFile(file), before);
    await mend();
  }
  await hub.restart();
  t.is((await receiver(1).callBack('success')).status, 200);
  t.deepEqual(summarize(await repository.waitForEnd(id)), TWO_GOOD);
});

test.serial("a damaged database of Temporal's is moved aside, and open runs go on from the record", async (t) => {
  const hub = await startHub(t);
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  await hub.process.stop();
  await writeFile(join(hub.dataDir, 'temporal.db'), Buffer.alloc(65_536, 0xa5));
  await hub.restart();
  t.regex(hub.process.output, /moved aside: open runs are started again from the record/);
  t.true((await readdir(hub.dataDir)).some((name) => name.startsWith('temporal.db.damaged-')));
  t.is((await receiver(1).callBack('success')).status, 200);
  t.deepEqual(summarize(await repository.waitForEnd(id, 60_000)), TWO_GOOD);
  t.deepEqual(calls(), [1, 1]);
});
