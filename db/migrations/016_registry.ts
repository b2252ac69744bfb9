import type { Knex } from 'knex';

/**
 * What a registry tells, and what is read back from it. Its notifications come at least once and get lost when it ends,
 * so their ids are kept for a while, every tag that one names is looked at, and now and then all tags are.
 */
export async function up(db: Knex): Promise<void> {
  await db.raw("ALTER TABLE pushes ADD COLUMN source text NOT NULL DEFAULT 'api'");
  await db.raw('CREATE INDEX pushes_tag ON pushes (repository_id, tag, id)');
  await db.schema.createTable('registry_events', (table) => {
    table.text('id').primary().comment('the registry’s own');
    table.text('received').notNullable().index();
  });
  // A registry that was started anew has forgotten what it had not told yet.
  await db.schema.createTable('registry_instances', (table) => {
    table.text('id').primary();
    table.text('seen').notNullable();
  });
  await db.schema.createTable('registry_checks', (table) => {
    table.text('id').primary();
    table.text('repository_id').notNullable().references('repositories.id').onDelete('CASCADE');
    table.text('tag').notNullable();
    table.text('push_id').references('pushes.id').onDelete('CASCADE').comment('whose platforms and size are to be read');
    table.text('due').notNullable().index();
    table.integer('tries').notNullable();
    table.index('repository_id');
    table.index('push_id');
  });
  // Repositories of the registry that are none here: what was in them before they become one is no push.
  await db.schema.createTable('registry_strays', (table) => {
    table.text('name').primary();
  });
  await db.schema.createTable('registry_reconciles', (table) => {
    table.text('id').primary().comment('one row');
    table.text('requested');
    table.text('started');
    table.text('finished');
    table.text('lease').comment('until when whoever reconciles has it for itself');
    table.text('result').comment('JSON, of the last that finished');
  });
  await db('registry_reconciles').insert({ id: 'registry' });
}
