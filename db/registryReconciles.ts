import type { Db } from './connection.js';
import { nowIso } from './ids.js';
import { recordPush, type NewPush } from './pushes.js';
import { findKnownTag, hasCheck, type KnownTag } from './registryChecks.js';
import { lockRepository } from './repositories.js';
import type { RunRow } from './runs.js';

/** When all tags were compared with the registry's. One goes on at a time, whoever does it. */
export interface ReconcileRow {
  readonly requested: string | null;
  readonly started: string | null;
  /** Null: never yet. */
  readonly finished: string | null;
  /** JSON, of the last that finished. */
  readonly result: string | null;
}

const COLUMNS = ['requested', 'started', 'finished', 'result'] as const;

/** Asks for a comparison. One that is under way does not count: it has perhaps passed what is meant. */
export async function requestReconcile(db: Db): Promise<ReconcileRow> {
  const [row] = await db<ReconcileRow>('registry_reconciles').update({ requested: nowIso() }).returning([...COLUMNS]);
  return row ?? missing();
}

/** How things stand. */
export async function getReconcile(db: Db): Promise<ReconcileRow> {
  const row = await db('registry_reconciles').first<ReconcileRow | undefined>(...COLUMNS);
  return row ?? missing();
}

function missing(): never {
  throw new Error('the row of registry_reconciles is gone');
}

/**
 * Takes the comparison until `lease`, where one is asked for, was interrupted or last began before `cutoff`, and nobody
 * has it. Undefined where there is nothing to do. The row is as it was before.
 */
export async function claimReconcile(db: Db, { lease, cutoff }: { lease: string; cutoff: string }): Promise<ReconcileRow | undefined> {
  const before = await getReconcile(db);
  if (!isDue(before, cutoff)) return undefined;
  const now = nowIso();
  const claimed = await db('registry_reconciles')
    // Whoever claims at the same time finds it begun.
    .where({ started: before.started })
    .where((free) => void free.whereNull('lease').orWhere('lease', '<=', now))
    .update({ started: now, lease });
  return claimed > 0 ? before : undefined;
}

function isDue({ requested, started, finished }: ReconcileRow, cutoff: string): boolean {
  if (started === null || started < cutoff) return true;
  return (requested ?? '') > started || (finished ?? '') < started;
}

/** Holds the claim until `lease`. */
export async function extendReconcile(db: Db, lease: string): Promise<void> {
  await db('registry_reconciles').update({ lease });
}

/** Gives the claim back with what came of it. */
export async function finishReconcile(db: Db, result: object): Promise<void> {
  await db('registry_reconciles').update({ finished: nowIso(), lease: null, result: JSON.stringify(result) });
}

/** Notes a registry's process; one that was not there before may have forgotten what the one before had not told. */
export async function noteInstance(db: Db, id: string): Promise<void> {
  if (await db('registry_instances').where({ id }).first<{ id: string } | undefined>('id')) return;
  await db.transaction(async (db) => {
    const added = await db('registry_instances').insert({ id, seen: nowIso() }).onConflict('id').ignore().returning('id');
    if (added.length > 0) await requestReconcile(db);
  });
}

/**
 * Records a push that nobody told of. Undefined where something has moved the tag since it was seen, or will look at it
 * anyway.
 */
export async function recordFoundPush(
  db: Db,
  push: NewPush,
  { seen, ...options }: { seen: KnownTag | undefined; quiet: boolean; defaultTimeoutMs: number },
): Promise<readonly RunRow[] | undefined> {
  return db.transaction(async (db) => {
    await lockRepository(db, push.repository_id);
    const current = await findKnownTag(db, push.repository_id, push.tag);
    if (current?.push_id !== seen?.push_id || (await hasCheck(db, push.repository_id, push.tag))) return undefined;
    return (await recordPush(db, push, options))?.runs;
  });
}

/** Names of repositories that were in the registry while they were none here. */
export async function listStrays(db: Db): Promise<ReadonlySet<string>> {
  const rows = await db('registry_strays').select<{ name: string }[]>('name');
  return new Set(rows.map(({ name }) => name));
}

/** Notes a name as a stray. */
export async function insertStray(db: Db, name: string): Promise<void> {
  await db('registry_strays').insert({ name }).onConflict('name').ignore();
}

/** A stray has become a repository here, and what was in it is known. */
export async function deleteStray(db: Db, name: string): Promise<void> {
  await db('registry_strays').where({ name }).delete();
}

/** Repositories after an id, in the order of their ids. */
export async function listRepositoriesAfter(db: Db, afterId: string, limit: number): Promise<{ id: string; namespace: string; name: string }[]> {
  return db('repositories').where('id', '>', afterId).orderBy('id').limit(limit).select('id', 'namespace', 'name');
}
