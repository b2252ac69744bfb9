import { SCOPES } from '../db/accessTokens.js';
import { countSlots, findNamespace, isNamespaceOwner } from '../db/namespaces.js';
import { findPulledRepository } from '../db/repositories.js';
import type { Level } from '../db/visibility.js';
import type { TokenAccess } from '../registry/token.js';
import type { Caller } from './auth.js';
import { ApiError } from './errors.js';
import type { Hub } from './hub.js';
import { findCallerLevel, standIn } from './policy.js';
import type { ScopeRequest } from './registryScopes.js';
import { REPOSITORY_NAME } from './schemas/repositories.js';

type Rights = Pick<Hub, 'db' | 'config'>;

/** What each level may do in the registry. The action `*` would be everything, and is never granted. */
const ACTIONS: Readonly<Record<Level, readonly string[]>> = {
  none: [], read: ['pull'], write: ['pull', 'push'], admin: ['pull', 'push', 'delete'],
};
/** The registry refuses longer names. */
const MAX_NAME = 255;

/**
 * What of the asked the caller gets, from the rows as they stand now. Nothing at all is an answer too: it does not tell
 * a private repository from one that does not exist.
 * @throws ApiError 403 where a push would create a private repository that finds no slot
 */
export async function grantScopes(hub: Rights, caller: Caller | undefined, requests: readonly ScopeRequest[]): Promise<TokenAccess[]> {
  const granted = new Map<string, TokenAccess>();
  for (const request of requests) {
    const access = await grantScope(hub, caller, request);
    if (!access || access.actions.length === 0) continue;
    const key = `${access.type}:${access.name}`;
    const actions = new Set([...(granted.get(key)?.actions ?? []), ...access.actions]);
    granted.set(key, { ...access, actions: [...actions] });
  }
  return [...granted.values()];
}

async function grantScope(hub: Rights, caller: Caller | undefined, { type, name, actions }: ScopeRequest): Promise<TokenAccess | undefined> {
  if (type === 'registry' && name === 'catalog') return grantCatalog(actions);
  if (type !== 'repository') return undefined;
  const repository = await findPulledRepository(hub.db, name);
  const level = await findCallerLevel(hub, repository ?? standIn(name.split('/')[0]), caller);
  // Asked of what is hidden too, where it is nothing: in as much time as of what does not exist.
  const fresh = !repository || level === 'none' ? await findNewActions(hub, caller, { name, actions }) : [];
  if (!repository) return { type, name, actions: pickActions(fresh, actions) };
  // Whatever it was asked for as, the registry knows it by this name alone.
  return { type, name: `${repository.namespace}/${repository.name}`, actions: pickActions(ACTIONS[level], actions) };
}

function pickActions(held: readonly string[], asked: ReadonlySet<string>): string[] {
  return held.filter((action) => asked.has(action) || asked.has('*'));
}

/**
 * To the registry this says nothing: its own catalog, which names every repository, wants the action `*`. Our door
 * answers the catalog and the search, each by what the caller may see.
 */
function grantCatalog(asked: ReadonlySet<string>): TokenAccess {
  return { type: 'registry', name: 'catalog', actions: pickActions(['search'], asked) };
}

/** What somebody may do with a repository that does not exist: create it by a push into a namespace of their own. */
async function findNewActions({ db, config }: Rights, caller: Caller | undefined, { name, actions }: Pick<ScopeRequest, 'name' | 'actions'>): Promise<readonly string[]> {
  const [owner = '', rest = '', ...more] = name.split('/');
  const isName = name.length <= MAX_NAME && more.length === 0 && [owner, rest].every((part) => REPOSITORY_NAME.test(part));
  if (!caller || !isName || !config.registry.autoCreate || !mayCreate(caller)) return [];
  const namespace = await findNamespace(db, owner);
  if (!namespace || !(await isNamespaceOwner(db, namespace, caller.id))) return [];
  if (!actions.has('push') && !actions.has('*')) return ACTIONS.write;
  const { used, limit } = await countSlots(db, namespace, config.privateLimits);
  if (used < limit) return ACTIONS.write;
  throw new ApiError(
    'slots_taken',
    `${name} would be a new private repository, and ${owner} uses ${used} of ${limit}: create it as a public one before you push, or make another one public`,
  );
}

/** As for creating one by the API. */
function mayCreate({ scope, only_repository }: Caller): boolean {
  return only_repository === null && (scope === null || SCOPES.indexOf(scope) >= SCOPES.indexOf('repo:write'));
}
