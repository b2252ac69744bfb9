import test from 'ava';
import { updateChain } from '../../db/chains.js';
import type { Db } from '../../db/connection.js';
import { listDeliveries } from '../../db/deliveries.js';
import { findPush, listPushes } from '../../db/pushes.js';
import { cancelRuns } from '../../db/runs.js';
import {
  buildChain, buildPush, buildRepository, buildRun, DEFAULT_TIMEOUT_MS, describeWebhook, pick, type ChainOptions,
} from '../helpers/builders.js';
import { countQueries, ENGINES } from '../helpers/database.js';

const TABLES = ['pushes', 'tags', 'runs', 'deliveries'] as const;

async function countAll(db: Db): Promise<number[]> {
  return Promise.all(TABLES.map(async (table) => (await db(table).select<object[]>()).length));
}

/** What each delivery of a new run expects of its receiver. */
async function listExpectations(db: Db, options: ChainOptions): Promise<boolean[]> {
  const { deliveries } = await buildRun(db, options);
  return deliveries.map(({ expect_callback }) => Boolean(expect_callback));
}

for (const { name, open } of ENGINES) {
  test(`${name}: a push is written with its tag, a queued run per active chain and a delivery per webhook`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    const chains = [await buildChain(db, { repository, webhooks: 2 }), await buildChain(db, { repository, webhooks: 3 })];
    await buildChain(db, { repository, active: false });
    await buildChain(db);
    const { push, runs, repeated } = await buildPush(db, { repository, tag: 'v1', digest: 'sha256:1', images: '["a"]', size: 2 ** 40 });
    t.false(repeated);
    t.deepEqual(runs.map(({ chain_id, state }) => [chain_id, state]), chains.map(({ id }) => [id, 'queued']));
    t.like(push, { tag: 'v1', digest: 'sha256:1', size: 2 ** 40, images: '["a"]', pusher: 'pusher' });
    t.deepEqual(await db('tags').select('name', 'digest', 'push_id'), [{ name: 'v1', digest: 'sha256:1', push_id: push.id }]);
    const deliveries = await listDeliveries(db, pick(runs, 1).id);
    t.deepEqual(deliveries.map(({ position, state, attempt_count }) => [position, state, attempt_count]), [
      [1, 'pending', 0], [2, 'pending', 0], [3, 'pending', 0],
    ]);
    t.deepEqual(deliveries.map(({ webhook_id }) => webhook_id), pick(chains, 1).webhooks.map(({ id }) => id));
  });

  test(`${name}: a push whose runs cannot be written leaves nothing behind`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    const chain = await buildChain(db, { repository });
    const broken = { ...chain, id: 'chn_none' };
    await t.throwsAsync(buildPush(db, { repository, chain: broken }), { message: /foreign key/i });
    t.deepEqual(await countAll(db), [0, 0, 0, 0]);
  });

  test(`${name}: a tag moves to the push that came last, and other tags stay`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    const old = await buildPush(db, { repository, tag: 'v1', digest: 'sha256:1' });
    await buildPush(db, { repository, tag: 'latest', digest: 'sha256:1' });
    const fresh = await buildPush(db, { repository, tag: 'latest', digest: 'sha256:2' });
    const tags = await db('tags').orderBy('name').select('name', 'digest', 'push_id');
    t.deepEqual(tags, [
      { name: 'latest', digest: 'sha256:2', push_id: fresh.push.id },
      { name: 'v1', digest: 'sha256:1', push_id: old.push.id },
    ]);
  });

  test(`${name}: a test push moves no tag and runs its one chain, active or not`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    const chain = await buildChain(db, { repository, active: false });
    await buildChain(db, { repository });
    const { runs } = await buildPush(db, { repository, chain, is_test: true });
    t.deepEqual(runs.map(({ chain_id }) => chain_id), [chain.id]);
    t.deepEqual(await db('tags').select('name'), []);
  });

  test(`${name}: an idempotency key used again writes nothing and returns what was written`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    await buildChain(db, { repository, webhooks: 2 });
    const key = { repository, idempotency_key: 'k', request_hash: 'h' };
    const first = await buildPush(db, key);
    const before = await countAll(db);
    const again = await buildPush(db, { ...key, tag: 'other', request_hash: 'h2' });
    t.true(again.repeated);
    t.deepEqual({ push: again.push, runs: again.runs, fresh: again.fresh }, { push: first.push, runs: first.runs, fresh: [] });
    t.deepEqual(await countAll(db), before);
  });

  test(`${name}: a key belongs to one pusher and one repository, and pushes without one are all new`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    const receipts = [
      await buildPush(db, { repository, idempotency_key: 'k' }),
      await buildPush(db, { repository, idempotency_key: 'k', pusher: 'other' }),
      await buildPush(db, { idempotency_key: 'k' }),
      await buildPush(db, { repository }),
      await buildPush(db, { repository }),
    ];
    t.deepEqual(receipts.map(({ repeated }) => repeated), [false, false, false, false, false]);
  });

  test(`${name}: of twenty pushes with one key at once one writes and all get the same answer`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    await buildChain(db, { repository });
    const all = await Promise.all(Array.from({ length: 20 }, () => buildPush(db, { repository, idempotency_key: 'k' })));
    t.is(all.filter(({ repeated }) => !repeated).length, 1);
    t.is(new Set(all.map(({ push, runs }) => `${push.id} ${pick(runs).id}`)).size, 1);
    t.deepEqual(await countAll(db), [1, 1, 1, 1]);
  });

  test(`${name}: a recorded run stays as it was when its chain is edited later`, async (t) => {
    const db = await open(t);
    const { chain, run, deliveries } = await buildRun(db, { name: 'Before', webhooks: 2 });
    const [kept] = chain.webhooks;
    if (!kept) throw new Error('a webhook was built');
    const edited = { ...kept, name: 'edited', expect_callback: false, callback_timeout_ms: 1000, require_signed_callback: true };
    await updateChain(db, chain.id, { name: 'After', active: false }, { kept: [edited], added: [describeWebhook(2)] });
    t.deepEqual(await listDeliveries(db, run.id), [...deliveries]);
    t.is((await findPush(db, chain.repository_id, run.push_id))?.runs[0]?.chain_name, 'Before');
  });

  const EXPECTATIONS: readonly [what: string, chain: ChainOptions, expected: boolean[]][] = [
    ['a chain of one is complete on 2xx', { webhooks: 1 }, [false]],
    ['a chain of two waits for both', { webhooks: 2 }, [true, true]],
    ['a chain of three waits for all', { webhooks: 3 }, [true, true, true]],
    ['expect_final_callback true makes a chain of one wait', { webhooks: 1, expect_final_callback: true }, [true]],
    ['expect_final_callback false lets the last of three go', { webhooks: 3, expect_final_callback: false }, [true, true, false]],
    ['expect_final_callback false leaves a chain of one as it is', { webhooks: 1, expect_final_callback: false }, [false]],
    ['a webhook may expect none', { webhooks: [{ expect_callback: false }, {}, {}] }, [false, true, true]],
    ['a last webhook overrules its chain', { webhooks: [{}, { expect_callback: true }], expect_final_callback: false }, [true, true]],
    ['a single webhook may expect one', { webhooks: [{ expect_callback: true }] }, [true]],
    ['a last webhook may expect none', { webhooks: [{}, { expect_callback: false }], expect_final_callback: true }, [true, false]],
  ];
  for (const [what, chain, expected] of EXPECTATIONS) {
    test(`${name}: ${what}`, async (t) => {
      t.deepEqual(await listExpectations(await open(t), chain), expected);
    });
  }

  test(`${name}: a delivery has its webhook's timeout, or the hub's`, async (t) => {
    const db = await open(t);
    const days = 30 * 86_400_000;
    const { deliveries } = await buildRun(db, { webhooks: [{ callback_timeout_ms: days }, {}] });
    t.deepEqual(deliveries.map(({ callback_timeout_ms }) => callback_timeout_ms), [days, DEFAULT_TIMEOUT_MS]);
  });

  test(`${name}: pushes are listed newest first with their runs, in a fixed number of queries`, async (t) => {
    const db = await open(t);
    const [repository, single] = [await buildRepository(db), await buildRepository(db)];
    await buildChain(db, { repository });
    for (const tag of Array.from({ length: 20 }, (_, index) => `v${index}`)) await buildPush(db, { repository, tag });
    await buildPush(db, { repository: single });
    const page = await listPushes(db, repository.id, { limit: 3, offset: 1 });
    t.is(page.count, 20);
    t.deepEqual(page.rows.map(({ push, runs }) => [push.tag, runs.length]), [['v18', 1], ['v17', 1], ['v16', 1]]);
    const count = (id: string) => countQueries(db, () => listPushes(db, id, { limit: 50, offset: 0 }));
    t.is(await count(repository.id), await count(single.id));
  });

  test(`${name}: a push is found in its own repository alone, with the present state of its runs`, async (t) => {
    const db = await open(t);
    const { repository, push, run } = await buildRun(db);
    await cancelRuns(db, { id: run.id });
    t.deepEqual((await findPush(db, repository.id, push.id))?.runs.map(({ state }) => state), ['canceled']);
    t.is(await findPush(db, (await buildRepository(db)).id, push.id), undefined);
  });
}
