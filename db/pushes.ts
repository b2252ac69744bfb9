import { listActiveChains, type Chain } from './chains.js';
import type { Db, Flag } from './connection.js';
import { newId, nowIso } from './ids.js';
import { countRows, type Page, type PageRequest } from './page.js';
import { insertRun, RUN_COLUMNS, type FreshRun, type RunRow } from './runs.js';
import { commit, Undo, writeInsert, type Ask } from './statements.js';

/** Who told of a push: a request to the API, the registry's notification, or a look at the registry's tags. */
export type PushSource = 'api' | 'registry' | 'reconcile';

export interface PushRow {
  readonly id: string;
  readonly repository_id: string;
  readonly tag: string;
  readonly digest: string | null;
  /** JSON array of text. */
  readonly images: string;
  /** JSON array of platform images. */
  readonly platforms: string;
  readonly media_type: string | null;
  readonly size: number | null;
  readonly pusher: string;
  readonly is_test: Flag;
  readonly source: PushSource;
  readonly idempotency_key: string | null;
  readonly request_hash: string | null;
  readonly pushed_at: string;
}

type Defaulted = 'pushed_at' | 'platforms' | 'source';
export type NewPush = Omit<PushRow, 'id' | Defaulted> & Partial<Pick<PushRow, Defaulted>>;

/** A push with the runs it started. */
export interface RecordedPush {
  readonly push: PushRow;
  readonly runs: readonly RunRow[];
}

/** Whether this call wrote the push, or found it written under the same idempotency key. */
export interface PushReceipt extends RecordedPush {
  readonly repeated: boolean;
  /** Where it wrote them: the runs with their deliveries. */
  readonly fresh: readonly FreshRun[];
}

export const PUSH_COLUMNS = [
  'id', 'repository_id', 'tag', 'digest', 'images', 'platforms', 'media_type', 'size', 'pusher', 'is_test', 'source',
  'idempotency_key', 'request_hash', 'pushed_at',
] as const;

/**
 * Writes, in one transaction, the push, the tag and per chain one queued run with its deliveries: the chain is
 * frozen here. A chain without webhooks has nothing to run. `chain` limits a test push to that one, active or not; a test push moves no tag.
 * `quiet` runs nothing: what was pushed is no news, or no image.
 * A repeated idempotency key writes nothing and returns what the first call wrote. Undefined: the repository is gone.
 */
export async function recordPush(
  db: Db,
  push: NewPush,
  options: { defaultTimeoutMs: number; chain?: Chain; quiet?: boolean },
): Promise<PushReceipt | undefined> {
  const row: PushRow = { platforms: '[]', source: 'api', pushed_at: nowIso(), ...push, id: newId('psh') };
  const receipt = await commit(db, async (ask): Promise<PushReceipt | 'repeated'> => {
    // The lock of what hangs on the repository, and the moment of its last push.
    if ((await ask(row.is_test ? LOCK : TOUCH, [...(row.is_test ? [] : [row.pushed_at]), row.repository_id])).length === 0) throw new Undo();
    const [written] = await ask<PushRow>(INSERT, PUSH_COLUMNS.map((name) => row[name]));
    if (!written) return 'repeated';
    if (!row.is_test) await ask(MOVE_TAG, [row.repository_id, row.tag, row.digest, row.id, row.pushed_at]);
    const fresh: FreshRun[] = [];
    for (const chain of await listChainsToRun(ask, row, options)) fresh.push(await insertRun(ask, { push: row, chain, ...options }));
    return { push: written, runs: fresh.map(({ run }) => run), fresh, repeated: false };
  });
  return receipt === 'repeated' ? { ...(await getRepeatedPush(db, push)), repeated: true, fresh: [] } : receipt;
}

const LOCK = 'UPDATE repositories SET id = id WHERE id = ? RETURNING id';
const TOUCH = 'UPDATE repositories SET last_pushed = ? WHERE id = ? RETURNING id';
const INSERT = `${writeInsert('pushes', PUSH_COLUMNS)} ON CONFLICT (repository_id, pusher, idempotency_key) DO NOTHING RETURNING ${PUSH_COLUMNS.join(', ')}`;
const MOVE_TAG = `${writeInsert('tags', ['repository_id', 'name', 'digest', 'push_id', 'updated'])}
  ON CONFLICT (repository_id, name) DO UPDATE SET digest = excluded.digest, push_id = excluded.push_id, updated = excluded.updated`;

async function listChainsToRun(ask: Ask, { repository_id }: PushRow, { chain, quiet = false }: { chain?: Chain; quiet?: boolean }): Promise<readonly Chain[]> {
  const chains = quiet ? [] : chain ? [chain] : await listActiveChains(ask, repository_id);
  return chains.filter(({ webhooks }) => webhooks.length > 0);
}

async function getRepeatedPush(db: Db, push: NewPush): Promise<RecordedPush> {
  const { repository_id, pusher, idempotency_key } = push;
  const row = await db<PushRow>('pushes').where({ repository_id, pusher, idempotency_key }).first(...PUSH_COLUMNS);
  if (!row) throw new Error(`the push of idempotency key ${idempotency_key} vanished between two statements`);
  return { push: row, runs: await listPushRuns(db, row.id) };
}

async function listPushRuns(db: Db, pushId: string): Promise<RunRow[]> {
  return db<RunRow>('runs').where({ push_id: pushId }).whereNull('redelivery_of').orderBy('id').select(...RUN_COLUMNS);
}

/** Fills in what a registry's notification did not say. */
export async function describePush(db: Db, id: string, details: Pick<PushRow, 'platforms' | 'size'>): Promise<void> {
  await db<PushRow>('pushes').where({ id }).update(details);
}

/** Digests of all that the registry was ever known to have in a repository; of an index before those of its images. */
export async function listPushedDigests(db: Db, repositoryId: string): Promise<string[]> {
  const rows = await db<PushRow>('pushes').where({ repository_id: repositoryId }).whereNot({ source: 'api' }).distinct('digest', 'images');
  const images = rows.flatMap((row) => JSON.parse(row.images) as string[]);
  return [...new Set([...rows.flatMap(({ digest }) => digest ?? []), ...images])];
}

/** One push of a repository with all its runs, redeliveries included. */
export async function findPush(db: Db, repositoryId: string, id: string): Promise<RecordedPush | undefined> {
  const push = await db<PushRow>('pushes').where({ repository_id: repositoryId, id }).first(...PUSH_COLUMNS);
  return push && { push, runs: await db<RunRow>('runs').where({ push_id: id }).orderBy('id').select(...RUN_COLUMNS) };
}

/** The push of a run. */
export async function findPushById(db: Db, id: string): Promise<PushRow | undefined> {
  return db<PushRow>('pushes').where({ id }).first(...PUSH_COLUMNS);
}

/** Pushes of a repository, newest first, each with its runs; three queries whatever their number. */
export async function listPushes(db: Db, repositoryId: string, page: PageRequest): Promise<Page<RecordedPush>> {
  const all = db<PushRow>('pushes').where({ repository_id: repositoryId });
  const rows = await all.clone().orderBy('id', 'desc').limit(page.limit).offset(page.offset).select(...PUSH_COLUMNS);
  const runs = await db<RunRow>('runs').whereIn('push_id', rows.map(({ id }) => id)).orderBy('id').select(...RUN_COLUMNS);
  const recorded = rows.map((push) => ({ push, runs: runs.filter(({ push_id }) => push_id === push.id) }));
  return { count: await countRows(all), rows: recorded };
}
