import type { Db } from './connection.js';
import { whereVisible, type Viewer } from './visibility.js';

/** What a repository is pulled by; bytes decide the order on both databases. */
const PULL_NAME = "CASE WHEN repositories.is_official THEN repositories.name ELSE repositories.namespace || '/' || repositories.name END";

/**
 * Names, as they are pulled by, of the repositories that the viewer may see and that have been pushed to, in the order
 * of their bytes: those after `last`, up to `limit`.
 */
export async function listPullNames(db: Db, viewer: Viewer, { last = '', limit }: { last?: string | undefined; limit: number }): Promise<string[]> {
  const isPostgres = (db.client as { config: { client: string } }).config.client === 'pg';
  const name = isPostgres ? `(${PULL_NAME}) COLLATE "C"` : PULL_NAME;
  const all = db('repositories').whereNotNull('last_pushed').whereRaw(`${name} > ?`, [last]);
  const rows = await whereVisible(all, viewer).orderByRaw(name).limit(limit)
    .select<{ pull_name: string }[]>(db.raw(`${PULL_NAME} AS pull_name`));
  return rows.map(({ pull_name }) => pull_name);
}
