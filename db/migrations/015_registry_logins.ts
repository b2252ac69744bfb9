import type { Knex } from 'knex';

/**
 * Logins that `docker login` keeps in place of a password, one row each, so that they can be listed and ended. They end
 * with the user's password and with the access token they were made with.
 */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('registry_logins', (table) => {
    table.text('id').primary();
    table.text('user_id').notNullable().references('users.id').onDelete('CASCADE');
    table.text('access_token_id').references('access_tokens.id').onDelete('CASCADE');
    table.text('token_hash').notNullable().unique().comment('SHA-256 of 256 random bits');
    table.text('client_id').notNullable().comment('What the client calls itself');
    table.text('user_agent').notNullable();
    table.text('address').notNullable();
    table.text('created').notNullable();
    table.text('last_used').notNullable();
    table.index(['user_id', 'last_used']);
    table.index('access_token_id');
  });
}
