import test from 'ava';
import type { Db } from '../../db/connection.js';
import { acceptEvent, pruneEvents, type RegistryEvent } from '../../db/registryEvents.js';
import { claimChecks, findKnownTag, insertCheck, postponeCheck, settleTag } from '../../db/registryChecks.js';
import { claimReconcile, extendReconcile, finishReconcile, recordFoundPush, requestReconcile } from '../../db/registryReconciles.js';
import type { RepositoryRow } from '../../db/repositories.js';
import { buildPush, buildRepository, DEFAULT_TIMEOUT_MS, PLENTY } from '../helpers/builders.js';
import { ENGINES } from '../helpers/database.js';

const OPTIONS = { defaultTimeoutMs: DEFAULT_TIMEOUT_MS, privateLimits: PLENTY, autoCreate: true };
const [A, B] = ['sha256:a', 'sha256:b'];
const at = (ms: number): string => new Date(Date.now() + ms).toISOString();

function describePush({ namespace, name }: RepositoryRow, id: string): RegistryEvent {
  const what = { action: 'push', tag: '1.0', digest: A, media_type: null, images: [A], size: null, pusher: namespace, isArtifact: false } as const;
  return { id, at: at(0), repository: `${namespace}/${name}`, what };
}

async function countPushes(db: Db): Promise<number> {
  return (await db('pushes').select('id')).length;
}

for (const { name, open } of ENGINES) {
  test(`${name}: the same event twenty times at once is one push`, async (t) => {
    const db = await open(t);
    const event = describePush(await buildRepository(db), 'e');
    const all = await Promise.all(Array.from({ length: 20 }, () => acceptEvent(db, event, OPTIONS)));
    t.is(all.filter(({ outcome }) => outcome === 'accepted').length, 1);
    t.is(await countPushes(db), 1);
  });

  test(`${name}: events at once that make a repository make one`, async (t) => {
    const db = await open(t);
    const known = await buildRepository(db);
    const events = [1, 2, 3, 4].map((id) => ({ ...describePush(known, `e${id}`), repository: `${known.namespace}/fresh` }));
    const all = await Promise.all(events.map((event) => acceptEvent(db, event, OPTIONS)));
    t.true(all.every(({ outcome }) => outcome === 'accepted'));
    t.is(await countPushes(db), 4);
  });

  test(`${name}: ids of events are forgotten by age`, async (t) => {
    const db = await open(t);
    const event = describePush(await buildRepository(db), 'e');
    await acceptEvent(db, event, OPTIONS);
    await pruneEvents(db, at(-60_000));
    t.is((await acceptEvent(db, event, OPTIONS)).outcome, 'repeated');
    await pruneEvents(db, at(60_000));
    t.is((await acceptEvent(db, event, OPTIONS)).outcome, 'accepted');
  });

  test(`${name}: a tag follows the registry, unless it was moved since it was seen`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    const place = { repository_id: repository.id, tag: 'latest' };
    await buildPush(db, { repository, digest: A, source: 'registry' });
    await buildPush(db, { repository, digest: B, source: 'registry' });
    const seen = await findKnownTag(db, repository.id, 'latest');
    t.is(seen?.digest, B);
    t.is(await settleTag(db, { ...place, digest: 'sha256:c', seen }), 'unknown');
    t.is(await settleTag(db, { ...place, digest: A, seen }), 'settled');
    t.is((await findKnownTag(db, repository.id, 'latest'))?.digest, A);
    t.is(await settleTag(db, { ...place, digest: undefined, seen }), 'changed');
    t.is(await settleTag(db, { ...place, digest: undefined, seen: await findKnownTag(db, repository.id, 'latest') }), 'settled');
    t.is(await findKnownTag(db, repository.id, 'latest'), undefined);
    t.is(await settleTag(db, { ...place, digest: B, seen: undefined }), 'settled');
    t.is((await findKnownTag(db, repository.id, 'latest'))?.digest, B);
  });

  test(`${name}: a tag that a request to the API made stays, though the registry never had it`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    await buildPush(db, { repository, digest: A });
    const seen = await findKnownTag(db, repository.id, 'latest');
    t.is(await settleTag(db, { repository_id: repository.id, tag: 'latest', digest: undefined, seen }), 'settled');
    t.truthy(await findKnownTag(db, repository.id, 'latest'));
  });

  test(`${name}: checks are taken once, and again when they are due again`, async (t) => {
    const db = await open(t);
    const { id: repository_id } = await buildRepository(db);
    for (const tag of ['a', 'b', 'c']) await insertCheck(db, { repository_id, tag, push_id: null });
    const lease = at(60_000);
    const taken = await Promise.all([1, 2, 3].map(() => claimChecks(db, { lease, limit: 10 })));
    t.deepEqual(taken.flat().map(({ tag }) => tag).sort(), ['a', 'b', 'c']);
    t.deepEqual(await claimChecks(db, { lease, limit: 10 }), []);
    for (const check of taken.flat().filter(({ tag }) => tag === 'b')) await postponeCheck(db, check, at(-1));
    t.like(await claimChecks(db, { lease, limit: 10 }), [{ tag: 'b', tries: 1 }]);
  });

  test(`${name}: one compares at a time, when asked for, interrupted or long ago`, async (t) => {
    const db = await open(t);
    const claim = async () => claimReconcile(db, { lease: at(60_000), cutoff: at(-3_600_000) });
    const claims = await Promise.all([1, 2, 3, 4].map(claim));
    t.is(claims.filter(Boolean).length, 1);
    await extendReconcile(db, at(-1));
    t.truthy(await claim(), 'interrupted');
    await finishReconcile(db, {});
    t.is(await claim(), undefined);
    await requestReconcile(db);
    t.truthy(await claim(), 'asked for');
    await finishReconcile(db, {});
    await db('registry_reconciles').update({ started: at(-3_700_000) });
    t.truthy(await claim(), 'long ago');
  });

  test(`${name}: a push is found once, and not where its event has come meanwhile`, async (t) => {
    const db = await open(t);
    const repository = await buildRepository(db);
    const push = {
      repository_id: repository.id, tag: '1.0', digest: A, images: '[]', media_type: null, size: null, pusher: '', is_test: false,
      source: 'reconcile', idempotency_key: null, request_hash: null,
    } as const;
    const found = { seen: undefined, quiet: false, defaultTimeoutMs: DEFAULT_TIMEOUT_MS };
    const early = describePush(repository, 'early');
    t.deepEqual(await recordFoundPush(db, push, found), []);
    t.is(await recordFoundPush(db, push, found), undefined);
    await acceptEvent(db, { ...early, at: at(-1000) }, OPTIONS);
    t.is(await countPushes(db), 1);
    await acceptEvent(db, { ...early, id: 'later', at: at(5000) }, OPTIONS);
    t.is(await countPushes(db), 2);
    t.is(await recordFoundPush(db, { ...push, digest: B }, { ...found, seen: await findKnownTag(db, repository.id, '1.0') }), undefined, 'its own look is to come');
  });
}
