import test from 'ava';
import { destroyAll, listFaults, startHub } from '../helpers/hub.js';
import { stopAll } from '../temporal/testServer.js';
import { summarize } from './api.js';
import { buildScenario, HAPPY, QUIET } from './scenario.js';
import { openClient } from './temporal.js';

/** Where callbacks are waited for: in the process that called, or in the workflow alone. The promises are the same. */
const WAITS = [
  { name: 'in the process', env: {}, signals: 0 },
  { name: 'by signal alone', env: { HOOKLINE_FAST_CALLBACK: '0' }, signals: 3 },
] as const;

const THREE_GOOD = { state: 'success', deliveries: ['success', 'success', 'success'] };

test.after.always(stopAll);
test.after.always(destroyAll);

for (const { name, env, signals } of WAITS) {
  test.serial(`callbacks ${name}: a chain of three ends well, a refusal skips the rest, and a killed hub goes on`, async (t) => {
    const hub = await startHub(t, { env });
    const happy = await buildScenario(t, hub.api, [HAPPY, HAPPY, HAPPY]);
    const refused = await buildScenario(t, hub.api, [{ callback: 'failure' }, HAPPY]);
    const killed = await buildScenario(t, hub.api, [QUIET, HAPPY, HAPPY]);
    const id = await happy.repository.pushOnce();
    t.deepEqual(summarize(await happy.repository.waitForEnd(id)), THREE_GOOD);
    t.deepEqual(summarize(await refused.repository.waitForEnd(await refused.repository.pushOnce())), { state: 'failure', deliveries: ['failure callback', 'skipped chain_interrupted'] });
    const waiting = await killed.repository.pushOnce();
    await killed.repository.waitForDelivery(waiting, 1, 'waiting');
    t.deepEqual(listFaults(hub.process.output), []);
    await hub.process.kill('SIGKILL');
    await hub.restart();
    t.is((await killed.receiver(1).callBack('success')).status, 200);
    t.deepEqual(summarize(await killed.repository.waitForEnd(waiting)), THREE_GOOD);
    t.deepEqual([happy, refused, killed].map(({ calls }) => calls()), [[1, 1, 1], [1, 0], [1, 1, 1]]);
    const { events } = await (await openClient(hub)).workflow.getHandle(`run/${id}`).fetchHistory();
    const told = (events ?? []).filter(({ workflowExecutionSignaledEventAttributes }) => workflowExecutionSignaledEventAttributes).length;
    t.true(signals === 0 ? told < 3 : told === signals, `${told} callbacks came by signal`);
  });
}
