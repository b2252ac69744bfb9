import test from 'ava';
import { updateChain } from '../../db/chains.js';
import type { Db } from '../../db/connection.js';
import { cancelRuns } from '../../db/runs.js';
import { findSecrets, findWebhook, purgeWebhooks, replaceSecret } from '../../db/webhooks.js';
import { advanceToClosed, advanceToWaiting, buildChain, buildRun, describeWebhook, pick } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

/** Takes every webhook out of a chain and puts another in their place. */
async function replaceWebhooks(db: Db, chainId: string): Promise<void> {
  await updateChain(db, chainId, {}, { kept: [], added: [describeWebhook(1)] });
}

for (const { name, open } of ENGINES) {
  test(`${name}: a webhook is found in its own repository until it is removed`, async (t) => {
    const db = await open(t);
    const chain = await buildChain(db);
    const { id } = pick(chain.webhooks);
    t.is((await findWebhook(db, chain.repository_id, id))?.id, id);
    t.is(await findWebhook(db, (await buildChain(db)).repository_id, id), undefined);
    await replaceWebhooks(db, chain.id);
    t.is(await findWebhook(db, chain.repository_id, id), undefined);
    t.is((await findSecrets(db, id))?.id, id);
  });

  test(`${name}: a replaced secret stays as the one before until its end`, async (t) => {
    const db = await open(t);
    const { id, secret } = pick((await buildChain(db)).webhooks);
    const previousExpires = '2030-01-01T00:00:00.000Z';
    await replaceSecret(db, id, { secret: 'second', previousExpires, by: null });
    t.deepEqual(await findSecrets(db, id), { id, secret: 'second', previous_secret: secret, previous_secret_expires: previousExpires });
    await replaceSecret(db, id, { secret: 'third', previousExpires, by: null });
    t.like(await findSecrets(db, id), { secret: 'third', previous_secret: 'second' });
  });

  test(`${name}: a webhook that still stands in its chain is never purged`, async (t) => {
    const db = await open(t);
    const { id } = pick((await buildChain(db)).webhooks);
    t.is(await purgeWebhooks(db), 0);
    t.truthy(await findSecrets(db, id));
  });

  test(`${name}: a removed webhook is purged only when no open delivery needs its secret`, async (t) => {
    const db = await open(t);
    const { chain, deliveries } = await buildRun(db, { expect_final_callback: true });
    const [{ id }, delivery] = [pick(chain.webhooks), pick(deliveries)];
    await replaceWebhooks(db, chain.id);
    t.is(await purgeWebhooks(db), 0, 'pending');
    await advanceToWaiting(db, delivery.id);
    t.is(await purgeWebhooks(db), 0, 'waiting');
    await cancelRuns(db, { id: delivery.run_id });
    t.is(await purgeWebhooks(db), 1, 'closed');
    t.is(await findSecrets(db, id), undefined);
  });

  test(`${name}: a purge leaves the history of what was delivered`, async (t) => {
    const db = await open(t);
    const { chain, deliveries } = await buildRun(db, { expect_final_callback: true });
    await advanceToClosed(db, pick(deliveries).id);
    await replaceWebhooks(db, chain.id);
    t.is(await purgeWebhooks(db), 1);
    const rows = await db('deliveries').select('id', 'webhook_id', 'state');
    t.deepEqual(rows, [{ id: pick(deliveries).id, webhook_id: null, state: 'success' }]);
  });

  test(`${name}: webhooks without a delivery do not keep others from being purged`, async (t) => {
    const db = await open(t);
    // A delivery whose webhook is gone has no webhook_id: NOT IN with a null among them would be true of nothing.
    const gone = await buildRun(db);
    await db('deliveries').where({ run_id: gone.run.id }).update({ webhook_id: null });
    const chain = await buildChain(db, { webhooks: 2 });
    await replaceWebhooks(db, chain.id);
    t.is(await purgeWebhooks(db), 2);
  });
}
