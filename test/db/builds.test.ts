import test from 'ava';
import { claimBuild, CLAIM_LIMIT, finishBuild, findBuild, isClaimedBy, listBuilds, recordBuilds, renewClaim, type BuildRow } from '../../db/builds.js';
import type { Db, Flag } from '../../db/connection.js';
import { deleteRepository } from '../../db/repositories.js';
import { deleteSource, findSource, setSource } from '../../db/sources.js';
import { buildRepository, must, pick } from '../helpers/builders.js';
import { countQueries, ENGINES } from '../helpers/database.js';
import { buildBuild, buildSource } from '../helpers/sources.js';

const HOUR = 3_600_000;
const request = (ref: string) => ({ ref, commit: 'a'.repeat(40), message: 'm', author: 'zoe' });
const claim = (db: Db, { repository_id }: Pick<BuildRow, 'repository_id'>, by = 'bob', lifetime = HOUR) => claimBuild(db, repository_id, { by, lifetime });

/** A claim's time runs out. */
async function expire(db: Db, { id }: Pick<BuildRow, 'id'>): Promise<void> {
  await db('builds').where({ id }).update({ claim_expires: new Date(Date.now() - 1).toISOString() });
}

const held = ({ repository_id, id, claim }: BuildRow) => ({ repositoryId: repository_id, id, claim: claim ?? '' });
const SUCCESS = { state: 'success', description: null, target_url: null } as const;

