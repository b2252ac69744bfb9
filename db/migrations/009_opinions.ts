import type { Knex } from 'knex';

/** What users say of repositories: stars, comments, and reports of comments. Clients decode a comment's id as a number. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('stars', (table) => {
    table.text('repository_id').notNullable().references('repositories.id').onDelete('CASCADE');
    table.text('user_id').notNullable().references('users.id').onDelete('CASCADE');
    table.text('created').notNullable();
    table.primary(['repository_id', 'user_id']);
    table.index(['user_id', 'created']);
  });
  await db.schema.createTable('comments', (table) => {
    table.increments('id');
    table.text('repository_id').notNullable().references('repositories.id').onDelete('CASCADE');
    table.text('user_id').notNullable().references('users.id').onDelete('CASCADE');
    table.text('comment').notNullable();
    // By the administrator, after a report: gone for everybody, kept as evidence.
    table.boolean('is_hidden').notNullable();
    table.text('created').notNullable();
    table.text('updated').notNullable();
    table.index(['repository_id', 'id']);
    table.index('user_id');
  });
  await db.schema.createTable('reports', (table) => {
    table.text('id').primary();
    table.integer('comment_id').notNullable().references('comments.id').onDelete('CASCADE');
    table.text('user_id').notNullable().references('users.id').onDelete('CASCADE');
    table.text('reason').notNullable();
    table.text('state').notNullable().comment('open, dismissed or hidden');
    table.text('created').notNullable();
    table.text('resolved');
    table.text('resolved_by');
    table.unique(['comment_id', 'user_id']);
    table.index(['state', 'id']);
    table.index('user_id');
  });
}
