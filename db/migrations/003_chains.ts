import type { Knex } from 'knex';

/**
 * Chains and their webhooks. A webhook's URL never changes: another URL is another webhook with another secret,
 * so that a run already under way keeps signing for the receiver it was recorded for. A webhook taken out of its
 * chain stays as a row with `removed` set until no open delivery needs its secret.
 */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('chains', (table) => {
    table.text('id').primary();
    table.text('repository_id').notNullable().references('repositories.id').onDelete('CASCADE');
    table.text('slug').notNullable();
    table.text('name').notNullable();
    // Null: the default for the chain's length (a chain of two or more expects the last callback too).
    table.boolean('expect_final_callback');
    table.boolean('active').notNullable();
    table.text('created').notNullable();
    table.text('updated').notNullable();
    table.unique(['repository_id', 'slug']);
  });
  await db.schema.createTable('webhooks', (table) => {
    table.text('id').primary();
    table.text('chain_id').notNullable().references('chains.id').onDelete('CASCADE');
    table.integer('position').notNullable();
    table.text('name').notNullable();
    table.text('hook_url').notNullable();
    table.boolean('expect_callback');
    table.bigInteger('callback_timeout_ms');
    table.boolean('require_signed_callback').notNullable();
    table.text('secret').notNullable().comment('sealed');
    table.text('previous_secret').comment('sealed');
    table.text('previous_secret_expires');
    table.text('created').notNullable();
    table.text('updated').notNullable();
    table.text('removed');
    table.index(['chain_id', 'position']);
  });
}
