import type { Knex } from 'knex';

/** Users, and the namespaces they own. Names of users and organizations share one space, hence a table of its own. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('users', (table) => {
    table.text('id').primary();
    table.text('username').notNullable().unique();
    table.text('email').notNullable();
    table.text('password_hash').notNullable();
    table.boolean('is_admin').notNullable().defaultTo(false);
    table.text('created').notNullable();
  });
  await db.schema.createTable('namespaces', (table) => {
    table.text('name').primary();
    table.text('user_id').unique().references('users.id').onDelete('CASCADE');
  });
}
