import type { Knex } from 'knex';

/** What a call said, for whoever reads its history: the beginning, without the token by which it is answered. */
export async function up(db: Knex): Promise<void> {
  await db.raw('ALTER TABLE attempts ADD COLUMN request_body text');
}
