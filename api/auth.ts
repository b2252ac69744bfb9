import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { isAccessToken, useAccessToken, type AccessTokenRow } from '../db/accessTokens.js';
import { findSessionUser, insertSession, type SessionUser } from '../db/sessions.js';
import { findUser, type UserRow } from '../db/users.js';
import { checkCredentials } from './credentials.js';
import { ApiError } from './errors.js';
import type { Hub } from './hub.js';

const ALGORITHM = 'HS256';
const ISSUER = 'hookline';
/** How long a login lasts, in milliseconds. */
export const SESSION_LIFETIME = 24 * 3_600_000;

/** Who asks: a user, within the bounds of the token that they came with. */
export type Caller = SessionUser;

/** Begins a session and returns its token (JWT), signed with the first key. Lifetime in milliseconds. */
export async function createSession(
  { db, keyring }: Pick<Hub, 'db' | 'keyring'>,
  user: UserRow,
  { accessToken, lifetime = SESSION_LIFETIME }: { accessToken?: AccessTokenRow | undefined; lifetime?: number } = {},
): Promise<string> {
  const [[kid, key] = []] = [...keyring.sessionKeys];
  if (!kid || !key) throw new Error('the keyring has no session key');
  const session = await insertSession(db, { user_id: user.id, access_token_id: accessToken?.id ?? null, lifetime });
  return new SignJWT({ username: user.username })
    .setProtectedHeader({ alg: ALGORITHM, kid })
    .setSubject(user.id)
    .setJti(session.id)
    .setIssuer(ISSUER)
    .setIssuedAt()
    .setExpirationTime(new Date(session.expires))
    .sign(key);
}

/**
 * The user behind an `Authorization` header: `Bearer`, or `JWT` as older clients write, with a session's token or an
 * access token itself; or `Basic`, with a name and a password or an access token. Undefined without a header.
 * @throws ApiError 401 for a header that is there and does not hold: it is never taken for an anonymous request.
 */
export async function findCaller(hub: Hub, authorization: string | undefined, address: string): Promise<Caller | undefined> {
  if (authorization === undefined) return undefined;
  const [, basic] = /^Basic +(\S+)$/i.exec(authorization) ?? [];
  if (basic !== undefined) return readBasic(hub, basic, address);
  const [, token = ''] = /^(?:Bearer|JWT) +(\S+)$/i.exec(authorization) ?? [];
  const caller = isAccessToken(token) ? await readAccessToken(hub, token) : await readSession(hub, token);
  if (!caller) throw new ApiError('invalid_token');
  return caller;
}

async function readBasic(hub: Hub, encoded: string, address: string): Promise<Caller> {
  const [, username, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  if (username === undefined || password === undefined || username.includes('\0')) throw new ApiError('invalid_credentials');
  const { user, accessToken } = await checkCredentials(hub, { username, password, address });
  return { ...user, scope: accessToken?.scope ?? null, only_repository: accessToken?.repository_id ?? null, session_id: null };
}

async function readAccessToken({ db }: Hub, token: string): Promise<Caller | undefined> {
  const row = await useAccessToken(db, token);
  const user = row && (await findUser(db, row.user_id));
  return user && { ...user, scope: row.scope, only_repository: row.repository_id, session_id: null };
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
