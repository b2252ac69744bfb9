import type { Knex } from 'knex';

/**
 * Runs, deliveries, attempts, callbacks: the history, and what the workflow finds again after a crash.
 * The run's row is the lock of everything beneath it: each transaction on a run writes that row first.
 */
export async function up(db: Knex): Promise<void> {
  await db.schema.createTable('runs', (table) => {
    table.text('id').primary();
    table.text('repository_id').notNullable().references('repositories.id').onDelete('CASCADE');
    table.text('push_id').notNullable().references('pushes.id').onDelete('CASCADE');
    table.text('chain_id').references('chains.id').onDelete('SET NULL');
    table.text('chain_slug').notNullable();
    table.text('chain_name').notNullable();
    table.text('state').notNullable();
    table.text('redelivery_of').references('runs.id').onDelete('SET NULL');
    // What Temporal may not know yet: 'signal' after a callback, 'cancel' after a cancellation. The sweep reads it.
    table.text('notify');
    table.text('created').notNullable();
    table.text('updated').notNullable();
    table.text('finished');
    table.index(['repository_id', 'id']);
    table.index('push_id');
    table.index('chain_id');
    table.index('redelivery_of');
  });
  // Small for ever, however long the history grows: they hold what is open or unannounced alone.
  await db.raw("CREATE INDEX runs_open ON runs (state, updated) WHERE state IN ('queued', 'running')");
  await db.raw('CREATE INDEX runs_notify ON runs (updated) WHERE notify IS NOT NULL');
  await db.schema.createTable('deliveries', (table) => {
    table.text('id').primary();
    table.text('run_id').notNullable().references('runs.id').onDelete('CASCADE');
    table.integer('position').notNullable();
    table.text('webhook_id').references('webhooks.id').onDelete('SET NULL');
    table.text('name').notNullable();
    table.text('hook_url').notNullable();
    table.boolean('expect_callback').notNullable();
    table.bigInteger('callback_timeout_ms').notNullable();
    table.boolean('require_signed_callback').notNullable();
    table.text('state').notNullable();
    table.text('reason');
    table.integer('attempt_count').notNullable().defaultTo(0);
    table.text('next_attempt');
    table.text('callback_due');
    table.text('carried_over_from').comment('delivery of an earlier run whose result stands here');
    table.text('finished');
    table.unique(['run_id', 'position']);
    table.index('webhook_id');
  });
  await db.schema.createTable('attempts', (table) => {
    table.text('id').primary();
    table.text('delivery_id').notNullable().references('deliveries.id').onDelete('CASCADE');
    table.integer('number').notNullable();
    table.text('started').notNullable();
    // All null while the request is under way.
    table.integer('duration_ms');
    table.integer('status');
    table.text('error');
    table.text('error_detail');
    table.text('request_headers').comment('JSON object');
    table.text('response_headers').comment('JSON object');
    table.text('response_body').comment('at most 64 KiB');
    table.unique(['delivery_id', 'number']);
  });
  await db.raw('CREATE INDEX attempts_open ON attempts (started) WHERE duration_ms IS NULL');
  await db.schema.createTable('callbacks', (table) => {
    table.text('delivery_id').primary().references('deliveries.id').onDelete('CASCADE');
    table.text('state').notNullable();
    table.text('description');
    table.text('context');
    table.text('target_url');
    table.text('received').notNullable();
  });
}
