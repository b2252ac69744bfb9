import { randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createAuthority, createLeaf, readEnd, readIdentity, writeIdentity, type Identity } from './certificate.js';
import { isBy, signGrant, verifyToken, type SignedToken, type TokenGrant } from './token.js';

/** The keys that tokens for the registry are signed with. The registry knows the authority alone. */
export interface RegistryKeys {
  /** The authority's certificate: the registry's `rootcertbundle`. */
  readonly caFile: string;
  sign(grant: TokenGrant): Promise<SignedToken>;
  /** What a token that was signed here and holds allows; undefined for any other text. */
  verify(token: string): Promise<TokenGrant | undefined>;
  /** Makes a new leaf. Tokens of the one before stay good for their time; nothing has to be started anew. */
  rotate(): Promise<void>;
}

const AUTHORITY_DAYS = 3650;
const LEAF_DAYS = 90;
const DAY = 86_400_000;
/** A leaf is replaced when it has less than this left, long before tokens stop to pass. Milliseconds. */
const LEAF_RESERVE = 30 * DAY;

/**
 * Opens the keys under a data directory and makes what is missing: `registry-keys/ca.pem` (key and certificate, ten
 * years), `ca.crt` (the certificate alone, for the registry) and `leaf.pem` (90 days), readable by their owner alone.
 * Processes that share the directory share the keys.
 * @throws Error where the authority has expired, or a file holds something else
 */
export async function openRegistryKeys(dataDir: string): Promise<RegistryKeys> {
  const dir = join(dataDir, 'registry-keys');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const caFile = join(dir, 'ca.crt');
  const leafFile = join(dir, 'leaf.pem');
  const authority = await openAuthority(join(dir, 'ca.pem'));
  await keepFile(caFile, authority.certificate.toString());
  const rotate = (): Promise<void> => replaceFile(leafFile, writeIdentity(createLeaf(authority, 'Hookline registry tokens', LEAF_DAYS)));
  const readLeaf = createLeafReader(leafFile, authority, rotate);
  await readLeaf();
  return {
    caFile,
    sign: async (grant) => signGrant(await readLeaf(), grant),
    verify: (token) => verifyToken(authority, token),
    rotate,
  };
}

async function openAuthority(file: string): Promise<Identity> {
  await createFile(file, () => writeIdentity(createAuthority('Hookline registry authority', AUTHORITY_DAYS)));
  const authority = await readIdentityFile(file);
  if (readEnd(authority.certificate) > Date.now()) return authority;
  throw new Error(`${file} expired on ${authority.certificate.validTo}: remove it and start the hub, then the registry`);
}

/** Reads the leaf anew whenever its file is another one, and replaces one that ends soon or is of another authority. */
function createLeafReader(file: string, authority: Identity, rotate: () => Promise<void>): () => Promise<Identity> {
  let known: { readonly mark: string; readonly leaf: Identity } | undefined;
  const read = async (): Promise<Identity | undefined> => {
    const mark = await findMark(file);
    if (mark === undefined) return undefined;
    if (known?.mark !== mark) known = { mark, leaf: await readIdentityFile(file) };
    const { leaf } = known;
    return isBy(authority, leaf.certificate) && readEnd(leaf.certificate) - Date.now() > LEAF_RESERVE ? leaf : undefined;
  };
  return async () => {
    const leaf = await read();
    if (leaf) return leaf;
    await rotate();
    const fresh = await read();
    if (!fresh) throw new Error(`${file} does not stay as it was written`);
    return fresh;
  };
}

async function readIdentityFile(file: string): Promise<Identity> {
  try {
    return readIdentity(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`${file} holds no key with its certificate (${error instanceof Error ? error.message : String(error)}): restore it from a backup`, { cause: error });
  }
}

/** What changes when a file is replaced; undefined where there is none. */
async function findMark(file: string): Promise<string | undefined> {
  try {
    const { ino, mtimeNs, size } = await stat(file, { bigint: true });
    return `${ino} ${mtimeNs} ${size}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes a file where there is none; of processes that do so at once one wins, and its file is whole. */
async function createFile(file: string, write: () => string): Promise<void> {
  if ((await findMark(file)) !== undefined) return;
  const draft = await writeDraft(file, write());
  try {
    await link(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft);
  }
}

async function replaceFile(file: string, text: string): Promise<void> {
  await rename(await writeDraft(file, text), file);
}

/** Replaces a file only where it says something else: it may be mounted elsewhere. */
async function keepFile(file: string, text: string): Promise<void> {
  await createFile(file, () => text);
  if ((await readFile(file, 'utf8')) !== text) await replaceFile(file, text);
}

async function writeDraft(file: string, text: string): Promise<string> {
  const draft = `${file}.${randomUUID()}`;
  await writeFile(draft, text, { flag: 'wx', mode: 0o600 });
  return draft;
}
