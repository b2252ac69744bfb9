import type { Knex } from 'knex';

/**
 * Who did what to which repository or organization, when, from where. Names instead of references: the log outlives
 * what it speaks of.
 */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('audit_events', (table) => {
    table.text('id').primary();
    table.text('account').notNullable().comment('namespace');
    table.text('action').notNullable();
    table.text('name').notNullable().comment('repository, team, …; empty for the account itself');
    table.text('actor').notNullable();
    table.text('data').notNullable().comment('JSON object');
    table.text('address').notNullable();
    table.text('created').notNullable();
    table.index(['account', 'id']);
  });
}
