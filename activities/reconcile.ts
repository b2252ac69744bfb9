import { setTimeout as wait } from 'node:timers/promises';
import pLimit from 'p-limit';
import { REPOSITORY_NAME } from '../api/schemas/repositories.js';
import { findKnownTag, hasCheck, listKnownTags, settleTag, type KnownTag } from '../db/registryChecks.js';
import { createPrivateRepository } from '../db/registryEvents.js';
import { deleteStray, insertStray, listRepositoriesAfter, listStrays, recordFoundPush } from '../db/registryReconciles.js';
import { findRepository } from '../db/repositories.js';
import type { RunRow } from '../db/runs.js';
import { meters } from '../metrics.js';
import { readImage } from '../registry/image.js';
import { TemporalAwayError } from '../temporal/client.js';
import { startRun } from '../temporal/start.js';
import type { RegistryHub } from './registryHub.js';

/** What a comparison did. */
export interface ReconcileResult {
  repositories: number;
  tags: number;
  /** Tags that the registry had and nobody had told of. */
  found: number;
  removed: number;
  /** Repositories of the registry that became some here. */
  created: number;
}

export interface ReconcileOptions {
  /** The first one of all: what it finds was there before the hub. */
  readonly isFirst: boolean;
  /** How long news may be under way before it is taken for lost, in milliseconds. */
  readonly grace: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

interface Place {
  readonly id: string;
  /** `namespace/name` */
  readonly name: string;
  /** Nothing runs: what is found was there before. */
  readonly quiet: boolean;
}

interface Difference extends Place {
  readonly tag: string;
}

const AT_ONCE = 4;
const PAGE = 100;

/**
 * Compares all tags with the registry's: what it has and nobody told of is recorded as a push, whose chains run once;
 * what it has no more is removed.
 * @throws RegistryAwayError
 */
export async function reconcile(hub: RegistryHub, { isFirst, grace, signal }: ReconcileOptions): Promise<ReconcileResult> {
  const result = { repositories: 0, tags: 0, found: 0, removed: 0, created: 0 };
  const strays = await listStrays(hub.db);
  await adoptStrays(hub, strays, result);
  const differences: Difference[] = [];
  const known: string[] = [];
  for await (const { id, namespace, name: last } of walkRepositories(hub)) {
    const name = `${namespace}/${last}`;
    const place = { id, name, quiet: isFirst || strays.has(name) };
    differences.push(...(await findDifferences(hub, place, result)));
    if (strays.has(name)) known.push(name);
    result.repositories += 1;
  }
  // A push that is told of meanwhile is none of ours.
  if (differences.length > 0) await wait(grace, undefined, { ...(signal ? { signal } : {}) });
  await atOnce(differences, (difference) => settle(hub, difference, result));
  for (const name of known) await deleteStray(hub.db, name);
  return result;
}

async function atOnce<T>(items: readonly T[], action: (item: T) => Promise<unknown>): Promise<void> {
  const limit = pLimit(AT_ONCE);
  await Promise.all(items.map((item) => limit(() => action(item))));
}

async function* walkRepositories({ db }: RegistryHub) {
  for (let after = ''; ; ) {
    const page = await listRepositoriesAfter(db, after, PAGE);
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    after = last.id;
  }
}

/**
 * Repositories that the registry alone knows: one whose first push was never told of is made as that push would have
 * made it. The others are remembered, so that what they hold is no news when somebody makes them one day, and is given
 * to nobody who takes their namespace later.
 */
async function adoptStrays({ db, registry, config }: RegistryHub, strays: ReadonlySet<string>, result: ReconcileResult): Promise<void> {
  for (const name of (await registry.listRepositories()) ?? []) {
    const [namespace = '', last = '', ...more] = name.split('/');
    if (strays.has(name) || (await findRepository(db, namespace, last))) continue;
    // Of what was deleted the name stays.
    if (((await registry.listTags(name)) ?? []).length === 0) continue;
    const isName = more.length === 0 && [namespace, last].every((part) => REPOSITORY_NAME.test(part));
    const created = isName && config.registry.autoCreate ? await createPrivateRepository(db, namespace, last, config.privateLimits) : undefined;
    if (created) result.created += 1;
    else await insertStray(db, name);
  }
}

/** Tags that stand here otherwise than in the registry. Those that requests to the API made it never had. */
async function findDifferences({ db, registry }: RegistryHub, place: Place, result: ReconcileResult): Promise<Difference[]> {
  const known = await listKnownTags(db, place.id);
  const tags = (await registry.listTags(place.name)) ?? [];
  const differences: Difference[] = [];
  result.tags += tags.length;
  await atOnce(tags, async (tag) => {
    const digest = await registry.findDigest(place.name, tag);
    if (digest !== undefined && digest !== known.get(tag)?.digest) differences.push({ ...place, tag });
  });
  const listed = new Set(tags);
  const gone = [...known].filter(([tag, { source }]) => source !== 'api' && !listed.has(tag));
  return [...differences, ...gone.map(([tag]) => ({ ...place, tag }))];
}

async function settle(hub: RegistryHub, { id, name, tag, quiet }: Difference, result: ReconcileResult): Promise<void> {
  const { db, registry } = hub;
  // A notification has come, and its own look at the tag says which push won.
  if (await hasCheck(db, id, tag)) return;
  const seen = await findKnownTag(db, id, tag);
  const digest = await registry.findDigest(name, tag);
  if (digest === seen?.digest) return;
  if (digest === undefined) {
    const settled = await settleTag(db, { repository_id: id, tag, digest, seen });
    if (settled === 'settled') result.removed += 1;
    return;
  }
  const runs = await recordFound(hub, { id, name, tag, quiet, digest, seen });
  if (!runs) return;
  result.found += 1;
  meters.pushes.inc({ source: 'reconcile', answer: 'accepted' });
  hub.log.info({ repository: id, tag, source: 'reconcile', runs: runs.map((run) => run.id) }, 'push accepted');
  await startRuns(hub, runs);
}

/** Nobody knows who pushed it. */
async function recordFound({ db, registry, config }: RegistryHub, found: Difference & { digest: string; seen: KnownTag | undefined }): Promise<readonly RunRow[] | undefined> {
  const { id: repository_id, name, tag, digest, seen, quiet } = found;
  const image = await readImage(registry, name, { tag, reference: digest });
  if (!image) return undefined;
  const push = {
    repository_id, tag, digest, images: JSON.stringify(image.images), platforms: JSON.stringify(image.platforms), size: image.size,
    media_type: image.mediaType, pusher: '', is_test: false, source: 'reconcile', idempotency_key: null, request_hash: null,
  } as const;
  return recordFoundPush(db, push, { seen, quiet: quiet || image.isArtifact, defaultTimeoutMs: config.callbackTimeout });
}

async function startRuns(hub: RegistryHub, runs: readonly RunRow[]): Promise<void> {
  try {
    for (const run of runs) await startRun(hub, run);
  } catch (error) {
    // The queued rows stay, and the sweep starts them.
    if (!(error instanceof TemporalAwayError)) throw error;
  }
}
