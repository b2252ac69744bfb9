import type { Knex } from 'knex';
import { hashBearer } from '../bearers.js';

/** What no reader of the database should be able to use, and what tells when a secret key is no longer needed. */
export async function up(db: Knex): Promise<void> {
  await db.schema.alterTable('attempts', (table) => {
    table.text('kid').comment('the key that the callback token of the request was made with; null from before it was kept');
  });
  // Claims were kept as they are; from here on their hash is.
  const held = await db('builds').whereNotNull('claim').select<{ id: string; claim: string }[]>('id', 'claim');
  for (const { id, claim } of held) await db('builds').where({ id }).update({ claim: hashBearer(claim) });
}
