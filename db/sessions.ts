import type { Scope } from './accessTokens.js';
import type { Db } from './connection.js';
import { newId, nowIso } from './ids.js';
import { USER_COLUMNS, type UserRow } from './users.js';

/** A session: a login that has neither run out nor been ended. */
export interface SessionRow {
  readonly id: string;
  readonly user_id: string;
  readonly access_token_id: string | null;
  readonly created: string;
  readonly expires: string;
}

/** A user, and what the token allows that they came with: null is everything that the user may. */
export interface SessionUser extends UserRow {
  readonly scope: Scope | null;
  readonly only_repository: string | null;
  readonly access_token_id: string | null;
  readonly session_id: string | null;
}

/** Begins a session, and forgets those of the user that have run out. Lifetime in milliseconds. */
export async function insertSession(
  db: Db,
  session: { user_id: string; access_token_id: string | null; lifetime: number },
): Promise<SessionRow> {
  const created = nowIso();
  const { lifetime, ...rest } = session;
  const row = { ...rest, id: newId('ses'), created, expires: new Date(Date.parse(created) + lifetime).toISOString() };
  await db('sessions').where({ user_id: session.user_id }).where('expires', '<', created).delete();
  await db('sessions').insert(row);
  return row;
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

/** Ends a session. */
export async function deleteSession(db: Db, id: string): Promise<void> {
  await db('sessions').where({ id }).delete();
}
