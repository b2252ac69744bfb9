import type { Knex } from 'knex';

/**
 * Personal access tokens and sessions. A session is a row, so that it ends when its user logs out, changes the
 * password or revokes the access token it was made with. Sessions from before this migration have none and end here.
 */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('access_tokens', (table) => {
    table.text('id').primary();
    table.text('user_id').notNullable().references('users.id').onDelete('CASCADE');
    table.text('label').notNullable();
    table.text('scope').notNullable().comment('The widest of scopes');
    table.text('scopes').notNullable().comment('JSON, as they were asked for');
    // A robot's token: good for this one repository alone.
    table.text('repository_id').references('repositories.id').onDelete('CASCADE');
    table.text('token_hash').notNullable().unique().comment('SHA-256 of 256 random bits');
    table.boolean('is_active').notNullable();
    table.text('creator_ip').notNullable();
    table.text('creator_ua').notNullable();
    table.text('created').notNullable();
    table.text('expires');
    table.text('last_used');
    table.index(['user_id', 'created']);
    table.index('repository_id');
  });
  await db.schema.createTable('sessions', (table) => {
    table.text('id').primary();
    table.text('user_id').notNullable().references('users.id').onDelete('CASCADE');
    table.text('access_token_id').references('access_tokens.id').onDelete('CASCADE');
    table.text('created').notNullable();
    table.text('expires').notNullable();
    table.index('user_id');
    table.index('access_token_id');
  });
}