for (const { name, open } of ENGINES) {
  test(`${name}: one call asks once for each reference, however often and however parallel it comes`, async (t) => {
    const db = await open(t);
    const source = await buildSource(db);
    const calls = await Promise.all(
      Array.from({ length: 5 }, () => recordBuilds(db, source, 'd1', [request('refs/heads/a'), request('refs/tags/a')])),
    );
    t.deepEqual(calls.map((call) => call?.repeated).sort(), [false, true, true, true, true]);
    t.is(new Set(calls.map((call) => JSON.stringify(call?.builds))).size, 1);
    t.deepEqual(calls[0]?.builds.map(({ ref, state, source }) => [ref, state, source]), [
      ['refs/heads/a', 'queued', 'acme/app'], ['refs/tags/a', 'queued', 'acme/app'],
    ]);
    const other = await buildSource(db);
    t.false((await recordBuilds(db, other, 'd1', [request('refs/heads/a')]))?.repeated, 'another repository has calls of its own');
    t.deepEqual(await recordBuilds(db, source, 'd2', []), { builds: [], repeated: false });
  });

  test(`${name}: a link that is gone takes no request`, async (t) => {
    const db = await open(t);
    const source = await buildSource(db);
    await deleteSource(db, source.repository_id);
    t.is(await recordBuilds(db, source, 'd1', [request('refs/heads/a')]), undefined);
    t.deepEqual(await db('builds').select('id'), []);
  });

  test(`${name}: the oldest build goes first, and of ten builders at once each gets another one`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    const builds = [await buildBuild(db, { repository }), await buildBuild(db, { repository }), await buildBuild(db, { repository })];
    await buildBuild(db);
    t.is((await claim(db, pick(builds)))?.id, pick(builds).id);
    const claimed = await Promise.all(Array.from({ length: 10 }, () => claim(db, pick(builds))));
    const ids = claimed.flatMap((build) => (build ? [build.id] : []));
    t.deepEqual(ids.sort(), [pick(builds, 1).id, pick(builds, 2).id]);
    t.is(new Set(claimed.flatMap((build) => (build ? [build.claim] : []))).size, 2);
  });

  test(`${name}: a builder that asks for nothing writes nothing`, async (t) => {
    const db = await open(t);
    const build = await buildBuild(db);
    await claim(db, build);
    t.is(await countQueries(db, async () => t.is(await claim(db, build), undefined)), 1);
  });

  test(`${name}: a claim that ran out passes to the next builder, and the first one has lost it`, async (t) => {
    const db = await open(t);
    const build = await buildBuild(db);
    const first = must(await claim(db, build, 'bob'), 'a claim');
    t.is(await claim(db, build, 'carol'), undefined);
    await expire(db, build);
    t.is(await renewClaim(db, held(first), HOUR), undefined, 'too late, although nobody else has taken it');
    const second = must(await claim(db, build, 'carol'), 'a second claim');
    t.like(second, { id: build.id, claimed_by: 'carol', claim_count: 2 });
    t.not(second.claim, first.claim);
    t.is(await finishBuild(db, held(first), SUCCESS), undefined);
    t.like(await finishBuild(db, held(second), SUCCESS), { state: 'success' });
    t.is(await finishBuild(db, held(second), { ...SUCCESS, state: 'failure' }), undefined, 'over');
  });

  test(`${name}: a claim is known to the claimer alone: the database keeps its hash, which is no claim itself`, async (t) => {
    const db = await open(t);
    const build = await buildBuild(db);
    const claimed = must(await claim(db, build), 'a claim');
    const kept = must(await findBuild(db, build.repository_id, build.id), 'the build');
    t.regex(kept.claim ?? '', /^[0-9a-f]{64}$/);
    t.true(isClaimedBy(kept, claimed.claim ?? ''));
    t.false(isClaimedBy(kept, kept.claim ?? ''));
    t.is(await renewClaim(db, { ...held(claimed), claim: kept.claim ?? '' }, HOUR), undefined);
    t.is((await renewClaim(db, held(claimed), HOUR))?.id, build.id);
  });

  test(`${name}: renewing lets a claim hold longer`, async (t) => {
    const db = await open(t);
    const build = await buildBuild(db);
    const claimed = must(await claim(db, build, 'bob', 60_000), 'a claim');
    const renewed = must(await renewClaim(db, held(claimed), 2 * HOUR), 'a renewal');
    const minutes = (Date.parse(renewed.claim_expires ?? '') - Date.parse(claimed.claimed ?? '')) / 60_000;
    t.true(minutes >= 120 && minutes < 121, String(minutes));
  });

  test(`${name}: a build that loses one builder after another is given up and lets the next one through`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    const [poison, next] = [await buildBuild(db, { repository }), await buildBuild(db, { repository })];
    for (let index = 0; index < CLAIM_LIMIT; index += 1) {
      t.is((await claim(db, poison))?.id, poison.id);
      await expire(db, poison);
    }
    t.is((await claim(db, poison))?.id, next.id);
    t.like(await findBuild(db, repository.id, poison.id), { state: 'error', description: 'Given up: 3 claims ran out' });
  });

  test(`${name}: of a finish and an unlinking at once the build has one end`, async (t) => {
    const db = await open(t);
    const claimed = must(await claim(db, await buildBuild(db)), 'a claim');
    const [finished] = await Promise.all([finishBuild(db, held(claimed), SUCCESS), deleteSource(db, claimed.repository_id)]);
    t.is((await findBuild(db, claimed.repository_id, claimed.id))?.state, finished ? 'success' : 'canceled');
  });

  test(`${name}: builds are listed in either order, by state, page by page`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    const ids: string[] = [];
    for (let index = 0; index < 3; index += 1) ids.push((await buildBuild(db, { repository })).id);
    await buildBuild(db);
    await claim(db, { repository_id: repository.id });
    const filter = { repositoryId: repository.id, order: 'created' } as const;
    const list = async (more: object, limit = 10, offset = 0) => {
      const { count, rows } = await listBuilds(db, { ...filter, ...more }, { limit, offset });
      return [count, rows.map(({ id }) => ids.indexOf(id))];
    };
    t.deepEqual(await list({}), [3, [0, 1, 2]]);
    t.deepEqual(await list({ order: '-created' }), [3, [2, 1, 0]]);
    t.deepEqual(await list({ state: 'queued' }, 1, 1), [2, [2]]);
    t.deepEqual(await list({ state: 'claimed' }), [1, [0]]);
  });

  test(`${name}: a link keeps its address and secret while the source stays, and has both anew when it changes`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    const first = await buildSource(db, { repository });
    const seal = (id: string) => `sealed for ${id}`;
    const same = { provider: 'github', source: 'ACME/App', dockerfile: 'docker/Dockerfile' } as const;
    const kept = must(await setSource(db, repository.id, same, { isGiven: false, seal }), 'a link');
    t.like(kept, { isNew: false, source: { id: first.id, secret: first.secret, source: 'ACME/App', dockerfile: 'docker/Dockerfile' } });
    const given = must(await setSource(db, repository.id, same, { isGiven: true, seal }), 'a link');
    t.like(given, { isNew: false, source: { id: first.id, secret: `sealed for ${first.id}` } });
    const build = await buildBuild(db, { repository });
    for (const link of [{ ...same, source: 'acme/other' }, { ...same, provider: 'bitbucket' }] as const) {
      const changed = must(await setSource(db, repository.id, link, { isGiven: false, seal }), 'a link');
      t.true(changed.isNew);
      t.is(changed.source.secret, `sealed for ${changed.source.id}`);
      t.regex(changed.source.id, /^src_[0-9a-f]{40}$/);
    }
    t.like(await findBuild(db, repository.id, build.id), { state: 'canceled' });
  });

  test(`${name}: of two links at once one is new`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    const link = { provider: 'github', source: 'acme/app', dockerfile: 'Dockerfile' } as const;
    const set = (text: string) => setSource(db, repository.id, link, { isGiven: false, seal: () => text });
    const [a, b] = await Promise.all([set('a'), set('b')]);
    t.deepEqual([a?.isNew, b?.isNew].sort(), [false, true]);
    t.is(a?.source.secret, b?.source.secret);
  });

  test(`${name}: the link makes a repository an automated one, and its end takes that back`, async (t) => {
    const db = await open(t);
    const { repository_id } = await buildSource(db);
    const isAutomated = async () => Boolean((await db('repositories').where({ id: repository_id }).first<{ is_automated: Flag }>('is_automated')).is_automated);
    t.true(await isAutomated());
    t.true(await deleteSource(db, repository_id));
    t.false(await isAutomated());
    t.false(await deleteSource(db, repository_id));
  });

  test(`${name}: a repository’s deletion takes its source and builds along`, async (t) => {
    const db = await open(t);
    const { repository_id } = await buildBuild(db);
    await deleteRepository(db, repository_id);
    t.is(await findSource(db, repository_id), undefined);
    t.deepEqual(await db('builds').select('id'), []);
    const link = { provider: 'github', source: 'a/b', dockerfile: 'Dockerfile' } as const;
    t.is(await setSource(db, repository_id, link, { isGiven: false, seal: () => '' }), undefined);
  });
}
