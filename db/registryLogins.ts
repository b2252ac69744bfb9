import { hashBearer, makeBearer } from './bearers.js';
import type { Db } from './connection.js';
import { newId, nowIso } from './ids.js';
import { countRows, type Page, type PageRequest } from './page.js';
import { lockProof, type SessionUser } from './sessions.js';
import { USER_COLUMNS, type UserRow } from './users.js';

/** A login that a registry's client keeps instead of a password. */
export interface RegistryLoginRow {
  readonly id: string;
  readonly user_id: string;
  /** The access token it was made with. */
  readonly access_token_id: string | null;
  readonly client_id: string;
  readonly user_agent: string;
  readonly address: string;
  readonly created: string;
  readonly last_used: string;
}

export type NewRegistryLogin = Omit<RegistryLoginRow, 'id' | 'user_id' | 'created' | 'last_used'>;

const COLUMNS = ['id', 'user_id', 'access_token_id', 'client_id', 'user_agent', 'address', 'created', 'last_used'] as const;
/** By which scanners of leaked secrets recognise one. */
const PREFIX = 'hlreg_';
/** A login that was not used for so long is over. Milliseconds. */
export const LOGIN_IDLE_LIFETIME = 90 * 86_400_000;
/** The last use is kept to the minute: a login in steady use must not write at every token. Milliseconds. */
const LAST_USED_STEP = 60_000;

function oldestUse(): string {
  return new Date(Date.now() - LOGIN_IDLE_LIFETIME).toISOString();
}

/**
 * Writes a login and returns its token: only its hash is kept. Logins of the user that have lapsed are forgotten.
 * Undefined where the password was changed since `user` was read, or the access token that was used instead is switched
 * off or gone: either ends the logins that were there before it.
 */
export async function insertRegistryLogin(
  db: Db,
  user: Pick<UserRow, 'id' | 'password_hash'>,
  login: NewRegistryLogin,
): Promise<string | undefined> {
  const token = makeBearer(PREFIX);
  const at = nowIso();
  const row = { ...login, id: newId('rlg'), user_id: user.id, token_hash: hashBearer(token), created: at, last_used: at };
  return db.transaction(async (db) => {
    if (!(await lockProof(db, user, login.access_token_id))) return undefined;
    await db('registry_logins').where({ user_id: user.id }).where('last_used', '<', oldestUse()).delete();
    await db('registry_logins').insert(row);
    return token;
  });
}

type LoginUser = Omit<SessionUser, 'session_id'> & { readonly login_id: string; readonly last_used: string };

/** Who a login's token belongs to, within the bounds of the access token it was made with; its use is noted. */
export async function useRegistryLogin(db: Db, token: string): Promise<SessionUser | undefined> {
  const now = nowIso();
  const row = await db('registry_logins')
    .join('users', 'users.id', 'registry_logins.user_id')
    .leftJoin('access_tokens', 'access_tokens.id', 'registry_logins.access_token_id')
    .where('registry_logins.token_hash', hashBearer(token))
    .where('registry_logins.last_used', '>', oldestUse())
    .where((valid) => void valid.whereNull('registry_logins.access_token_id').orWhere('access_tokens.is_active', true))
    .where((valid) => void valid.whereNull('access_tokens.expires').orWhere('access_tokens.expires', '>', now))
    .first<LoginUser | undefined>(...USER_COLUMNS.map((name) => `users.${name}`), {
      login_id: 'registry_logins.id',
      last_used: 'registry_logins.last_used',
      access_token_id: 'registry_logins.access_token_id',
      scope: 'access_tokens.scope',
      only_repository: 'access_tokens.repository_id',
    });
  if (!row) return undefined;
  const { login_id, last_used, ...user } = row;
  if (Date.parse(now) - Date.parse(last_used) >= LAST_USED_STEP) await db('registry_logins').where({ id: login_id }).update({ last_used: now });
  return { ...user, session_id: null };
}

/** Logins of a user that hold, the last used first. */
export async function listRegistryLogins(db: Db, userId: string, page: PageRequest): Promise<Page<RegistryLoginRow>> {
  const all = db<RegistryLoginRow>('registry_logins').where({ user_id: userId }).where('last_used', '>', oldestUse());
  const order = [{ column: 'last_used', order: 'desc' }, { column: 'id', order: 'desc' }];
  const rows = await all.clone().orderBy(order).limit(page.limit).offset(page.offset).select(...COLUMNS);
  return { count: await countRows(all), rows };
}

/** Ends a login; false where the user has none of that id. */
export async function deleteRegistryLogin(db: Db, userId: string, id: string): Promise<boolean> {
  return (await db('registry_logins').where({ user_id: userId, id }).delete()) > 0;
}
