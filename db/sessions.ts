import type { Scope } from './accessTokens.js';
import type { Db } from './connection.js';
import { newId, nowIso } from './ids.js';
import { countRows, type Page, type PageRequest } from './page.js';
import { USER_COLUMNS, type UserRow } from './users.js';

/** A session: a login that has neither run out nor been ended. */
export interface SessionRow {
  readonly id: string;
  readonly user_id: string;
  readonly access_token_id: string | null;
  readonly created: string;
  readonly expires: string;
}

const COLUMNS = ['id', 'user_id', 'access_token_id', 'created', 'expires'] as const;

/** A user, and what the token allows that they came with: null is everything that the user may. */
export interface SessionUser extends UserRow {
  readonly scope: Scope | null;
  readonly only_repository: string | null;
  readonly access_token_id: string | null;
  readonly session_id: string | null;
}

/** What a session is begun with: a password as it was checked, or an access token. */
export interface SessionStart {
  readonly user: Pick<UserRow, 'id' | 'password_hash'>;
  readonly access_token_id: string | null;
  /** Milliseconds. */
  readonly lifetime: number;
}

/**
 * Begins a session, and forgets those of the user that have run out. Undefined where the password has been changed or
 * the access token switched off since it was checked, which takes a while: either ends all that was begun with it.
 */
export async function insertSession(db: Db, { user, access_token_id, lifetime }: SessionStart): Promise<SessionRow | undefined> {
  const created = nowIso();
  const expires = new Date(Date.parse(created) + lifetime).toISOString();
  const row = { id: newId('ses'), user_id: user.id, access_token_id, created, expires };
  return db.transaction(async (db) => {
    if (!(await lockProof(db, user, access_token_id))) return undefined;
    await db('sessions').where({ user_id: user.id }).where('expires', '<', created).delete();
    await db('sessions').insert(row);
    return row;
  });
}

/**
 * Writes the row that proves who it is, so that its change comes before or after us; false where it has changed: the
 * password since it was checked, or the access token that was switched off or deleted.
 */
export async function lockProof(db: Db, { id, password_hash }: SessionStart['user'], tokenId: string | null): Promise<boolean> {
  const proof = tokenId === null ? db('users').where({ id, password_hash }).update({ id })
    : db('access_tokens').where({ id: tokenId, user_id: id, is_active: true }).update({ id: tokenId });
  return (await proof) > 0;
}

/** Who a session belongs to. */
export async function findSessionUser(db: Db, id: string): Promise<SessionUser | undefined> {
  const now = nowIso();
  return db('sessions')
    .join('users', 'users.id', 'sessions.user_id')
    .leftJoin('access_tokens', 'access_tokens.id', 'sessions.access_token_id')
    .where('sessions.id', id)
    .where('sessions.expires', '>', now)
    .where((valid) => void valid.whereNull('access_tokens.expires').orWhere('access_tokens.expires', '>', now))
    .first(
      ...USER_COLUMNS.map((name) => `users.${name}`),
      { session_id: 'sessions.id', access_token_id: 'sessions.access_token_id', scope: 'access_tokens.scope', only_repository: 'access_tokens.repository_id' },
    ) as Promise<SessionUser | undefined>;
}

/** The session of that id; undefined once it has run out. */
export async function findSession(db: Db, id: string): Promise<SessionRow | undefined> {
  return selectCurrent(db).where({ id }).first(...COLUMNS);
}

/** Sessions of a user that have not run out, the newest first. */
export async function listSessions(db: Db, userId: string, page: PageRequest): Promise<Page<SessionRow>> {
  const all = selectCurrent(db).where({ user_id: userId });
  const rows = await all.clone().orderBy('id', 'desc').limit(page.limit).offset(page.offset).select(...COLUMNS);
  return { count: await countRows(all), rows };
}

function selectCurrent(db: Db) {
  return db<SessionRow>('sessions').where('expires', '>', nowIso());
}

/** Ends a session. */
export async function deleteSession(db: Db, id: string): Promise<void> {
  await db('sessions').where({ id }).delete();
}

/** Ends a session of this user; false where they have none of that id. */
export async function deleteOwnSession(db: Db, userId: string, id: string): Promise<boolean> {
  return (await selectCurrent(db).where({ user_id: userId, id }).delete()) > 0;
}
