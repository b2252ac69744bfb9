import type { Knex } from 'knex';
import type { Db } from './connection.js';
import * as accounts from './migrations/001_accounts.js';
import * as repositories from './migrations/002_repositories.js';
import * as chains from './migrations/003_chains.js';
import * as pushes from './migrations/004_pushes.js';
import * as runs from './migrations/005_runs.js';
import * as probes from './migrations/006_probes.js';

/** In the order they run. Forward only: a released one is never edited, the next one mends it. */
const MIGRATIONS: readonly [name: string, migration: { up(db: Knex): Promise<void> }][] = [
  ['001_accounts', accounts],
  ['002_repositories', repositories],
  ['003_chains', chains],
  ['004_pushes', pushes],
  ['005_runs', runs],
  ['006_probes', probes],
];

const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => MIGRATIONS.map(([name]) => name),
  getMigrationName: (name) => name,
  async getMigration(name) {
    const found = MIGRATIONS.find(([known]) => known === name);
    if (!found) throw new Error(`migration ${name} is unknown to this version`);
    const [, migration] = found;
    return { up: (db) => migration.up(db), down: async () => Promise.reject(new Error('migrations go forward only')) };
  },
};

/**
 * Brings the schema up to this version and returns the names of what ran.
 * Throws when the database was written by a newer version: it then knows migrations that we do not.
 */
export async function migrate(db: Db): Promise<string[]> {
  const [, ran] = (await db.migrate.latest({ migrationSource })) as [number, string[]];
  return ran;
}

/** How many migrations are still to run. */
export async function countPendingMigrations(db: Db): Promise<number> {
  const [, pending] = (await db.migrate.list({ migrationSource })) as [unknown[], unknown[]];
  return pending.length;
}
