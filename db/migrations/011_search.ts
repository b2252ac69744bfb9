import type { Knex } from 'knex';
import { findSearchEngine } from '../searchEngine.js';

/**
 * The index of repositories by name, namespace and description. The database keeps it current itself, so that no
 * writer, present or future, can forget to. Later migrations must not let knex rebuild `repositories` on SQLite: the
 * triggers would go with the old table.
 */
export async function up(db: Knex): Promise<void> {
  await findSearchEngine(db).install(db);
}
