import test from 'ava';
import type { Db } from '../../db/connection.js';
import { findRunHistory, listRuns, type RunFilter } from '../../db/history.js';
import { cancelRuns } from '../../db/runs.js';
import {
  advanceToClosed, advanceToWaiting, ANSWERED, attempt, buildChain, buildPush, buildRepository, buildRun, dueIn, pick,
} from '../helpers/builders.js';
import { countQueries, ENGINES } from '../helpers/database.js';

const PAGE = { limit: 10, offset: 0 };

/** A repository with two chains and three pushes: six runs, one of them cancelled. */
async function buildHistory(db: Db) {
  const repository = await buildRepository(db);
  const chains = [await buildChain(db, { repository, slug: 'a' }), await buildChain(db, { repository, slug: 'b', webhooks: 2 })];
  for (const tag of ['v1', 'v2', 'v2']) await buildPush(db, { repository, tag });
  const [canceled] = await cancelRuns(db, { id: (await listRuns(db, { repository_id: repository.id }, PAGE)).rows[0]?.id ?? '' });
  return { repository, chains, canceled };
}

for (const { name, open } of ENGINES) {
  test(`${name}: a run shows every attempt, callback and state in order`, async (t) => {
    const db = await open(t);
    const { repository, run, push, deliveries } = await buildRun(db, { webhooks: 3 });
    await attempt(db, pick(deliveries).id, { result: { ...ANSWERED, status: 503 }, after: { kind: 'retry', at: dueIn(1) } });
    await advanceToClosed(db, pick(deliveries).id);
    await advanceToWaiting(db, pick(deliveries, 1).id);
    const history = await findRunHistory(db, repository.id, run.id);
    t.deepEqual(history?.push, push);
    t.deepEqual(history?.deliveries.map(({ state }) => state), ['success', 'waiting', 'pending']);
    t.deepEqual(history?.deliveries.map(({ attempts }) => attempts.map(({ number, status }) => [number, status])), [[[1, 503], [2, 200]], [[1, 200]], []]);
    t.deepEqual(history?.deliveries.map(({ callback }) => callback?.state), ['success', undefined, undefined]);
    t.is(await findRunHistory(db, (await buildRepository(db)).id, run.id), undefined);
  });

  const FILTERS: readonly [what: string, filter: Omit<RunFilter, 'repository_id'>, count: number][] = [
    ['without a filter', {}, 6],
    ['of a chain', { chain_slug: 'b' }, 3],
    ['of a tag', { tag: 'v2' }, 4],
    ['of a state', { state: 'queued' }, 5],
    ['of a chain and a tag', { chain_slug: 'a', tag: 'v1' }, 1],
    ['of all three', { chain_slug: 'b', tag: 'v2', state: 'canceled' }, 1],
    ['of a tag that nobody pushed', { tag: 'v3' }, 0],
  ];
  for (const [what, filter, count] of FILTERS) {
    test(`${name}: runs ${what} are listed and counted`, async (t) => {
      const db = await open(t);
      const { repository } = await buildHistory(db);
      await buildRun(db, { slug: 'b', push: { tag: 'v2' } });
      const page = await listRuns(db, { repository_id: repository.id, ...filter }, PAGE);
      t.deepEqual([page.count, page.rows.length], [count, count]);
      t.true(page.rows.every((run) => run.repository_id === repository.id));
    });
  }

  test(`${name}: pages hold the newest first and together every run once`, async (t) => {
    const db = await open(t);
    const { repository, canceled } = await buildHistory(db);
    const pages = await Promise.all([0, 4, 8].map((offset) => listRuns(db, { repository_id: repository.id }, { limit: 4, offset })));
    t.deepEqual(pages.map(({ count, rows }) => [count, rows.length]), [[6, 4], [6, 2], [6, 0]]);
    const ids = pages.flatMap(({ rows }) => rows.map(({ id }) => id));
    t.deepEqual(ids, [...ids].sort().reverse());
    t.is(ids[0], canceled);
    t.is(new Set(ids).size, 6);
  });

  test(`${name}: a page of twenty runs costs as many queries as a page of one`, async (t) => {
    const db = await open(t);
    const [one, twenty] = [await buildChain(db, { webhooks: 2 }), await buildChain(db, { webhooks: 2 })];
    await buildPush(db, { chain: one });
    for (let index = 0; index < 20; index += 1) await buildPush(db, { chain: twenty });
    const list = (repository_id: string) => listRuns(db, { repository_id }, { limit: 20, offset: 0 });
    t.is((await list(twenty.repository_id)).rows.length, 20);
    const count = (id: string) => countQueries(db, () => list(id));
    t.is(await count(twenty.repository_id), await count(one.repository_id));
    t.true((await count(one.repository_id)) <= 6);
  });
}
