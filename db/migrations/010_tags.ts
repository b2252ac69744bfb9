import type { Knex } from 'knex';

/** When a repository was last pushed to, and the platforms of what was pushed: lists of tags show their sizes. */
export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('repositories', (table) => {
    table.text('last_pushed');
  });
  await db.schema.alterTable('pushes', (table) => {
    table.text('platforms').notNullable().defaultTo('[]').comment('JSON array of platform images');
  });
  await db.raw(
    'UPDATE repositories SET last_pushed = (SELECT MAX(updated) FROM tags WHERE tags.repository_id = repositories.id)',
  );
  // The name without a namespace, by which an official repository is pulled, means one repository.
  await db.raw('CREATE UNIQUE INDEX repositories_official ON repositories (name) WHERE is_official');
  await db.raw('CREATE INDEX repositories_last_pushed ON repositories (last_pushed)');
}
