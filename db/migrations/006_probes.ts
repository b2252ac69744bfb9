import type { Knex } from 'knex';

/** One row that readiness checks write, to know that the database takes writes and not only reads. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('probes', (table) => {
    table.text('name').primary();
    table.text('at').notNullable();
  });
}
