import { hashBearer, makeBearer } from './bearers.js';
import type { Db, Flag } from './connection.js';
import { newUuid, nowIso } from './ids.js';
import { countRows, type Page, type PageRequest } from './page.js';

/** What a token may do at most, from the least to the most; each scope holds the ones before it. */
export const SCOPES = ['repo:public_read', 'repo:read', 'repo:write', 'repo:admin'] as const;
export type Scope = (typeof SCOPES)[number];

export interface AccessTokenRow {
  readonly id: string;
  readonly user_id: string;
  readonly label: string;
  /** The widest of `scopes`: what the token may do. */
  readonly scope: Scope;
  /** JSON: as they were asked for, since Terraform wants its own list back. */
  readonly scopes: string;
  /** Good for this repository alone. */
  readonly repository_id: string | null;
  readonly is_active: Flag;
  readonly creator_ip: string;
  readonly creator_ua: string;
  readonly created: string;
  readonly expires: string | null;
  readonly last_used: string | null;
}

export interface NewAccessToken extends Omit<AccessTokenRow, 'id' | 'created' | 'last_used' | 'is_active' | 'scope' | 'scopes'> {
  /** At least one. */
  readonly scopes: readonly Scope[];
}

const COLUMNS = [
  'id', 'user_id', 'label', 'scope', 'scopes', 'repository_id', 'is_active', 'creator_ip', 'creator_ua', 'created', 'expires', 'last_used',
] as const;
/** By which scanners of leaked secrets recognise one. */
const PREFIX = 'hlpat_';
/** The last use is kept to the minute: a token in steady use must not write at every request. Milliseconds. */
const LAST_USED_STEP = 60_000;

/** Whether a text looks like one of our access tokens: no password check is needed to refuse it. */
export function isAccessToken(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Writes a token and returns it with its row: only its hash is kept, so it is shown this once. */
export async function insertAccessToken(db: Db, token: NewAccessToken): Promise<{ row: AccessTokenRow; secret: string }> {
  const secret = makeBearer(PREFIX);
  const scope = SCOPES.findLast((one) => token.scopes.includes(one));
  if (!scope) throw new Error('an access token has at least one scope');
  const row = { ...token, scope, scopes: JSON.stringify(token.scopes), id: newUuid(), is_active: true, created: nowIso(), last_used: null };
  await db('access_tokens').insert({ ...row, token_hash: hashBearer(secret) });
  return { row, secret };
}

/** The token that is active and not expired, its last use noted. */
export async function useAccessToken(db: Db, secret: string): Promise<AccessTokenRow | undefined> {
  const now = nowIso();
  const row = await selectActive(db, now).where('token_hash', hashBearer(secret)).first(...COLUMNS);
  if (row) await noteUse(db, row, now);
  return row;
}

/** The token of that id, where it is active and not expired. */
export async function findActiveToken(db: Db, id: string): Promise<AccessTokenRow | undefined> {
  return selectActive(db, nowIso()).where({ id }).first(...COLUMNS);
}

function selectActive(db: Db, now: string) {
  return db<AccessTokenRow>('access_tokens')
    .where({ is_active: true })
    .where((valid) => void valid.whereNull('expires').orWhere('expires', '>', now));
}

async function noteUse(db: Db, { id, last_used }: AccessTokenRow, now: string): Promise<void> {
  if (last_used !== null && Date.parse(now) - Date.parse(last_used) < LAST_USED_STEP) return;
  await db<AccessTokenRow>('access_tokens').where({ id }).update({ last_used: now });
}

/** Tokens of a user, newest first; `activeCount` counts those that can be used. */
export async function listAccessTokens(db: Db, userId: string, page: PageRequest): Promise<Page<AccessTokenRow> & { activeCount: number }> {
  const all = db<AccessTokenRow>('access_tokens').where({ user_id: userId });
  const rows = await all.clone().orderBy('id', 'desc').limit(page.limit).offset(page.offset).select(...COLUMNS);
  return { count: await countRows(all.clone()), activeCount: await countRows(all.where({ is_active: true })), rows };
}

/** One token of a user. */
export async function findAccessToken(db: Db, userId: string, id: string): Promise<AccessTokenRow | undefined> {
  return db<AccessTokenRow>('access_tokens').where({ user_id: userId, id }).first(...COLUMNS);
}

/** Changes a token; switching it off ends the sessions and registry logins made with it. */
export async function updateAccessToken(
  db: Db,
  { userId, id }: { userId: string; id: string },
  change: Partial<Pick<AccessTokenRow, 'label' | 'is_active'>>,
): Promise<AccessTokenRow | undefined> {
  return db.transaction(async (db) => {
    const [row] = await db<AccessTokenRow>('access_tokens')
      .where({ user_id: userId, id })
      .update({ id, ...change })
      .returning([...COLUMNS]);
    if (row && !row.is_active) {
      for (const table of ['sessions', 'registry_logins']) await db(table).where({ access_token_id: id }).delete();
    }
    return row;
  });
}

/** Revokes a token for good, its sessions and registry logins with it; false where the user has none of that id. */
export async function deleteAccessToken(db: Db, userId: string, id: string): Promise<boolean> {
  return (await db('access_tokens').where({ user_id: userId, id }).delete()) > 0;
}
