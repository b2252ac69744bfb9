import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { findUser, type UserRow } from '../db/users.js';
import { ApiError } from './errors.js';
import type { Hub } from './hub.js';

const ALGORITHM = 'HS256';
const ISSUER = 'hookline';
const LIFETIME = '24h';

/** A session token (JWT) for a user, signed with the first key. */
export async function createSession({ keyring }: Pick<Hub, 'keyring'>, user: UserRow): Promise<string> {
  const [[kid, key] = []] = [...keyring.sessionKeys];
  if (!kid || !key) throw new Error('the keyring has no session key');
  return new SignJWT({ username: user.username })
    .setProtectedHeader({ alg: ALGORITHM, kid })
    .setSubject(user.id)
    .setIssuer(ISSUER)
    .setIssuedAt()
    .setExpirationTime(LIFETIME)
    .sign(key);
}

/**
 * The user behind an `Authorization` header (`Bearer`, or `JWT` as older clients write); undefined without one.
 * @throws ApiError 401 for a header that is there and does not hold: it is never taken for an anonymous request.
 */
export async function findCaller(hub: Hub, authorization: string | undefined): Promise<UserRow | undefined> {
  if (authorization === undefined) return undefined;
  const [, token] = /^(?:Bearer|JWT) +(\S+)$/i.exec(authorization) ?? [];
  const subject = token && (await readSession(hub, token));
  const user = subject ? await findUser(hub.db, subject) : undefined;
  if (!user) throw new ApiError('invalid_token');
  return user;
}

async function readSession({ keyring }: Hub, token: string): Promise<string | undefined> {
  try {
    const key = keyring.sessionKeys.get(decodeProtectedHeader(token).kid ?? '');
    if (!key) return undefined;
    const { payload } = await jwtVerify(token, key, { algorithms: [ALGORITHM], issuer: ISSUER });
    return payload.sub;
  } catch (error) {
    // Not a token at all (TypeError), or one that does not hold (JOSEError).
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
    throw error;
  }
}
