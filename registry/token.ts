import { randomUUID, X509Certificate } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import type { Identity } from './certificate.js';

/** What the registry calls itself to the token server (`service`), and whom tokens are for (`aud`): a constant, never what a client asks for. */
export const REGISTRY_SERVICE = 'hookline-registry';
export const TOKEN_ISSUER = 'hookline';
/** How long a token lives, in seconds; the registry adds a minute of leeway. */
export const TOKEN_LIFE = 300;

/** Rights on one thing, as a token names them. */
export interface TokenAccess {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** Who a token is for and what it allows. */
export interface TokenGrant {
  /** The user's name; empty: anybody. */
  readonly subject: string;
  readonly access: readonly TokenAccess[];
  /** The access token that it was asked for with: its bounds hold wherever the hub itself reads this token. */
  readonly accessTokenId?: string | undefined;
}

/** A signed token. */
export interface SignedToken {
  readonly token: string;
  /** RFC 3339, in UTC. */
  readonly issuedAt: string;
  /** Seconds. */
  readonly expiresIn: number;
}

const ALGORITHM = 'ES256';
/** `nbf` lies this far back, for registries whose clock is behind. Seconds. */
const NOT_BEFORE_SLACK = 10;

/** Signs a token for the registry. */
export async function signGrant({ key, certificate }: Identity, { subject, access, accessTokenId }: TokenGrant): Promise<SignedToken> {
  const now = Math.floor(Date.now() / 1000);
  const token = await new SignJWT({ access, ...(accessTokenId === undefined ? {} : { access_token_id: accessTokenId }) })
    .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT', x5c: [certificate.raw.toString('base64')] })
    .setIssuer(TOKEN_ISSUER)
    .setSubject(subject)
    .setAudience(REGISTRY_SERVICE)
    .setIssuedAt(now)
    .setNotBefore(now - NOT_BEFORE_SLACK)
    .setExpirationTime(now + TOKEN_LIFE)
    .setJti(randomUUID())
    .sign(key);
  return { token, issuedAt: new Date(now * 1000).toISOString(), expiresIn: TOKEN_LIFE };
}

/**
 * What a token allows; undefined where it does not hold. As in the registry, the header's certificate counts only
 * because our authority signed it.
 */
export async function verifyToken(authority: Identity, token: string): Promise<TokenGrant | undefined> {
  try {
    const certificate = readCertificate(decodeProtectedHeader(token).x5c);
    if (!certificate || !isBy(authority, certificate) || !isCurrent(certificate)) return undefined;
    const { payload } = await jwtVerify(token, certificate.publicKey, {
      algorithms: [ALGORITHM], issuer: TOKEN_ISSUER, audience: REGISTRY_SERVICE, requiredClaims: ['exp', 'sub'],
    });
    // An array would be refused by older registries: none of ours is one.
    if (typeof payload.aud !== 'string') return undefined;
    // Signed by us, so they are what `signGrant` was given.
    const { sub: subject = '', access, access_token_id: accessTokenId } = payload as JWTPayload & { access: TokenAccess[]; access_token_id?: string };
    return { subject, access, ...(accessTokenId === undefined ? {} : { accessTokenId }) };
  } catch (error) {
    // Not a token at all (TypeError), or one that does not hold (JOSEError).
    if (error instanceof errors.JOSEError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The one certificate of a header; undefined where there is none, or more, or something else. */
function readCertificate(x5c: unknown): X509Certificate | undefined {
  const [encoded, ...rest] = Array.isArray(x5c) ? (x5c as unknown[]) : [];
  if (typeof encoded !== 'string' || rest.length > 0) return undefined;
  try {
    return new X509Certificate(Buffer.from(encoded, 'base64'));
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/** Whether the authority signed this certificate, and not as another authority. */
export function isBy({ certificate }: Identity, leaf: X509Certificate): boolean {
  return !leaf.ca && leaf.checkIssued(certificate) && leaf.verify(certificate.publicKey);
}

function isCurrent({ validFrom, validTo }: X509Certificate): boolean {
  return Date.parse(validFrom) <= Date.now() && Date.now() < Date.parse(validTo);
}
