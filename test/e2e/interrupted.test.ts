import test from 'ava';
import { destroyAll, startHub } from '../helpers/hub.js';
import { stopAll } from '../temporal/testServer.js';
import { summarize } from './api.js';
import { buildScenario, HAPPY } from './scenario.js';

/** Temporal gives a lost activity up after 30 s and not before: a file of its own, beside the others. */
const LOST_ACTIVITY_MS = 100_000;

test.after.always(stopAll);
test.after.always(destroyAll);

test('a call that a SIGKILL interrupted is made again under the same webhook-id, and both stand in the history', async (t) => {
  const hub = await startHub(t);
  const never = new Promise<void>(() => undefined);
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [{ until: never, callback: 'success' }, HAPPY]);
  const id = await repository.pushOnce();
  await receiver(1).request();
  await hub.process.kill('SIGKILL');
  await hub.restart();
  const run = await repository.waitForEnd(id, LOST_ACTIVITY_MS);
  t.deepEqual(summarize(run), { state: 'success', deliveries: ['success', 'success'] });
  t.deepEqual(run.deliveries[0]?.attempts.map(({ number, status, error }) => [number, status, error]), [
    [1, null, 'interrupted'],
    [2, 200, null],
  ]);
  t.deepEqual(receiver(1).requests.map(({ headers }) => headers['webhook-id']), Array(2).fill(run.deliveries[0]?.id));
  t.deepEqual(calls(), [2, 1]);
});
