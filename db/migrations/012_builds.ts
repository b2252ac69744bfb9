import type { Knex } from 'knex';

/** Automated builds: the source repository that a repository is built from, and what its pushes ask a builder to do. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('sources', (table) => {
    table.text('repository_id').primary().references('repositories.id').onDelete('CASCADE');
    // Stands in the address that the source host calls, and cannot be guessed.
    table.text('id').notNullable().unique();
    table.text('provider').notNullable().comment('github or bitbucket');
    table.text('source').notNullable().comment('owner/name at the provider');
    table.text('dockerfile').notNullable();
    table.text('secret').notNullable().comment('sealed');
    table.text('created').notNullable();
    table.text('updated').notNullable();
  });
  await db.schema.createTable('builds', (table) => {
    table.text('id').primary();
    table.text('repository_id').notNullable().references('repositories.id').onDelete('CASCADE');
    // The provider's own id of its call: the same call again asks for nothing new.
    table.text('request_id').notNullable();
    table.text('state').notNullable().comment('queued, claimed, success, failure or error');
    table.text('ref').notNullable().comment('refs/heads/… or refs/tags/…');
    table.text('commit').notNullable();
    table.text('message').notNullable();
    table.text('author').notNullable();
    table.text('claimed_by');
    table.text('claimed');
    table.text('claim_expires');
    table.text('description');
    table.text('target_url');
    table.text('created').notNullable();
    table.text('finished');
    table.unique(['repository_id', 'request_id', 'ref']);
    table.index(['repository_id', 'id']);
  });
}
