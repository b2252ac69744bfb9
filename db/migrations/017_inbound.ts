import type { Knex } from 'knex';

/** Addresses at which other registries tell of pushes, each of one repository. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('inbounds', (table) => {
    // Stands in the address that the registry calls: random bits, that nobody guesses.
    table.text('id').primary();
    table.text('repository_id').notNullable().references('repositories.id').onDelete('CASCADE');
    table.text('provider').notNullable().comment('the kind of registry');
    table.text('upstream').comment('the repository there; null: every one that it tells of');
    // Null where the registry can prove nothing but that it knows the address.
    table.text('secret').comment('sealed');
    table.text('previous_secret').comment('sealed');
    table.text('previous_secret_expires');
    table.text('last_received');
    table.text('last_outcome').comment('what came of the last call, for people');
    table.text('created').notNullable();
    table.text('updated').notNullable();
    table.index(['repository_id', 'created']);
  });
}
