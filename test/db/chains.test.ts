import test from 'ava';
import { deleteChain, findChain, findChainById, insertChain, listChains, updateChain } from '../../db/chains.js';
import { findRun } from '../../db/runs.js';
import { listDeliveries } from '../../db/deliveries.js';
import { buildChain, buildRepository, buildRun, describeWebhook, pick, uniqueName } from '../helpers/builders.js';
import { countQueries, ENGINES } from '../helpers/database.js';

const describeChain = (limit = 50) => ({
  slug: uniqueName('c'), name: 'C', expect_final_callback: null, active: true, creator: null, webhooks: [describeWebhook(1)], limit,
});

for (const { name, open } of ENGINES) {
  test(`${name}: a chain comes back with its webhooks in order`, async (t) => {
    const db = await open(t);
    const chain = await buildChain(db, { webhooks: 3, name: 'Build & test', expect_final_callback: false, active: false });
    const found = await findChain(db, chain.repository_id, chain.slug);
    t.deepEqual(found, chain);
    t.deepEqual(await findChainById(db, chain.id), chain);
    t.deepEqual(found?.webhooks.map(({ position }) => position), [1, 2, 3]);
    t.is(found?.name, 'Build & test');
    t.deepEqual([found?.active, found?.expect_final_callback].map(Boolean), [false, false]);
    t.not(found?.expect_final_callback, null);
    t.is(await findChain(db, 'rep_other', chain.slug), undefined);
  });

  test(`${name}: a slug stands once in a repository and again in another`, async (t) => {
    const db = await open(t);
    const { repository_id, slug } = await buildChain(db, { slug: 'build' });
    t.is(await insertChain(db, repository_id, { ...describeChain(), slug }), 'taken');
    t.is((await listChains(db, { repository_id })).count, 1);
    t.is((await db('webhooks').select('id')).length, 1);
    t.is((await buildChain(db, { slug })).slug, 'build');
  });

  test(`${name}: the limit of chains holds, also for creations at once`, async (t) => {
    const db = await open(t);
    const { id } = await buildRepository(db);
    const made = await Promise.all(Array.from({ length: 8 }, () => insertChain(db, id, describeChain(5))));
    t.is(made.filter((one) => one === 'full').length, 3);
    t.is((await listChains(db, { repository_id: id })).count, 5);
    t.is((await db('webhooks').select('id')).length, 5);
  });

  test(`${name}: chains are listed in order of creation, a page at a time, active ones alone where asked`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    for (const slug of ['z', 'a', 'm']) await buildChain(db, { repository, slug, active: slug !== 'a', webhooks: 2 });
    const filter = { repository_id: repository.id };
    t.deepEqual((await listChains(db, filter)).rows.map(({ slug }) => slug), ['z', 'a', 'm']);
    t.deepEqual((await listChains(db, { ...filter, active: true })).rows.map(({ slug }) => slug), ['z', 'm']);
    const page = await listChains(db, filter, { limit: 1, offset: 1 });
    t.deepEqual([page.count, page.rows.map(({ slug }) => slug)], [3, ['a']]);
    t.is(page.rows[0]?.webhooks.length, 2);
  });

  test(`${name}: a list of chains costs the same number of queries for one and for twenty`, async (t) => {
    const db = await open(t);
    const [one, twenty] = [await buildRepository(db), await buildRepository(db)];
    await buildChain(db, { repository: one });
    for (let index = 0; index < 20; index += 1) await buildChain(db, { repository: twenty });
    const count = (repository_id: string) => countQueries(db, () => listChains(db, { repository_id }, { limit: 50, offset: 0 }));
    t.is(await count(one.id), await count(twenty.id));
  });

  test(`${name}: a plan keeps, moves, removes and adds webhooks`, async (t) => {
    const db = await open(t);
    const chain = await buildChain(db, { webhooks: 3 });
    const [first, , third] = chain.webhooks;
    if (!first || !third) throw new Error('three webhooks were built');
    const kept = [{ ...third, position: 1, name: 'renamed', expect_callback: false, callback_timeout_ms: 5000 }, { ...first, position: 3 }];
    const added = [describeWebhook(2, { name: 'new' })];
    const changed = await updateChain(db, chain.id, { name: 'N' }, { kept, added });
    t.is(changed?.name, 'N');
    t.deepEqual(changed?.webhooks.map(({ id }) => id), [third.id, pick(added).id, first.id]);
    t.deepEqual(changed?.webhooks.map(({ name }) => name), ['renamed', 'new', first.name]);
    t.like(changed?.webhooks[0], { secret: third.secret, hook_url: third.hook_url, callback_timeout_ms: 5000 });
    t.deepEqual(await findChainById(db, chain.id), changed);
  });

  test(`${name}: a change without a plan leaves the webhooks alone`, async (t) => {
    const db = await open(t);
    const chain = await buildChain(db, { webhooks: 2, expect_final_callback: true });
    const changed = await updateChain(db, chain.id, { active: false, expect_final_callback: null });
    t.deepEqual(changed?.webhooks, chain.webhooks);
    t.false(Boolean(changed?.active));
    t.is(changed?.expect_final_callback, null);
    t.is(await updateChain(db, 'chn_none', { name: 'x' }), undefined);
  });

  test(`${name}: a deleted chain leaves its runs in the history`, async (t) => {
    const db = await open(t);
    const { chain, run } = await buildRun(db, { name: 'Deploy', webhooks: 2 });
    await deleteChain(db, chain);
    t.is(await findChainById(db, chain.id), undefined);
    t.like(await findRun(db, chain.repository_id, run.id), { chain_id: null, chain_name: 'Deploy', chain_slug: chain.slug });
    const deliveries = await listDeliveries(db, run.id);
    t.deepEqual(deliveries.map(({ webhook_id, name }) => [webhook_id, name]), [[null, 'hook 1'], [null, 'hook 2']]);
  });
}
