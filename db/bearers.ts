import { createHash, randomBytes } from 'node:crypto';

/** A new secret that its bearer is known by: a prefix, by which scanners of leaked secrets recognise it, and 256 random bits. */
export function makeBearer(prefix: string): string {
  return prefix + randomBytes(32).toString('base64url');
}

/** As it is stored: 256 random bits need no slow hash. */
export function hashBearer(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
