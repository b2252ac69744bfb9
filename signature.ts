import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * Signatures by the Standard Webhooks specification (symmetric, `v1`): HMAC-SHA256 over `id.timestamp.body`
 * with a secret written `whsec_` + base64 of 24 to 64 bytes. Used both ways: on what we send and on callbacks.
 */

/** How far a timestamp may lie from now, in seconds; the figure of the specification's reference library. */
const TOLERANCE = 300;
const SECRET_BYTES = 32;

/** The three headers of a signed message. */
export interface SignatureHeaders {
  readonly id: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/** A new secret, `whsec_` + base64 of 32 random bytes. */
export function generateSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

/** Whether a text is a secret of 24 to 64 bytes in the specification's spelling. */
export function isSecret(text: string): boolean {
  const [, encoded] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(encoded ?? '', 'base64').length;
  return bytes >= 24 && bytes <= 64;
}

/** The value of `webhook-signature`: one signature per secret, space-separated, so that rotation loses nothing. */
export function signMessage(secrets: readonly string[], id: string, timestamp: number, body: string): string {
  return secrets.map((secret) => signOnce(secret, id, String(timestamp), body)).join(' ');
}

function signOnce(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}

/**
 * Why a signed message is not accepted, or undefined where it is.
 * @param expectedId the `webhook-id` it must carry: it binds a signature to one delivery.
 * @param now seconds since the epoch.
 */
export function findSignatureFault(
  headers: SignatureHeaders,
  body: string,
  expected: { secrets: readonly string[]; id: string; now: number },
): string | undefined {
  const { id, timestamp, signature } = headers;
  if (!id || !timestamp || !signature) return 'webhook-id, webhook-timestamp and webhook-signature are needed';
  if (id !== expected.id) return `webhook-id must be ${expected.id}, the id that the webhook carried`;
  if (!/^[0-9]{1,12}$/.test(timestamp) || Math.abs(Number(timestamp) - expected.now) > TOLERANCE) {
    return `webhook-timestamp must be within ${TOLERANCE} seconds of now`;
  }
  const given = signature.split(' ');
  const known = expected.secrets.map((secret) => signOnce(secret, id, timestamp, body));
  return given.some((entry) => known.some((other) => isSame(entry, other))) ? undefined : 'webhook-signature does not match';
}

/**
 * Whether `signature` is `sha256=` and the HMAC-SHA256 of `body` in hexadecimal, by one of the secrets: what GitHub and
 * Bitbucket write over the bytes that they send.
 */
export function isHubSignature(secrets: readonly string[], signature: string, body: string): boolean {
  const known = secrets.map((secret) => `sha256=${createHmac('sha256', secret).update(body, 'utf8').digest('hex')}`);
  return known.some((expected) => isSame(signature, expected));
}

/** Whether `given` is one of the secrets itself, as senders write it that sign nothing. */
export function isSharedSecret(secrets: readonly string[], given: string): boolean {
  return secrets.some((secret) => isSame(given, secret));
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
