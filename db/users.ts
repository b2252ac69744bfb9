import type { Db, Flag } from './connection.js';
import { newId, nowIso } from './ids.js';

export interface UserRow {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly password_hash: string;
  readonly is_admin: Flag;
  readonly created: string;
}

export type NewUser = Pick<UserRow, 'username' | 'email' | 'password_hash' | 'is_admin'>;

const COLUMNS = ['id', 'username', 'email', 'password_hash', 'is_admin', 'created'] as const;

/** Writes a user and the namespace of the same name; undefined where the name is taken. */
export async function insertUser(db: Db, user: NewUser): Promise<UserRow | undefined> {
  const row = { ...user, id: newId('usr'), created: nowIso() };
  return db.transaction(async (db) => {
    const taken = await db('namespaces').insert({ name: row.username }).onConflict('name').ignore().returning('name');
    if (taken.length === 0) return undefined;
    await db('users').insert(row);
    await db('namespaces').where({ name: row.username }).update({ user_id: row.id });
    return row;
  });
}

/** The user of that name. */
export async function findUserByName(db: Db, username: string): Promise<UserRow | undefined> {
  return db<UserRow>('users').where({ username }).first(...COLUMNS);
}

/** The user of that id. */
export async function findUser(db: Db, id: string): Promise<UserRow | undefined> {
  return db<UserRow>('users').where({ id }).first(...COLUMNS);
}

/** Whether the hub has an administrator yet. */
export async function hasAdmin(db: Db): Promise<boolean> {
  return (await db<UserRow>('users').where({ is_admin: true }).first('id')) !== undefined;
}
