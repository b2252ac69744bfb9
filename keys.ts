import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One master key; `kid` travels with everything that was made from it. */
export interface MasterKey {
  readonly kid: string;
  readonly key: Buffer;
}

/** What master keys are for. Each purpose works with a key of its own, derived by HKDF-SHA256. */
type Purpose = 'callback' | 'seal' | 'session' | 'fingerprint' | SharedPurpose;
/** Secrets that a registry shares with the hub. */
export type SharedPurpose = 'registry events' | 'registry http';

/** Seals secrets at rest and makes tokens that nobody can forge who has read the database. */
export interface Keyring {
  /** The name of the first key: what is made now is made with it. */
  readonly kid: string;
  /** Encrypts a text for the database (AES-256-GCM). It opens again only together with the same `owner` id. */
  seal(text: string, owner: string): string;
  /** The text that `seal` got. Throws when the key is missing or the value was tampered with. */
  open(sealed: string, owner: string): string;
  /** The token of a delivery's callback URL: HMAC-SHA256 over the delivery's id, with the key's name. */
  mintCallbackToken(deliveryId: string): string;
  /** The delivery a token was made for, or undefined where it was not made here. Constant-time comparison. */
  readCallbackToken(token: string): string | undefined;
  /** Keys for session tokens by kid, the first one signs. */
  readonly sessionKeys: ReadonlyMap<string, Uint8Array>;
  /** What tells each key from any other and discloses nothing of it, by kid: 16 hexadecimal digits. */
  readonly fingerprints: ReadonlyMap<string, string>;
  /** A secret to share with another program, 64 hexadecimal digits: the same in every process with the same first key. */
  deriveSecret(purpose: SharedPurpose): string;
  /** Whether a text is the secret that one of the keys makes: after a change of keys the program has the old one for a while. */
  isDerivedSecret(purpose: SharedPurpose, given: string): boolean;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;
const FINGERPRINT_LENGTH = 16;

/** A keyring over master keys: the first makes new tokens, every one is accepted. */
export function createKeyring(keys: readonly MasterKey[]): Keyring {
  const [first] = keys;
  if (!first) throw new Error('at least one secret key is needed');
  const callbackKeys = deriveKeys(keys, 'callback');
  const sealKeys = deriveKeys(keys, 'seal');
  return {
    kid: first.kid,
    seal: (text, owner) => `${first.kid}.${encrypt(getKey(sealKeys, first.kid), text, owner)}`,
    open(sealed, owner) {
      const [, data = ''] = sealed.split('.');
      return decrypt(getKey(sealKeys, readKid(sealed)), data, owner);
    },
    mintCallbackToken: (id) => `${first.kid}.${id}.${hmac(getKey(callbackKeys, first.kid), id).toString('base64url')}`,
    readCallbackToken: (token) => readToken(callbackKeys, token),
    sessionKeys: deriveKeys(keys, 'session'),
    fingerprints: new Map([...deriveKeys(keys, 'fingerprint')].map(([kid, key]) => [kid, encodeSecret(key).slice(0, FINGERPRINT_LENGTH)])),
    deriveSecret: (purpose) => encodeSecret(getKey(deriveKeys([first], purpose), first.kid)),
    isDerivedSecret: (purpose, given) => [...deriveKeys(keys, purpose).values()].some((key) => isSameText(encodeSecret(key), given)),
  };
}

/** The name of the key that a text was sealed with. */
export function readKid(sealed: string): string {
  return sealed.split('.')[0] ?? '';
}

function encodeSecret(key: Uint8Array): string {
  return Buffer.from(key).toString('hex');
}

/** Compares in a time that tells nothing but the length. */
function isSameText(expected: string, given: string): boolean {
  const [left, right] = [Buffer.from(expected), Buffer.from(given)];
  return left.length === right.length && timingSafeEqual(left, right);
}

function deriveKeys(keys: readonly MasterKey[], purpose: Purpose): Map<string, Uint8Array> {
  return new Map(keys.map(({ kid, key }) => [kid, Buffer.from(hkdfSync('sha256', key, '', `hookline ${purpose}`, 32))]));
}

function getKey(keys: ReadonlyMap<string, Uint8Array>, kid: string): Uint8Array {
  const key = keys.get(kid);
  if (!key) throw new Error(`secret key ${kid} is missing from HOOKLINE_SECRET_KEYS`);
  return key;
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function encrypt(key: Uint8Array, text: string, owner: string): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(owner));
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), data]).toString('base64url');
}

function decrypt(key: Uint8Array, encoded: string, owner: string): string {
  const bytes = Buffer.from(encoded, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(owner))
    .setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
}

function readToken(keys: ReadonlyMap<string, Uint8Array>, token: string): string | undefined {
  const [kid = '', id = '', mac = '', ...rest] = token.split('.');
  const key = keys.get(kid);
  if (!key || rest.length > 0) return undefined;
  // Compared as text: base64url has several spellings of the same bytes, and only one of them is ours.
  return isSameText(hmac(key, id).toString('base64url'), mac) ? id : undefined;
}

/** A webhook's secrets as they lie in the database, sealed under the webhook's id. */
export interface SealedSecrets {
  readonly id: string;
  readonly secret: string;
  readonly previous_secret: string | null;
  readonly previous_secret_expires: string | null;
}

/** The secrets that count now: the present one first, then the one before while its time has not run out. */
export function openSecrets(keyring: Pick<Keyring, 'open'>, sealed: SealedSecrets): string[] {
  const { id, secret, previous_secret, previous_secret_expires } = sealed;
  const previousCounts = previous_secret !== null && (previous_secret_expires ?? '') > new Date().toISOString();
  return [secret, ...(previousCounts ? [previous_secret] : [])].map((text) => keyring.open(text, id));
}

/**
 * The data directory's own master key (`secret.key`, readable by its owner alone), made on first use.
 * Two processes that start at once end up with the same key: the file is created exclusively.
 */
export function loadOwnKey(dataDir: string): MasterKey {
  mkdirSync(dataDir, { recursive: true });
  const file = join(dataDir, 'secret.key');
  if (!existsSync(file)) createWhole(file, `${randomBytes(32).toString('base64')}\n`);
  const key = Buffer.from(readFileSync(file, 'utf8').trim(), 'base64');
  if (key.length < 32) throw new Error(`${file} holds no key of 32 bytes: restore it from a backup`);
  return { kid: 'own', key };
}

/**
 * Writes a file that appears whole or not at all, whoever else does the same, and is on disk before anything is sealed
 * with what stands in it.
 */
function createWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  flush(draft);
  try {
    linkSync(draft, file);
  } catch (error) {
    // Another process was faster: its key counts.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
  flush(dirname(file));
}

/** Brings a file, or the names in a folder, to the disk. */
function flush(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
