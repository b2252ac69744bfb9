import { VERSION } from '../version.js';
import type { RegistryKeys } from './keys.js';
import { MANIFEST_TYPES } from './mediaTypes.js';
import type { TokenAccess } from './token.js';

/** What the registry is told we are, and what it repeats in its notifications of our own requests. */
export const USER_AGENT = `Hookline/${VERSION} registry-client`;
/** Whom our tokens are for. No user has such a name. */
const SUBJECT = 'registry-client';
/** How long the registry may take for an answer, in milliseconds. */
const TIMEOUT = 10_000;
/** Bytes; the registry takes no larger manifests, and larger configurations tell no more. */
const MAX_DOCUMENT = 4 * 1024 * 1024;
/** Repositories asked for at once. */
const CATALOG_PAGE = 500;
/** Pages after which a list is taken for an endless one. */
const MAX_PAGES = 10_000;

/** The registry cannot be asked now: it is not there, fails, or does not accept us. */
export class RegistryAwayError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(`the registry cannot be asked: ${reason}`, options);
    this.name = 'RegistryAwayError';
  }
}

/** A manifest as the registry has it. */
export interface Manifest {
  readonly digest: string;
  readonly mediaType: string;
  /** Anything: whoever pushed it wrote it. */
  readonly content: unknown;
}

/** What the hub itself asks the registry. Every function throws RegistryAwayError. */
export interface RegistryClient {
  /** Where a tag points; undefined where there is none. */
  findDigest(repository: string, reference: string): Promise<string | undefined>;
  findManifest(repository: string, reference: string): Promise<Manifest | undefined>;
  /** A JSON document among the blobs; undefined where there is none, or something else. */
  findDocument(repository: string, digest: string): Promise<unknown>;
  /** Undefined: no such repository. */
  listTags(repository: string): Promise<string[] | undefined>;
  /** Names of all repositories, those without any tag too; undefined where the registry does not tell. */
  listRepositories(): Promise<string[] | undefined>;
  /** Deletes a tag, or a manifest with all its tags. `refused`: the registry cannot delete this. */
  deleteManifest(repository: string, reference: string): Promise<'deleted' | 'missing' | 'refused'>;
}

interface Ask {
  readonly method?: 'GET' | 'HEAD' | 'DELETE';
  /** Below the registry's origin. */
  readonly path: string;
  readonly access: TokenAccess;
  readonly accept?: string;
  /** `follow` for blobs alone: a registry over S3 leads there, and our token stays behind. */
  readonly redirect?: 'follow' | 'manual';
}

/**
 * A client of the registry at an origin (scheme, host and port; undefined while it is down), with tokens that `keys`
 * sign; without keys it sends none.
 */
export function createRegistryClient(findOrigin: () => string | undefined, keys: Pick<RegistryKeys, 'sign'> | undefined): RegistryClient {
  const ask = async ({ method = 'GET', path, access, accept, redirect = 'manual' }: Ask): Promise<Response> => {
    const origin = findOrigin();
    if (origin === undefined) throw new RegistryAwayError('it is not running');
    const token = await keys?.sign({ subject: SUBJECT, access: [access] });
    const headers = { 'user-agent': USER_AGENT, ...(accept === undefined ? {} : { accept }), ...(token ? { authorization: `Bearer ${token.token}` } : {}) };
    try {
      return await fetch(new URL(path, origin), { method, headers, redirect, signal: AbortSignal.timeout(TIMEOUT) });
    } catch (error) {
      throw new RegistryAwayError(describe(error), { cause: error });
    }
  };
  return {
    findDigest: async (repository, reference) => findDigest(await ask(askManifest('HEAD', repository, reference))),
    findManifest: async (repository, reference) => findManifest(await ask(askManifest('GET', repository, reference))),
    findDocument: async (repository, digest) => findDocument(await ask({ path: `/v2/${repository}/blobs/${digest}`, access: allow(repository, 'pull'), redirect: 'follow' })),
    listTags: (repository) => listPages(ask, { path: `/v2/${repository}/tags/list`, access: allow(repository, 'pull') }, 'tags'),
    listRepositories: () => listPages(ask, { path: `/v2/_catalog?n=${CATALOG_PAGE}`, access: { type: 'registry', name: 'catalog', actions: ['*'] } }, 'repositories'),
    deleteManifest: async (repository, reference) => readDeletion(await ask(askManifest('DELETE', repository, reference))),
  };
}

