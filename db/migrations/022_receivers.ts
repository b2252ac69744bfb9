import type { Knex } from 'knex';

/** Receivers that the hub has built in, for who has none yet, and what they were sent lately. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('receivers', (table) => {
    table.text('id').primary();
    table.text('user_id').notNullable().references('users.id').onDelete('CASCADE');
    table.text('name').notNullable();
    // As it is: its owner is shown the address again and again.
    table.text('token').notNullable().unique().comment('stands in the address; random bits, that nobody guesses');
    table.text('created').notNullable();
    table.index(['user_id', 'id']);
  });
  await db.schema.createTable('receiver_calls', (table) => {
    table.text('id').primary();
    table.text('receiver_id').notNullable().references('receivers.id').onDelete('CASCADE');
    table.text('received').notNullable().index();
    table.text('headers').notNullable().comment('a JSON object');
    table.text('body').notNullable();
    table.text('callback_state').comment('what its owner has answered and the hub has taken');
    table.index(['receiver_id', 'id']);
  });
}
