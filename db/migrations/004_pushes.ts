import type { Knex } from 'knex';

/** Pushes as they were accepted, and the tags they moved. */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('pushes', (table) => {
    table.text('id').primary();
    table.text('repository_id').notNullable().references('repositories.id').onDelete('CASCADE');
    table.text('tag').notNullable();
    table.text('digest');
    table.text('images').notNullable().comment('JSON array of image ids or digests');
    table.text('media_type');
    table.bigInteger('size').comment('bytes');
    table.text('pusher').notNullable();
    table.boolean('is_test').notNullable();
    // One answer per key and caller, whatever is sent again: request_hash tells another body under the same key.
    table.text('idempotency_key');
    table.text('request_hash');
    table.text('pushed_at').notNullable();
    table.unique(['repository_id', 'pusher', 'idempotency_key']);
    table.index(['repository_id', 'id']);
  });
  await db.schema.createTable('tags', (table) => {
    table.text('repository_id').notNullable().references('repositories.id').onDelete('CASCADE');
    table.text('name').notNullable();
    table.text('digest');
    table.text('push_id').notNullable().references('pushes.id').onDelete('CASCADE');
    table.text('updated').notNullable();
    table.primary(['repository_id', 'name']);
    table.index('push_id');
  });
}
