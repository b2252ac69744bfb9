import type { Knex } from 'knex';
import type { Db } from './connection.js';
import { withMigrationLock } from './migrationLock.js';
import * as accounts from './migrations/001_accounts.js';
import * as repositories from './migrations/002_repositories.js';
import * as chains from './migrations/003_chains.js';
import * as pushes from './migrations/004_pushes.js';
import * as runs from './migrations/005_runs.js';
import * as probes from './migrations/006_probes.js';
import * as organizations from './migrations/007_organizations.js';
import * as accessTokens from './migrations/008_access_tokens.js';
import * as opinions from './migrations/009_opinions.js';
import * as tags from './migrations/010_tags.js';
import * as search from './migrations/011_search.js';
import * as builds from './migrations/012_builds.js';
import * as audit from './migrations/013_audit.js';
import * as chainAuthors from './migrations/014_chain_authors.js';
import * as registryLogins from './migrations/015_registry_logins.js';
import * as registry from './migrations/016_registry.js';
import * as inbound from './migrations/017_inbound.js';
import * as keys from './migrations/019_keys.js';
import * as endpoints from './migrations/020_endpoints.js';
import * as changes from './migrations/021_changes.js';
import * as receivers from './migrations/022_receivers.js';
import * as requestBodies from './migrations/023_request_bodies.js';

/** In the order they run. Forward only: a released one is never edited, the next one mends it. */
const MIGRATIONS: readonly [name: string, migration: { up(db: Knex): Promise<void> }][] = [
  ['001_accounts', accounts],
  ['002_repositories', repositories],
  ['003_chains', chains],
  ['004_pushes', pushes],
  ['005_runs', runs],
  ['006_probes', probes],
  ['007_organizations', organizations],
  ['008_access_tokens', accessTokens],
  ['009_opinions', opinions],
  ['010_tags', tags],
  ['011_search', search],
  ['012_builds', builds],
  ['013_audit', audit],
  ['014_chain_authors', chainAuthors],
  ['015_registry_logins', registryLogins],
  ['016_registry', registry],
  ['017_inbound', inbound],
  ['019_keys', keys],
  ['020_endpoints', endpoints],
  ['021_changes', changes],
  ['022_receivers', receivers],
  ['023_request_bodies', requestBodies],
];

/** The same, as knex takes them. */
export const migrationSource: Knex.MigrationSource<string> = {
  getMigrations: async () => MIGRATIONS.map(([name]) => name),
  getMigrationName: (name) => name,
  async getMigration(name) {
    const found = MIGRATIONS.find(([known]) => known === name);
    if (!found) throw new Error(`migration ${name} is unknown to this version`);
    const [, migration] = found;
    return { up: (db) => migration.up(db), down: async () => Promise.reject(new Error('migrations go forward only')) };
  },
};

/** With those that this version does not know: knex would throw a sentence of its own about them. */
const LISTED = { migrationSource, disableMigrationsListValidation: true };

/** The database knows migrations that this version does not. */
export class NewerDatabaseError extends Error {
  constructor(unknown: readonly string[]) {
    super(`The database was written by a newer Hookline (${unknown.join(', ')}): start that version, or restore a backup made before the upgrade.`);
    this.name = 'NewerDatabaseError';
  }
}

/**
 * Brings the schema up to this version and returns the names of what ran; processes that start together take turns.
 * @throws NewerDatabaseError
 */
export async function migrate(db: Db): Promise<string[]> {
  return withMigrationLock(db, async () => {
    await refuseNewer(db);
    // knex's own mark outlives a process that was killed; ours did not, so nobody holds it now.
    await db.migrate.forceFreeMigrationsLock({ migrationSource });
    const [, ran] = (await db.migrate.latest({ migrationSource })) as [number, string[]];
    return ran;
  });
}

async function refuseNewer(db: Db): Promise<void> {
  const [completed] = (await db.migrate.list(LISTED)) as [{ name: string }[], unknown[]];
  const known = new Set(MIGRATIONS.map(([name]) => name));
  const unknown = completed.map(({ name }) => name).filter((name) => !known.has(name));
  if (unknown.length > 0) throw new NewerDatabaseError(unknown);
}

/** How many migrations are still to run; none on a database of a newer version, beside which this one goes on. */
export async function countPendingMigrations(db: Db): Promise<number> {
  const [, pending] = (await db.migrate.list(LISTED)) as [unknown[], unknown[]];
  return pending.length;
}
