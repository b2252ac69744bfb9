import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { findActiveToken, isAccessToken, useAccessToken, type AccessTokenRow } from '../db/accessTokens.js';
import { findSessionUser, insertSession, type SessionRow, type SessionUser } from '../db/sessions.js';
import { findUser, findUserByName, type UserRow } from '../db/users.js';
import type { TokenGrant } from '../registry/token.js';
import { clearCookie } from './cookies.js';
import { checkCredentials, type Credentials } from './credentials.js';
import { ApiError } from './errors.js';
import type { Hub } from './hub.js';

const ALGORITHM = 'HS256';
const ISSUER = 'hookline';
/** How long a login lasts, in milliseconds. */
export const SESSION_LIFETIME = 24 * 3_600_000;

/** Who asks: a user, within the bounds of the token that they came with. */
export type Caller = SessionUser;

/** What a session is begun by, where it is not a password, and how many milliseconds it lasts. */
interface SessionOptions {
  readonly accessToken?: AccessTokenRow | undefined;
  readonly lifetime?: number;
}

/**
 * Begins a session and returns it with its token (JWT), signed with the first key.
 * @throws ApiError 401 where what the user proved themselves with has ended since
 */
export async function beginSession(
  { db, keyring }: Pick<Hub, 'db' | 'keyring'>,
  user: UserRow,
  { accessToken, lifetime = SESSION_LIFETIME }: SessionOptions = {},
): Promise<{ token: string; session: SessionRow }> {
  const [[kid, key] = []] = [...keyring.sessionKeys];
  if (!kid || !key) throw new Error('the keyring has no session key');
  const session = await insertSession(db, { user, access_token_id: accessToken?.id ?? null, lifetime });
  if (!session) throw new ApiError('invalid_credentials');
  const token = await new SignJWT({ username: user.username })
    .setProtectedHeader({ alg: ALGORITHM, kid })
    .setSubject(user.id)
    .setJti(session.id)
    .setIssuer(ISSUER)
    .setIssuedAt()
    .setExpirationTime(new Date(session.expires))
    .sign(key);
  return { token, session };
}

/** The same, for who needs the token alone. */
export async function createSession(hub: Pick<Hub, 'db' | 'keyring'>, user: UserRow, options: SessionOptions = {}): Promise<string> {
  return (await beginSession(hub, user, options)).token;
}

/** An `Authorization` header as it came. */
export interface Authorization {
  readonly header: string | undefined;
  /** Where it came from. */
  readonly address: string;
  /** Whether the registry's tokens count as well: they are bound to it, and good for what its clients ask here. */
  readonly takesRegistryTokens?: boolean | undefined;
}

/**
 * The user behind an `Authorization` header: `Bearer`, or `JWT` as older clients write, with a session's token or an
 * access token itself; or `Basic`, with a name and a password or an access token. Undefined without a header.
 * @throws ApiError 401 for a header that is there and does not hold: it is never taken for an anonymous request.
 */
export async function findCaller(hub: Hub, { header, address, takesRegistryTokens = false }: Authorization): Promise<Caller | undefined> {
  if (header === undefined) return undefined;
  const [, basic] = /^Basic +(\S+)$/i.exec(header) ?? [];
  if (basic !== undefined) return readBasic(hub, basic, address);
  const [, token = ''] = /^(?:Bearer|JWT) +(\S+)$/i.exec(header) ?? [];
  const caller = isAccessToken(token) ? await readAccessToken(hub, token) : await readSession(hub, token);
  if (caller) return caller;
  const grant = takesRegistryTokens ? await hub.registryKeys.verify(token) : undefined;
  if (!grant) throw new ApiError('invalid_token');
  return grant.subject === '' ? undefined : readGrant(hub, grant);
}

/**
 * The user behind the cookie of a browser's session.
 * @throws ApiError 401 where the session is over; the cookie is taken away with it
 */
export async function findCookieCaller(hub: Hub, token: string): Promise<Caller> {
  const caller = await readSession(hub, token);
  if (!caller) throw new ApiError('invalid_token', 'The session is over: sign in again', {}, { 'Set-Cookie': clearCookie(hub.config) });
  return caller;
}

async function readBasic(hub: Hub, encoded: string, address: string): Promise<Caller> {
  const [, username, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  if (username === undefined || password === undefined || username.includes('\0')) throw new ApiError('invalid_credentials');
  return proveCaller(hub, { username, password, address });
}

/**
 * The user of these credentials.
 * @throws ApiError 401, 429
 */
export async function proveCaller(hub: Hub, credentials: Credentials): Promise<Caller> {
  const { user, accessToken } = await checkCredentials(hub, credentials);
  return toCaller(user, accessToken);
}

/**
 * A caller as they are now: for answers that last longer than a request.
 * @throws ApiError 401 where what they proved themselves with has ended since
 */
export async function refreshCaller({ db }: Pick<Hub, 'db'>, caller: Caller): Promise<Caller> {
  const again = caller.session_id === null ? await refreshUser(db, caller) : await findSessionUser(db, caller.session_id);
  if (!again) throw new ApiError('invalid_token');
  return again;
}

async function refreshUser(db: Hub['db'], { id, access_token_id, password_hash }: Caller): Promise<Caller | undefined> {
  const user = await findUser(db, id);
  if (access_token_id === null) return user?.password_hash === password_hash ? toCaller(user, undefined) : undefined;
  const accessToken = await findActiveToken(db, access_token_id);
  return user && accessToken && toCaller(user, accessToken);
}

function toCaller(user: UserRow, accessToken: AccessTokenRow | undefined): Caller {
  const { id = null, scope = null, repository_id = null } = accessToken ?? {};
  return { ...user, scope, only_repository: repository_id, access_token_id: id, session_id: null };
}

async function readAccessToken({ db }: Hub, token: string): Promise<Caller | undefined> {
  const row = await useAccessToken(db, token);
  const user = row && (await findUser(db, row.user_id));
  return user && toCaller(user, row);
}

/** The bounds of the access token behind a registry's token are read anew, and it must still hold. */
async function readGrant({ db }: Hub, { subject, accessTokenId }: TokenGrant): Promise<Caller> {
  const user = await findUserByName(db, subject);
  const accessToken = accessTokenId === undefined ? undefined : await findActiveToken(db, accessTokenId);
  if (!user || (accessTokenId !== undefined && accessToken?.user_id !== user.id)) throw new ApiError('invalid_token');
  return toCaller(user, accessToken);
}

async function readSession({ db, keyring }: Hub, token: string): Promise<Caller | undefined> {
  try {
    const key = keyring.sessionKeys.get(decodeProtectedHeader(token).kid ?? '');
    if (!key) return undefined;
    const { payload } = await jwtVerify(token, key, { algorithms: [ALGORITHM], issuer: ISSUER });
    return await findSessionUser(db, payload.jti ?? '');
  } catch (error) {
    // Not a token at all (TypeError), or one that does not hold (JOSEError).
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
    throw error;
  }
}
