import type { Db } from './connection.js';
import { newHookId } from './hookSecrets.js';
import { nowIso } from './ids.js';
import { countRows, type Page, type PageRequest } from './page.js';
import { recordPush, type NewPush, type PushReceipt } from './pushes.js';
import { lockRepository } from './repositories.js';

/** The kinds of registries that can tell of pushes. */
export const REGISTRIES = ['docker-hub', 'harbor', 'quay', 'ghcr', 'gitea', 'zot', 'distribution'] as const;
export type Registry = (typeof REGISTRIES)[number];

/** An address at which another registry tells of pushes, which become pushes of one repository here. */
export interface InboundRow {
  /** Stands in the address. */
  readonly id: string;
  readonly repository_id: string;
  readonly provider: Registry;
  /** `name` or `host/name` of the repository there. Null: all that the registry tells is about it. */
  readonly upstream: string | null;
  /** Sealed under the row's id. Null: this registry proves nothing but that it knows the address. */
  readonly secret: string | null;
  readonly previous_secret: string | null;
  readonly previous_secret_expires: string | null;
  readonly last_received: string | null;
  readonly last_outcome: string | null;
  readonly created: string;
  readonly updated: string;
}

const COLUMNS = [
  'id', 'repository_id', 'provider', 'upstream', 'secret', 'previous_secret', 'previous_secret_expires', 'last_received',
  'last_outcome', 'created', 'updated',
] as const;

/** The addresses of a repository, oldest first. */
export async function listInbounds(db: Db, repositoryId: string, page: PageRequest): Promise<Page<InboundRow>> {
  const all = db<InboundRow>('inbounds').where({ repository_id: repositoryId });
  const rows = await all.clone().orderBy(['created', 'id']).limit(page.limit).offset(page.offset).select(...COLUMNS);
  return { count: await countRows(all), rows };
}

/** One address of a repository. */
export async function findInbound(db: Db, repositoryId: string, id: string): Promise<InboundRow | undefined> {
  return db<InboundRow>('inbounds').where({ repository_id: repositoryId, id }).first(...COLUMNS);
}

/** The address that was called. */
export async function findInboundById(db: Db, id: string): Promise<InboundRow | undefined> {
  return db<InboundRow>('inbounds').where({ id }).first(...COLUMNS);
}

/**
 * Opens an address; `seal` makes its secret as it lies in the database, sealed under that id. `full` where the repository
 * has `limit` of them, undefined where it is gone.
 */
export async function insertInbound(
  db: Db,
  repositoryId: string,
  { provider, upstream, seal, limit }: Pick<InboundRow, 'provider' | 'upstream'> & { seal: (id: string) => string | null; limit: number },
): Promise<InboundRow | 'full' | undefined> {
  return db.transaction(async (db) => {
    if (!(await lockRepository(db, repositoryId))) return undefined;
    if ((await countRows(db('inbounds').where({ repository_id: repositoryId }))) >= limit) return 'full';
    const id = newHookId('inb');
    const at = nowIso();
    const row = { id, repository_id: repositoryId, provider, upstream, secret: seal(id), created: at, updated: at };
    const [written] = await db<InboundRow>('inbounds').insert(row).returning([...COLUMNS]);
    return written;
  });
}

/** Closes an address. False: there was none. */
export async function deleteInbound(db: Db, repositoryId: string, id: string): Promise<boolean> {
  return db.transaction(async (db) => {
    await lockRepository(db, repositoryId);
    return (await db('inbounds').where({ repository_id: repositoryId, id }).delete()) > 0;
  });
}

/** Keeps what came of the last call. */
export async function noteInbound(db: Db, id: string, outcome: string): Promise<void> {
  await db('inbounds').where({ id }).update({ last_received: nowIso(), last_outcome: outcome });
}

/**
 * Writes all pushes of one call, or none, with their runs; one that its idempotency key marks as told before is not
 * written again. Undefined: the address or its repository is gone.
 */
export async function recordInbound(
  db: Db,
  { id, repository_id }: InboundRow,
  pushes: readonly NewPush[],
  { defaultTimeoutMs, describe }: { defaultTimeoutMs: number; describe: (receipts: readonly PushReceipt[]) => string },
): Promise<PushReceipt[] | undefined> {
  return db.transaction(async (db) => {
    await lockRepository(db, repository_id);
    if (!(await db('inbounds').where({ id }).first('id'))) return undefined;
    const receipts: PushReceipt[] = [];
    for (const push of pushes) {
      const receipt = await recordPush(db, push, { defaultTimeoutMs });
      if (receipt) receipts.push(receipt);
    }
    await noteInbound(db, id, describe(receipts));
    return receipts;
  });
}
