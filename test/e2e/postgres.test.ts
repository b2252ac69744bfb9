import test from 'ava';
import { destroyAll, startHub } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import { testWithPostgres } from '../helpers/postgres.js';
import { startPostgres } from '../helpers/postgresServer.js';
import { stopAll } from '../temporal/testServer.js';
import { summarize, type PushView } from './api.js';
import { buildScenario, HAPPY, QUIET } from './scenario.js';

const THREE_GOOD = { state: 'success', deliveries: ['success', 'success', 'success'] };

test.after.always(stopAll);
test.after.always(destroyAll);

testWithPostgres('on PostgreSQL a chain goes from push to history over a killed hub and a killed database', async (t) => {
  const postgres = await startPostgres(t);
  const hub = await startHub(t, { env: { HOOKLINE_DATABASE_URL: postgres.url } });
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, QUIET, HAPPY]);
  const id = await repository.pushOnce({ tag: '1.0' });
  await repository.waitForDelivery(id, 1, 'waiting');
  await hub.process.kill('SIGKILL');
  await hub.restart();
  t.is((await receiver(1).callBack('success')).status, 200);
  await repository.waitForDelivery(id, 2, 'waiting');

  await postgres.kill('SIGKILL');
  const refused = await hub.api.ask<{ code: string }>('POST', `${repository.path}/pushes/`, { tag: 'lost' });
  t.like(refused, { status: 503, body: { code: 'database_unavailable' } });
  t.is((await hub.api.ask('GET', '/readyz')).status, 503);
  t.is((await receiver(2).callBack('success')).status, 503);
  await postgres.start();
  await pollUntil('readyz saying ok', async () => (await hub.api.ask('GET', '/readyz')).status === 200);
  t.is((await receiver(2).callBack('success')).status, 200);
  t.deepEqual(summarize(await repository.waitForEnd(id)), THREE_GOOD);
  t.deepEqual(calls(), [1, 1, 1]);
  const pushes = await hub.api.get<{ results: PushView[] }>(`${repository.path}/pushes/`);
  t.is(pushes.results.length, 1, 'what was refused left nothing behind');
});
