import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeJwt, SignJWT, type JWTHeaderParameters } from 'jose';
import { createAuthority, createLeaf, readIdentity, type Identity } from '../../registry/certificate.js';
import type { RegistryKeys } from '../../registry/keys.js';

/** A token that must count nowhere. */
export interface Forgery {
  readonly what: string;
  readonly token: string;
  /** Distribution from version 3 on takes it, since whoever signed it holds our keys; the hub does not. */
  readonly isTakenBy3?: boolean;
}

const ACCESS = [{ type: 'repository', name: 'alice/app', actions: ['pull', 'push', 'delete'] }];

/** The keys under a data directory. */
export async function readKeys(dataDir: string): Promise<{ authority: Identity; leaf: Identity }> {
  const read = async (file: string) => readIdentity(await readFile(join(dataDir, 'registry-keys', file), 'utf8'));
  return { authority: await read('ca.pem'), leaf: await read('leaf.pem') };
}

function describe({ certificate }: Identity): JWTHeaderParameters {
  return { alg: 'ES256', typ: 'JWT', x5c: [certificate.raw.toString('base64')] };
}

function prepare(claims: Readonly<Record<string, unknown>> = {}): SignJWT {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({ iss: 'hookline', sub: 'alice', aud: 'hookline-registry', iat: now, nbf: now - 10, exp: now + 300, jti: 'x', access: ACCESS, ...claims });
}

async function forge(header: JWTHeaderParameters, key: KeyObject, claims?: Readonly<Record<string, unknown>>): Promise<string> {
  return prepare(claims).setProtectedHeader(header).sign(key);
}

/** The same rights as a token of ours, signed so long ago: seconds. */
export async function signEarlier(dataDir: string, token: string, seconds: number): Promise<string> {
  const { leaf } = await readKeys(dataDir);
  const { iat = 0, nbf = 0, exp = 0, ...claims } = decodeJwt(token);
  return forge(describe(leaf), leaf.key, { ...claims, iat: iat - seconds, nbf: nbf - seconds, exp: exp - seconds });
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** A token with an HMAC where the signature belongs, keyed by what everybody may know. */
function signByPublic(header: object, payload: string, secret: string | Buffer): string {
  const text = `${encode({ ...header, alg: 'HS256' })}.${payload}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

/** Everything that somebody may try who does not hold our keys, and what we ourselves would never sign. */
export async function forgeTokens(dataDir: string, keys: RegistryKeys): Promise<Forgery[]> {
  const { authority, leaf } = await readKeys(dataDir);
  const own = describe(leaf);
  const foreignAuthority = createAuthority('Hookline registry authority', 1);
  const foreign = createLeaf(foreignAuthority, 'Hookline registry tokens', 1);
  const expired = createLeaf(authority, 'Hookline registry tokens', -0.01);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  const { token } = await keys.sign({ subject: 'alice', access: ACCESS });
  const [head = '', payload = '', signature = ''] = token.split('.');
  const spki = leaf.certificate.publicKey.export({ type: 'spki', format: 'pem' });
  const now = Math.floor(Date.now() / 1000);
  const list: readonly (readonly [what: string, token: string | Promise<string>, isTakenBy3?: boolean])[] = [
    ['alg none', `${encode({ ...own, alg: 'none' })}.${payload}.`],
    ['alg None with a signature', `${encode({ ...own, alg: 'None' })}.${payload}.${signature}`],
    ['HS256 with the public key as PEM', signByPublic(own, payload, spki)],
    ['HS256 with the public key as DER', signByPublic(own, payload, leaf.certificate.publicKey.export({ type: 'spki', format: 'der' }))],
    ['HS256 with the certificate', signByPublic(own, payload, leaf.certificate.toString())],
    ['HS256 with nothing', signByPublic(own, payload, '')],
    ['x5c of a foreign authority of the same name', forge(describe(foreign), foreign.key)],
    ['x5c of a certificate that signs itself', forge(describe(foreignAuthority), foreignAuthority.key)],
    ['our x5c and a foreign key', forge(own, foreign.key)],
    ['a foreign kid', forge({ alg: 'ES256', typ: 'JWT', kid: 'hookline' }, foreign.key)],
    ['a foreign key with its jwk', forge({ alg: 'ES256', typ: 'JWT', jwk }, privateKey)],
    ['a foreign key with its jwk and our x5c', forge({ ...own, jwk }, privateKey)],
    ['our key, and nothing that names it', forge({ alg: 'ES256', typ: 'JWT' }, leaf.key)],
    ['an expired leaf', forge(describe(expired), expired.key)],
    ['an expired token', forge(own, leaf.key, { iat: now - 600, nbf: now - 610, exp: now - 90 })],
    ['a token that does not expire', forge(own, leaf.key, { exp: undefined })],
    ['a token of tomorrow', forge(own, leaf.key, { nbf: now + 86_400, exp: now + 90_000 })],
    ['another audience', forge(own, leaf.key, { aud: 'registry.example' })],
    ['another issuer', forge(own, leaf.key, { iss: 'hub.example' })],
    ['a list of audiences', forge(own, leaf.key, { aud: ['hookline-registry'] }), true],
    ['other rights under the same signature', `${head}.${encode({ ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), sub: 'admin' })}.${signature}`],
    ['no signature', `${head}.${payload}.`],
    ['half of it', `${head}.${payload}`],
    ['no token', 'x'],
  ];
  return Promise.all(list.map(async ([what, made, isTakenBy3 = false]) => ({ what, token: await made, isTakenBy3 })));
}
