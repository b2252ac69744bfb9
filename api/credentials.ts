import { isAccessToken, useAccessToken, type AccessTokenRow } from '../db/accessTokens.js';
import { findUser, findUserByName, type UserRow } from '../db/users.js';
import { ApiError } from './errors.js';
import type { Hub } from './hub.js';
import { checkPassword } from './passwords.js';

/** A name and what should prove it: the password, or an access token in its place. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** Where they come from. */
  readonly address: string;
}

/** A user, and the access token that they proved it with. */
export interface Proof {
  readonly user: UserRow;
  readonly accessToken?: AccessTokenRow | undefined;
}

/**
 * Who the credentials belong to. An access token that holds always passes: nobody can guess one, and nobody shall
 * lock out its owner by guessing passwords.
 * @throws ApiError 401, the same for a wrong password and an unknown user; 429 after too many failures
 */
export async function checkCredentials(hub: Hub, credentials: Credentials): Promise<Proof> {
  const proof = isAccessToken(credentials.password) ? await proveByToken(hub, credentials) : await proveByPassword(hub, credentials);
  if (proof) return proof;
  await hub.logins.noteFailure(credentials);
  throw new ApiError('invalid_credentials');
}

async function proveByToken({ db, logins }: Hub, credentials: Credentials): Promise<Proof | undefined> {
  const accessToken = await useAccessToken(db, credentials.password);
  const user = accessToken && (await findUser(db, accessToken.user_id));
  if (user?.username === credentials.username) return { user, accessToken };
  await logins.require(credentials);
  return undefined;
}

async function proveByPassword({ db, logins }: Hub, credentials: Credentials): Promise<Proof | undefined> {
  await logins.require(credentials);
  const user = await findUserByName(db, credentials.username);
  // Once more when its turn has come: of many at once, each must count those before it.
  const matches = await checkPassword(credentials.password, user?.password_hash, async () => logins.require(credentials));
  return user && matches ? { user } : undefined;
}
