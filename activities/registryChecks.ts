import pLimit from 'p-limit';
import { claimChecks, deleteCheck, findKnownTag, postponeCheck, settleTag, type CheckRow } from '../db/registryChecks.js';
import { describePush, findPushById } from '../db/pushes.js';
import { requestReconcile } from '../db/registryReconciles.js';
import { findRepositoryById } from '../db/repositories.js';
import { RegistryAwayError } from '../registry/client.js';
import { readImage } from '../registry/image.js';
import type { RegistryHub } from './registryHub.js';

type CheckHub = Pick<RegistryHub, 'db' | 'registry' | 'log'>;

/** Checks taken at once, and how many of them ask the registry at the same time. */
const BATCH = 50;
const AT_ONCE = 4;
/** Whoever takes checks has them for this long. Milliseconds. */
const LEASE = 120_000;
const FIRST_PAUSE = 1000;
const MAX_PAUSE = 300_000;
/** After so many looks the tag's push is not under way any more: its event was lost. */
const LAST_TRY = 5;

/**
 * Makes good what notifications left open: platforms and sizes of pushes, and where tags point. Returns how many
 * checks were looked at; a check that cannot be answered now is looked at later. Any number of processes may do so.
 */
export async function runChecks(hub: CheckHub): Promise<number> {
  const lease = new Date(Date.now() + LEASE).toISOString();
  const checks = await claimChecks(hub.db, { lease, limit: BATCH });
  const limit = pLimit(AT_ONCE);
  await Promise.all(checks.map((check) => limit(() => runCheck(hub, check))));
  return checks.length;
}

async function runCheck(hub: CheckHub, check: CheckRow): Promise<void> {
  try {
    if (await isAnswered(hub, check)) await deleteCheck(hub.db, check.id);
    else await postpone(hub, check);
  } catch (error) {
    if (!(error instanceof RegistryAwayError)) throw error;
    if (check.tries === 0) hub.log.warn({ reason: error.message }, 'a tag will be looked at later');
    await postpone(hub, check);
  }
}

async function isAnswered({ db, registry }: CheckHub, { repository_id, tag, push_id, tries }: CheckRow): Promise<boolean> {
  const repository = await findRepositoryById(db, repository_id);
  if (!repository) return true;
  const name = `${repository.namespace}/${repository.name}`;
  // Before the registry is asked: whoever moves the tag after this makes our answer an old one.
  const seen = await findKnownTag(db, repository_id, tag);
  const digest = await registry.findDigest(name, tag);
  const settled = await settleTag(db, { repository_id, tag, digest, seen });
  if (settled === 'unknown' && tries >= LAST_TRY) await requestReconcile(db);
  else if (settled !== 'settled') return false;
  if (push_id !== null) await describe({ db, registry }, name, { id: push_id, tag });
  return true;
}

/** By its own digest: the tag may point elsewhere by now. What was deleted since stays as the event told it. */
async function describe({ db, registry }: Pick<CheckHub, 'db' | 'registry'>, name: string, { id, tag }: { id: string; tag: string }): Promise<void> {
  const push = await findPushById(db, id);
  const image = push?.digest ? await readImage(registry, name, { tag, reference: push.digest }) : undefined;
  if (image) await describePush(db, id, { platforms: JSON.stringify(image.platforms), size: image.size });
}

async function postpone({ db }: CheckHub, check: CheckRow): Promise<void> {
  const pause = Math.min(FIRST_PAUSE * 2 ** check.tries, MAX_PAUSE);
  await postponeCheck(db, check, new Date(Date.now() + pause).toISOString());
}
