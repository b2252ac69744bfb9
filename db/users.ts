import type { Db, Flag } from './connection.js';
import { newId, nowIso } from './ids.js';
import { takeName, type Slots } from './namespaces.js';
import { countRows, whereContains, type Page, type PageRequest } from './page.js';

export interface UserRow {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly password_hash: string;
  readonly is_admin: Flag;
  readonly created: string;
  readonly full_name: string;
  readonly location: string;
  readonly company: string;
  readonly profile_url: string;
}

export type NewUser = Pick<UserRow, 'username' | 'email' | 'password_hash' | 'is_admin'>;

export type Profile = Partial<Pick<UserRow, 'email' | 'full_name' | 'location' | 'company' | 'profile_url'>>;

export const USER_COLUMNS = [
  'id', 'username', 'email', 'password_hash', 'is_admin', 'created', 'full_name', 'location', 'company', 'profile_url',
] as const;
const NO_PROFILE = { full_name: '', location: '', company: '', profile_url: '' };

/** Writes a user and the namespace of the same name; undefined where the name is taken. */
export async function insertUser(db: Db, user: NewUser): Promise<UserRow | undefined> {
  const row = { ...NO_PROFILE, ...user, id: newId('usr'), created: nowIso() };
  return db.transaction(async (db) => {
    if (!(await takeName(db, row.username))) return undefined;
    await db('users').insert(row);
    await db('namespaces').where({ name: row.username }).update({ user_id: row.id });
    return row;
  });
}

/** The user of that name. */
export async function findUserByName(db: Db, username: string): Promise<UserRow | undefined> {
  return db<UserRow>('users').where({ username }).first(...USER_COLUMNS);
}

/** The user of that id. */
export async function findUser(db: Db, id: string): Promise<UserRow | undefined> {
  return db<UserRow>('users').where({ id }).first(...USER_COLUMNS);
}

/** Whether the hub has an administrator yet. */
export async function hasAdmin(db: Db): Promise<boolean> {
  return (await db<UserRow>('users').where({ is_admin: true }).first('id')) !== undefined;
}

/** A user with the private repositories of their namespace. */
export interface ManagedUserRow extends UserRow {
  /** Null: the configuration's. */
  readonly private_repo_limit: number | null;
  readonly slots: Slots;
}

/** Which users are listed. */
export interface UserFilter {
  /** A part of the username, the full name or the address. */
  readonly search?: string | undefined;
  /** How many private repositories a user without a limit of their own may have. */
  readonly fallback: number;
}

type ListedUser = Omit<ManagedUserRow, 'slots'> & { readonly used: number };

/** Users by name, with their private repositories; two queries whatever their number. */
export async function listUsers(db: Db, { search, fallback }: UserFilter, page: PageRequest): Promise<Page<ManagedUserRow>> {
  const all = db('users');
  if (search !== undefined) whereContains(all, ['users.username', 'users.full_name', 'users.email'], search);
  const used = db.raw('(?) AS used', [db('repositories').where({ is_private: true, namespace: db.ref('users.username') }).count('*')]);
  const listed = await all.clone()
    .join('namespaces', 'namespaces.name', 'users.username')
    .orderBy('username').limit(page.limit).offset(page.offset)
    .select<ListedUser[]>(...USER_COLUMNS.map((name) => `users.${name}`), 'namespaces.private_repo_limit', used);
  const rows = listed.map(({ used, ...user }) => ({ ...user, slots: { used, limit: user.private_repo_limit ?? fallback } }));
  return { count: await countRows(all), rows };
}

/** Changes what is given of a user's profile. */
export async function updateProfile(db: Db, id: string, profile: Profile): Promise<UserRow | undefined> {
  const [row] = await db<UserRow>('users').where({ id }).update({ ...profile, id }).returning([...USER_COLUMNS]);
  return row;
}

/**
 * Sets a password and ends every session and registry login of the user: whoever knew the old one is out. With
 * `old`, the hash that it takes the place of, false where another has taken it already.
 */
export async function setPassword(db: Db, id: string, password_hash: string, old?: string): Promise<boolean> {
  return db.transaction(async (db) => {
    const set = await db<UserRow>('users').where({ id, ...(old === undefined ? {} : { password_hash: old }) }).update({ password_hash });
    if (set === 0) return false;
    await db('sessions').where({ user_id: id }).delete();
    await db('registry_logins').where({ user_id: id }).delete();
    return true;
  });
}

/** The users of these names; a name that nobody has is left out. */
export async function findUsersByName(db: Db, usernames: readonly string[]): Promise<UserRow[]> {
  return db<UserRow>('users').whereIn('username', usernames).select(...USER_COLUMNS);
}
