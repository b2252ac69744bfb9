import type { Knex } from 'knex';

/**
 * Profiles, organizations and teams. Whoever is in the team `is_owners` owns the organization: there is no second
 * place that says so. Clients decode a team's id as a number, hence the counter.
 * A null limit of private repositories is the configuration's.
 */
export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('users', (table) => {
    for (const name of ['full_name', 'location', 'company', 'profile_url']) table.text(name).notNullable().defaultTo('');
  });
  await db.schema.createTable('organizations', (table) => {
    table.text('id').primary();
    table.text('name').notNullable().unique();
    for (const name of ['full_name', 'location', 'company', 'profile_url']) table.text(name).notNullable().defaultTo('');
    table.text('created').notNullable();
  });
  await addOwnerOfNamespaces(db);
  await db.schema.createTable('organization_members', (table) => {
    table.text('organization_id').notNullable().references('organizations.id').onDelete('CASCADE');
    table.text('user_id').notNullable().references('users.id').onDelete('CASCADE');
    table.boolean('is_editor').notNullable();
    table.text('created').notNullable();
    table.primary(['organization_id', 'user_id']);
    table.index('user_id');
  });
  await db.schema.createTable('teams', (table) => {
    table.increments('id');
    table.text('uuid').notNullable();
    table.text('organization_id').notNullable().references('organizations.id').onDelete('CASCADE');
    table.text('name').notNullable();
    table.text('description').notNullable();
    table.boolean('is_owners').notNullable();
    table.text('created').notNullable();
    table.unique(['organization_id', 'name']);
  });
  await createTeamTables(db);
}

/** In SQL: knex would rebuild the table on SQLite, and dropping the old one would delete what refers to it. */
async function addOwnerOfNamespaces(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE namespaces ADD COLUMN organization_id TEXT REFERENCES organizations (id) ON DELETE CASCADE');
  await db.raw('ALTER TABLE namespaces ADD COLUMN private_repo_limit INTEGER');
  await db.raw('CREATE UNIQUE INDEX namespaces_organization ON namespaces (organization_id)');
}

async function createTeamTables(db: Knex): Promise<void> {
  await db.schema.createTable('team_members', (table) => {
    table.integer('team_id').notNullable().references('teams.id').onDelete('CASCADE');
    table.text('user_id').notNullable().references('users.id').onDelete('CASCADE');
    table.text('created').notNullable();
    table.primary(['team_id', 'user_id']);
    table.index('user_id');
  });
  await db.schema.createTable('team_permissions', (table) => {
    table.text('repository_id').notNullable().references('repositories.id').onDelete('CASCADE');
    table.integer('team_id').notNullable().references('teams.id').onDelete('CASCADE');
    table.text('permission').notNullable().comment('read, write or admin');
    table.text('created').notNullable();
    table.primary(['repository_id', 'team_id']);
    table.index('team_id');
  });
  await db.schema.createTable('invitations', (table) => {
    table.text('id').primary();
    table.text('organization_id').notNullable().references('organizations.id').onDelete('CASCADE');
    table.integer('team_id').references('teams.id').onDelete('CASCADE');
    table.text('user_id').notNullable().references('users.id').onDelete('CASCADE');
    table.text('role').notNullable().comment('owner, editor or member');
    table.text('inviter').notNullable();
    table.text('created').notNullable();
    table.unique(['organization_id', 'user_id']);
    table.index('user_id');
  });
}
