import type { Knex } from 'knex';

/** Automated builds: the source repository that a repository is built from, and what its pushes ask a builder to do. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('sources', (table) => {
    table.text('repository_id').primary().references('repositories.id').onDelete('CASCADE');
    // Stands in the address that the source host calls: random bits, that nobody guesses.
    table.text('id').notNullable().unique();
    table.text('provider').notNullable().comment('github or bitbucket');
    table.text('source').notNullable().comment('owner/name at the provider');
    table.text('dockerfile').notNullable();
    table.text('secret').notNullable().comment('sealed');
    table.text('previous_secret').comment('sealed');
    table.text('previous_secret_expires');
    table.text('created').notNullable();
    table.text('updated').notNullable();
  });
  await db.schema.createTable('builds', (table) => {
    table.text('id').primary();
    table.text('repository_id').notNullable().references('repositories.id').onDelete('CASCADE');
    // The provider's own id of its call: the same call again asks for nothing new.
    table.text('request_id').notNullable();
    table.text('state').notNullable().comment('queued, claimed, success, failure, error or canceled');
    // The link as it stood when the build was asked for.
    table.text('provider').notNullable();
    table.text('source').notNullable();
    table.text('dockerfile').notNullable();
    table.text('ref').notNullable().comment('refs/heads/… or refs/tags/…');
    table.text('commit').notNullable();
    table.text('message').notNullable();
    table.text('author').notNullable();
    // Given to the claimer alone: who holds it may renew and finish.
    table.text('claim');
    table.integer('claim_count').notNullable().defaultTo(0);
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
  // A builder asks for work again and again, and what is over grows for ever.
  await db.raw("CREATE INDEX builds_open ON builds (repository_id, id) WHERE state IN ('queued', 'claimed')");
}