function describe(error: unknown): string {
  const { message, cause } = error as Error & { cause?: unknown };
  return cause instanceof Error && cause.message ? cause.message : message;
}

function allow(repository: string, action: string): TokenAccess {
  return { type: 'repository', name: repository, actions: [action] };
}

function askManifest(method: 'GET' | 'HEAD' | 'DELETE', repository: string, reference: string): Ask {
  const access = allow(repository, method === 'DELETE' ? 'delete' : 'pull');
  return { method, path: `/v2/${repository}/manifests/${reference}`, access, accept: MANIFEST_TYPES.join(', ') };
}

/** Whether the answer holds what was asked for; what is neither yes nor no is a registry that is away. */
async function isFound(response: Response): Promise<boolean> {
  if (response.ok) return true;
  await response.body?.cancel();
  if (response.status === 404) return false;
  throw new RegistryAwayError(`it answers ${response.status}`);
}

async function findDigest(response: Response): Promise<string | undefined> {
  return (await isFound(response)) ? getDigest(response) : undefined;
}

function getDigest({ headers }: Response): string {
  const digest = headers.get('docker-content-digest');
  if (digest === null) throw new RegistryAwayError('it tells no digest');
  return digest;
}

async function findManifest(response: Response): Promise<Manifest | undefined> {
  if (!(await isFound(response))) return undefined;
  const [mediaType = ''] = (response.headers.get('content-type') ?? '').split(';');
  return { digest: getDigest(response), mediaType, content: await readJson(response) };
}

async function findDocument(response: Response): Promise<unknown> {
  return (await isFound(response)) ? readJson(response) : undefined;
}

/** The body as JSON; undefined where it is none, or too large. */
async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      chunks.push(chunk as Uint8Array);
      length += (chunk as Uint8Array).length;
      if (length > MAX_DOCUMENT) return undefined;
    }
  } catch (error) {
    throw new RegistryAwayError(describe(error), { cause: error });
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A list over all its pages. Where a repository is left without tags, the list is null. */
async function listPages(ask: (ask: Ask) => Promise<Response>, { path, access }: Ask, field: 'tags' | 'repositories'): Promise<string[] | undefined> {
  const all: string[] = [];
  let next: string | undefined = path;
  for (let page = 0; next !== undefined && page < MAX_PAGES; page += 1) {
    const response: Response = await ask({ path: next, access });
    if (!(await isFound(response))) return undefined;
    next = findNext(response);
    const content = (await readJson(response)) as Record<string, unknown> | undefined;
    const names = content?.[field];
    if (Array.isArray(names)) all.push(...names.filter((name) => typeof name === 'string'));
  }
  return all;
}

/** Path and query of the next page: the link's host is what the registry takes for its own. */
function findNext({ headers, url }: Response): string | undefined {
  const [, target] = /<([^>]+)>\s*;\s*rel="?next"?/.exec(headers.get('link') ?? '') ?? [];
  if (target === undefined) return undefined;
  const { pathname, search } = new URL(target, url);
  return `${pathname}${search}`;
}

/** Distribution before 3.0 takes digests alone (400); any may have deletion switched off (405). */
async function readDeletion(response: Response): Promise<'deleted' | 'missing' | 'refused'> {
  if (response.status === 400 || response.status === 405) {
    await response.body?.cancel();
    return 'refused';
  }
  const found = await isFound(response);
  await response.body?.cancel();
  return found ? 'deleted' : 'missing';
}
