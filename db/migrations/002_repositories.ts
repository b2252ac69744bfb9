import type { Knex } from 'knex';

/** Repositories and the users who may push to them without owning them. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('repositories', (table) => {
    table.text('id').primary();
    table.text('namespace').notNullable().references('namespaces.name').onDelete('CASCADE');
    table.text('name').notNullable();
    table.text('description').notNullable();
    table.text('full_description').notNullable();
    table.boolean('is_private').notNullable();
    // Written by the features that own them; the webhook payload carries them from the first day.
    table.boolean('is_official').notNullable().defaultTo(false);
    table.boolean('is_automated').notNullable().defaultTo(false);
    table.integer('star_count').notNullable().defaultTo(0);
    table.integer('comment_count').notNullable().defaultTo(0);
    table.integer('pull_count').notNullable().defaultTo(0);
    table.text('created').notNullable();
    table.text('updated').notNullable();
    table.unique(['namespace', 'name']);
  });
  await db.schema.createTable('collaborators', (table) => {
    table.text('repository_id').notNullable().references('repositories.id').onDelete('CASCADE');
    table.text('user_id').notNullable().references('users.id').onDelete('CASCADE');
    table.text('created').notNullable();
    table.primary(['repository_id', 'user_id']);
    table.index('user_id');
  });
}
