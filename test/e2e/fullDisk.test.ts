import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDatabase } from '../../db/connection.js';
import test from 'ava';
import { destroyAll, startHub, type Hub, type Owner } from '../helpers/hub.js';
import { must } from '../helpers/builders.js';
import { pollUntil } from '../helpers/poll.js';
import { freePort, tempDir } from '../helpers/ports.js';
import { fillDisk, mountWithin, seenBy, testWithSmallDisk } from '../helpers/smallDisk.js';
import { startDevServer, type DevServer } from '../../temporal/devServer.js';
import { BINARY, LOG, SETTINGS, startTestServer, stopAll } from '../temporal/testServer.js';
import { summarize, type PushView, type Repository } from './api.js';
import { buildScenario, HAPPY, QUIET } from './scenario.js';

const TWO_GOOD = { state: 'success', deliveries: ['success', 'success'] };
/** The log of a database that was at work has room for some more rows, whatever the disk says. */
const TRIES = 3000;

test.after.always(destroyAll);
test.after.always(stopAll);

/** Pushes until one is refused; answers the runs of those before it and the refusal. */
async function pushUntilRefused(repository: Repository): Promise<{ accepted: string[]; refusal: { status: number; code: string } }> {
  const accepted: string[] = [];
  for (let nth = 0; nth < TRIES; nth += 1) {
    const { status, body } = await repository.api.ask<PushView & { code: string }>('POST', `${repository.path}/pushes/`, { tag: `t${nth}` });
    if (status !== 202) return { accepted, refusal: { status, code: body.code } };
    accepted.push(must(body.runs[0], 'a run').id);
  }
  throw new Error(`${TRIES} pushes were accepted on a full disk`);
}

async function countPushes({ api, path }: Repository): Promise<number> {
  return (await api.get<{ count: number }>(`${path}/pushes/?page_size=1`)).count;
}

async function readIntegrity(file: string): Promise<unknown> {
  const db = openDatabase(`sqlite:${file}`);
  try {
    return await db.raw('PRAGMA integrity_check');
  } finally {
    await db.destroy();
  }
}

async function startOnSmallDisk(t: Owner, temporal: DevServer): Promise<Hub> {
  const dataDir = await tempDir();
  return startHub(t, { dataDir, within: mountWithin(dataDir, 16), env: { TEMPORAL_ADDRESS: temporal.address } });
}

testWithSmallDisk('on a full disk a push is refused and not half kept, the hub lives, and takes pushes again when there is room', async (t) => {
  const temporal = await startTestServer({ dataDir: await tempDir(t) });
  const hub = await startOnSmallDisk(t, temporal);
  const { repository, receiver } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const first = await repository.pushOnce();
  await repository.waitForDelivery(first, 1, 'waiting');
  const disk = seenBy(must(hub.process.pid, 'a hub'), hub.dataDir);
  const makeRoom = fillDisk(disk);
  const { accepted, refusal } = await pushUntilRefused(repository);
  t.deepEqual(refusal, { status: 503, code: 'database_unavailable' });
  t.is((await hub.api.ask('GET', '/healthz')).status, 200);
  await pollUntil('readyz saying that nothing can be written', async () => {
    const { status, body } = await hub.api.ask<{ database: string }>('GET', '/readyz');
    return status === 503 && body.database === 'not_writable';
  });
  t.true(hub.process.isRunning);
  makeRoom();
  await pollUntil('readyz saying ok', async () => (await hub.api.ask('GET', '/readyz')).status === 200);
  t.is(await countPushes(repository), accepted.length + 1, 'what was accepted is there, what was refused is not');
  const later = await repository.pushOnce();
  t.is((await receiver(1).callBack('success')).status, 200);
  t.deepEqual(summarize(await repository.waitForEnd(first, 60_000)), TWO_GOOD);
  await repository.waitForDelivery(later, 1, 'waiting');
  t.deepEqual(await readIntegrity(join(disk, 'hookline.db')), [{ integrity_check: 'ok' }]);
  await hub.process.stop();
});

/** Temporal's own server over a small disk of its own. */
async function startTemporalOnSmallDisk(t: Owner, dataDir: string): Promise<DevServer> {
  const wrapper = join(await tempDir(t), 'temporal');
  const command = mountWithin(dataDir, 16).map((part) => `'${part}'`).join(' ');
  await writeFile(wrapper, `#!/bin/sh\nexec ${command} '${BINARY}' "$@"\n`);
  await chmod(wrapper, 0o755);
  const ports = { port: await freePort(), uiPort: await freePort() };
  const server = await startDevServer({ binary: wrapper, settings: SETTINGS, log: LOG, dataDir, ...ports });
  t.teardown(server.stop);
  return server;
}

testWithSmallDisk("while the disk of Temporal's file is full pushes and callbacks are accepted, and their chains run when there is room", async (t) => {
  const temporalDir = await tempDir(t);
  const temporal = await startTemporalOnSmallDisk(t, temporalDir);
  const hub = await startHub(t, { env: { TEMPORAL_ADDRESS: temporal.address } });
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const first = await repository.pushOnce();
  await repository.waitForDelivery(first, 1, 'waiting');
  const makeRoom = fillDisk(seenBy(must(temporal.pid(), 'a server'), temporalDir));
  const accepted: string[] = [];
  await pollUntil('readyz saying that Temporal is away', async () => {
    accepted.push(await repository.pushOnce());
    const { status, body } = await hub.api.ask<{ status: string; temporal: string }>('GET', '/readyz');
    return status === 200 && body.temporal === 'away';
  }, 90_000);
  t.is((await receiver(1).callBack('success')).status, 200);
  makeRoom();
  t.deepEqual(summarize(await repository.waitForEnd(first, 90_000)), TWO_GOOD);
  const last = must(accepted.at(-1), 'an accepted push');
  await repository.waitForRun(last, 'the last accepted run at work', ({ state }) => state === 'running', 90_000);
  await pollUntil('readyz saying ok', async () => (await hub.api.ask<{ status: string }>('GET', '/readyz')).body.status === 'ok', 90_000);
  t.is(calls()[1], 1);
  await hub.process.stop();
});
