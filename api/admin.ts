import { randomBytes } from 'node:crypto';
import type { Db } from '../db/connection.js';
import { hasAdmin, insertUser } from '../db/users.js';
import { hashPassword } from './passwords.js';

/**
 * Makes the administrator of a new hub. Returns the password where it was generated: it is shown this once.
 * A hub that has an administrator is left alone, whatever password the configuration names.
 */
export async function ensureAdmin(
  db: Db,
  { username, password }: { username: string; password: string | undefined },
): Promise<string | undefined> {
  if (await hasAdmin(db)) return undefined;
  const chosen = password ?? randomBytes(15).toString('base64url');
  const email = `${username}@localhost`;
  const user = await insertUser(db, { username, email, password_hash: await hashPassword(chosen), is_admin: true });
  // Of several processes that start together one makes it.
  if (!user && (await hasAdmin(db))) return undefined;
  if (!user) throw new Error(`The name ${username} belongs to a user who is no administrator: set HOOKLINE_ADMIN_USERNAME.`);
  return password === undefined ? chosen : undefined;
}
