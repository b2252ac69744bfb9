import { OPEN_BUILD_STATES, type BuildResult, type BuildState } from '../states.js';
import { hashBearer } from './bearers.js';
import type { Db } from './connection.js';
import { newId, newUuid, nowIso } from './ids.js';
import { countRows, type Page, type PageRequest } from './page.js';
import { lockRepository } from './repositories.js';
import type { SourceRow } from './sources.js';

/** What a push to the source repository asks a builder to do. */
export interface BuildRow {
  readonly id: string;
  readonly repository_id: string;
  readonly request_id: string;
  readonly state: BuildState;
  readonly provider: string;
  readonly source: string;
  readonly dockerfile: string;
  readonly ref: string;
  readonly commit: string;
  readonly message: string;
  readonly author: string;
  /** Known to the claimer alone: its hash, but in what a claim answers. */
  readonly claim: string | null;
  readonly claim_count: number;
  readonly claimed_by: string | null;
  readonly claimed: string | null;
  readonly claim_expires: string | null;
  readonly description: string | null;
  readonly target_url: string | null;
  readonly created: string;
  readonly finished: string | null;
}

export type BuildRequest = Pick<BuildRow, 'ref' | 'commit' | 'message' | 'author'>;

const COLUMNS = [
  'id', 'repository_id', 'request_id', 'state', 'provider', 'source', 'dockerfile', 'ref', 'commit', 'message', 'author',
  'claim', 'claim_count', 'claimed_by', 'claimed', 'claim_expires', 'description', 'target_url', 'created', 'finished',
] as const;

/** A build that lost so many builders is given up, so that it does not stand before the others for ever. */
export const CLAIM_LIMIT = 3;

/**
 * Writes what one call of the provider asks for, once however often the call comes. Returns all builds of that call
 * and whether it had come before; undefined where the link is gone.
 */
export async function recordBuilds(
  db: Db,
  { id, repository_id, provider, source, dockerfile }: SourceRow,
  requestId: string,
  requests: readonly BuildRequest[],
): Promise<{ builds: BuildRow[]; repeated: boolean } | undefined> {
  return db.transaction(async (db) => {
    await lockRepository(db, repository_id);
    if (!(await db('sources').where({ id }).first('id'))) return undefined;
    const link = { repository_id, provider, source, dockerfile, request_id: requestId, state: 'queued', created: nowIso() };
    const rows = requests.map((request) => ({ ...request, ...link, id: newId('bld') }));
    const unique = ['repository_id', 'request_id', 'ref'];
    const written = rows.length === 0 ? [] : await db('builds').insert(rows).onConflict(unique).ignore().returning('id');
    const builds = await db<BuildRow>('builds').where({ repository_id, request_id: requestId }).orderBy('id').select(...COLUMNS);
    return { builds, repeated: builds.length > 0 && written.length === 0 };
  });
}

/** Builds of a repository; `created` is the queue's own order, `-created` the newest first. */
export async function listBuilds(
  db: Db,
  { repositoryId, state, order }: { repositoryId: string; state?: BuildState | undefined; order: 'created' | '-created' },
  page: PageRequest,
): Promise<Page<BuildRow>> {
  const all = db<BuildRow>('builds').where({ repository_id: repositoryId, ...(state === undefined ? {} : { state }) });
  const query = all.clone().orderBy('id', order === 'created' ? 'asc' : 'desc').limit(page.limit).offset(page.offset);
  return { count: await countRows(all), rows: await query.select(...COLUMNS) };
}

/** One build of a repository. */
export async function findBuild(db: Db, repositoryId: string, id: string): Promise<BuildRow | undefined> {
  return db<BuildRow>('builds').where({ repository_id: repositoryId, id }).first(...COLUMNS);
}

/**
 * Gives the oldest build that nobody works on to a builder, for `lifetime` milliseconds: one that is queued, or whose
 * builder let the claim run out. Of builders that ask at once each gets another one. Undefined: there is none.
 */
export async function claimBuild(
  db: Db,
  repositoryId: string,
  { by, lifetime }: { by: string; lifetime: number },
): Promise<BuildRow | undefined> {
  // Builders ask again and again, mostly for nothing: that should not write.
  if (!(await isAnyFree(db, repositoryId))) return undefined;
  return db.transaction(async (db) => {
    // On PostgreSQL two builders would choose the same row; the repository's row makes them take turns.
    await lockRepository(db, repositoryId);
    const now = nowIso();
    const stale = db<BuildRow>('builds').where({ repository_id: repositoryId, state: 'claimed' }).where('claim_expires', '<=', now);
    const lost = { state: 'error', description: `Given up: ${CLAIM_LIMIT} claims ran out`, finished: now } as const;
    await stale.clone().where('claim_count', '>=', CLAIM_LIMIT).update(lost);
    await stale.update({ state: 'queued', claim: null, claimed_by: null, claimed: null, claim_expires: null });
    const oldest = db('builds').where({ repository_id: repositoryId, state: 'queued' }).orderBy('id').limit(1).select('id');
    const secret = newUuid();
    const claim = { claim: hashBearer(secret), claimed_by: by, claimed: now, claim_expires: addTime(now, lifetime) };
    const [row] = await db<BuildRow>('builds')
      .whereIn('id', oldest)
      .update({ ...claim, state: 'claimed', claim_count: db.raw('claim_count + 1') as never })
      .returning([...COLUMNS]);
    return row && { ...row, claim: secret };
  });
}

async function isAnyFree(db: Db, repositoryId: string): Promise<boolean> {
  const open = db<BuildRow>('builds').where({ repository_id: repositoryId }).whereIn('state', [...OPEN_BUILD_STATES]);
  const free = open.where((either) => void either.where({ state: 'queued' }).orWhere('claim_expires', '<=', nowIso()));
  return (await free.first('id')) !== undefined;
}

function addTime(iso: string, ms: number): string {
  return new Date(Date.parse(iso) + ms).toISOString();
}

/** Who holds which build by which claim. */
export interface Claim {
  readonly repositoryId: string;
  readonly id: string;
  readonly claim: string;
}

/** Whether a build was claimed last with this claim, whatever became of it. */
export function isClaimedBy({ claim }: BuildRow, given: string): boolean {
  return claim === hashBearer(given);
}

function whereHeld(db: Db, { repositoryId, id, claim }: Claim) {
  return db<BuildRow>('builds').where({ repository_id: repositoryId, id, claim: hashBearer(claim), state: 'claimed' }).where('claim_expires', '>', nowIso());
}

/** Lets a claim that still holds end `lifetime` milliseconds from now; undefined where it does not hold. */
export async function renewClaim(db: Db, claim: Claim, lifetime: number): Promise<BuildRow | undefined> {
  const [row] = await whereHeld(db, claim).update({ claim_expires: addTime(nowIso(), lifetime) }).returning([...COLUMNS]);
  return row;
}

/** Ends a build while its claim holds; undefined where it does not. */
export async function finishBuild(
  db: Db,
  claim: Claim,
  result: { state: BuildResult; description: string | null; target_url: string | null },
): Promise<BuildRow | undefined> {
  const [row] = await whereHeld(db, claim).update({ ...result, finished: nowIso() }).returning([...COLUMNS]);
  return row;
}

/** Cancels the builds of a repository that are not over. */
export async function cancelBuilds(db: Db, repositoryId: string): Promise<void> {
  await db<BuildRow>('builds')
    .where({ repository_id: repositoryId })
    .whereIn('state', [...OPEN_BUILD_STATES])
    .update({ state: 'canceled', finished: nowIso() });
}
