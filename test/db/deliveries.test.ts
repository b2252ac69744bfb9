import test from 'ava';
import { beginAttempt } from '../../db/attempts.js';
import type { Db } from '../../db/connection.js';
import { closeDelivery, findCallback, findDelivery, listDeliveries, type Closing } from '../../db/deliveries.js';
import { cancelRuns, findRunById } from '../../db/runs.js';
import { advanceToClosed, advanceToDelivering, advanceToWaiting, buildRun, describeCallback, pick } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

async function listStates(db: Db, runId: string): Promise<string[]> {
  return (await listDeliveries(db, runId)).map(({ state }) => state);
}

for (const { name, open } of ENGINES) {
  test(`${name}: of fifty closings at once exactly one wins, and it is the one recorded`, async (t) => {
    const db = await open(t);
    const { run, deliveries } = await buildRun(db, { expect_final_callback: true });
    const { id } = await advanceToWaiting(db, pick(deliveries).id);
    const states = Array.from({ length: 50 }, (_, index) => (['success', 'failure', 'error'] as const)[index % 3] ?? 'error');
    const won = await Promise.all(states.map((state) => closeDelivery(db, describeCallback(id, state))));
    t.is(won.filter(Boolean).length, 1);
    const winner = states[won.indexOf(true)];
    t.is((await findDelivery(db, id))?.state, winner);
    t.is((await findCallback(db, id))?.state, winner);
    t.is((await findRunById(db, run.id))?.state, winner);
  });

  test(`${name}: success goes on to the next delivery, and on the last one closes the run`, async (t) => {
    const db = await open(t);
    const { run, deliveries } = await buildRun(db, { webhooks: 2 });
    await advanceToClosed(db, pick(deliveries).id);
    t.like(await findRunById(db, run.id), { state: 'running', finished: null, notify: 'signal' });
    t.deepEqual(await listStates(db, run.id), ['success', 'pending']);
    await advanceToClosed(db, pick(deliveries, 1).id);
    t.is((await findRunById(db, run.id))?.state, 'success');
    t.truthy((await findRunById(db, run.id))?.finished);
  });

  for (const state of ['failure', 'error'] as const) {
    test(`${name}: ${state} skips the rest and closes the run with that state`, async (t) => {
      const db = await open(t);
      const { run, deliveries } = await buildRun(db, { webhooks: 3 });
      await advanceToClosed(db, pick(deliveries).id, state);
      const rows = await listDeliveries(db, run.id);
      t.deepEqual(rows.map((row) => [row.state, row.reason]), [[state, 'callback'], ['skipped', 'chain_interrupted'], ['skipped', 'chain_interrupted']]);
      t.true(rows.every(({ finished }) => finished !== null));
      t.is((await findRunById(db, run.id))?.state, state);
    });
  }

  test(`${name}: a closed run never opens again`, async (t) => {
    const db = await open(t);
    const { run, deliveries } = await buildRun(db, { webhooks: 2 });
    const [first, second] = [pick(deliveries), pick(deliveries, 1)];
    await advanceToClosed(db, first.id, 'failure');
    const before = await listDeliveries(db, run.id);
    for (const { id } of [first, second]) {
      t.false(await closeDelivery(db, describeCallback(id, 'success')));
      await beginAttempt(db, id);
    }
    t.deepEqual(await listDeliveries(db, run.id), before);
    t.is((await findRunById(db, run.id))?.state, 'failure');
  });

  test(`${name}: the first callback stays, word for word`, async (t) => {
    const db = await open(t);
    const { deliveries } = await buildRun(db, { expect_final_callback: true });
    const { id } = await advanceToWaiting(db, pick(deliveries).id);
    t.true(await closeDelivery(db, describeCallback(id, 'success')));
    t.false(await closeDelivery(db, describeCallback(id, 'failure')));
    t.like(await findCallback(db, id), {
      state: 'success', description: 'says success', context: 'ci', target_url: 'https://ci.example/1',
    });
  });

  test(`${name}: a closing without a callback records none and leaves nothing to tell`, async (t) => {
    const db = await open(t);
    const { run, deliveries } = await buildRun(db, { webhooks: 2 });
    const { id } = await advanceToWaiting(db, pick(deliveries).id);
    t.true(await closeDelivery(db, { id, state: 'error', reason: 'callback_timeout' }));
    t.is(await findCallback(db, id), undefined);
    t.like(await findRunById(db, run.id), { state: 'error', notify: null });
  });

  test(`${name}: a callback that comes before the webhook's own answer counts`, async (t) => {
    const db = await open(t);
    const { run, deliveries } = await buildRun(db, { webhooks: 2 });
    const { id } = await advanceToDelivering(db, pick(deliveries).id);
    t.true(await closeDelivery(db, describeCallback(id, 'success'), ['delivering', 'waiting']));
    t.deepEqual(await listStates(db, run.id), ['success', 'pending']);
  });

  test(`${name}: a delivery that was never sent takes no callback`, async (t) => {
    const db = await open(t);
    const { run, deliveries } = await buildRun(db, { webhooks: 2 });
    t.false(await closeDelivery(db, describeCallback(pick(deliveries, 1).id, 'success'), ['delivering', 'waiting']));
    t.is(await findCallback(db, pick(deliveries, 1).id), undefined);
    t.deepEqual(await listStates(db, run.id), ['pending', 'pending']);
  });

  test(`${name}: closing what does not exist wins nothing`, async (t) => {
    const db = await open(t);
    t.false(await closeDelivery(db, { id: 'dlv_none', state: 'success', reason: null }));
  });

  test(`${name}: a callback and a cancellation at once agree on one end`, async (t) => {
    const db = await open(t);
    for (let round = 0; round < 10; round += 1) {
      const { run, deliveries } = await buildRun(db, { expect_final_callback: true });
      const { id } = await advanceToWaiting(db, pick(deliveries).id);
      const closing: Closing = describeCallback(id, 'success');
      const race = round % 2 === 0
        ? await Promise.all([closeDelivery(db, closing), cancelRuns(db, { id: run.id })])
        : await Promise.all([cancelRuns(db, { id: run.id }), closeDelivery(db, closing)]).then(([a, b]) => [b, a] as const);
      const [won, canceled] = race;
      t.is(won, canceled.length === 0);
      const [state, callback] = [(await findDelivery(db, id))?.state, await findCallback(db, id)];
      t.deepEqual([state, (await findRunById(db, run.id))?.state], won ? ['success', 'success'] : ['canceled', 'canceled']);
      t.is(callback !== undefined, won);
    }
  });

  test(`${name}: a timeout and a callback at once agree on one end`, async (t) => {
    const db = await open(t);
    const { deliveries } = await buildRun(db, { webhooks: 2 });
    const { id } = await advanceToWaiting(db, pick(deliveries).id);
    const [timeout, callback] = await Promise.all([
      closeDelivery(db, { id, state: 'error', reason: 'callback_timeout' }),
      closeDelivery(db, describeCallback(id, 'success')),
    ]);
    t.not(timeout, callback);
    t.like(await findDelivery(db, id), timeout ? { state: 'error', reason: 'callback_timeout' } : { state: 'success', reason: null });
  });
}
