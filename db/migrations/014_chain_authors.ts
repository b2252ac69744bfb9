import type { Knex } from 'knex';

/**
 * Who made and last changed a chain and a webhook, by user name: Docker Hub's older webhooks show it. Null: from before
 * it was kept.
 */
export async function up(db: Knex): Promise<void> {
  for (const table of ['chains', 'webhooks']) {
    for (const column of ['creator', 'last_updater']) await db.raw('ALTER TABLE ?? ADD COLUMN ?? text', [table, column]);
  }
}
