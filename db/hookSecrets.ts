import { randomBytes } from 'node:crypto';
import type { Db } from './connection.js';
import { nowIso } from './ids.js';

/** What others call, and prove themselves to with a secret. */
type HookTable = 'sources' | 'inbounds';

/** A new id that stands in an address for others to call. Not one of newId's: those tell the time and leave fewer bits to chance. */
export function newHookId(prefix: 'src' | 'inb'): string {
  return `${prefix}_${randomBytes(20).toString('hex')}`;
}

/** Makes `secret` the one that counts; the one before stays valid until `previousExpires`. False: the row is gone. */
export async function replaceHookSecret(
  db: Db,
  table: HookTable,
  { id, secret, previousExpires }: { id: string; secret: string; previousExpires: string },
): Promise<boolean> {
  const secrets = { previous_secret: db.ref('secret'), previous_secret_expires: previousExpires, secret };
  return (await db(table).where({ id }).update({ ...secrets, updated: nowIso() })) > 0;
}
