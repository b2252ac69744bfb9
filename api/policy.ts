import { SCOPES, type Scope } from '../db/accessTokens.js';
import { isMember } from '../db/members.js';
import { findNamespace, isNamespaceOwner, isOrganizationOwner, type NamespaceRow } from '../db/namespaces.js';
import { findOrganization, type OrganizationRow } from '../db/organizations.js';
import { findNamedRepository, type RepositoryRow } from '../db/repositories.js';
import { findLevel, LEVELS, type Level, type Viewer } from '../db/visibility.js';
import type { Caller } from './auth.js';
import { ApiError } from './errors.js';
import type { Hub } from './hub.js';

/**
 * Who may use a route.
 * - `user` reads what is the caller's own, `user:write` acts in the caller's name, `account` governs the account
 *   itself: no access token may, whatever its scope. Nor may one govern an organization, or the hub (`admin`).
 * - `repository:*` finds the repository of the path and asks for that level on it; `repository:user` is anybody who
 *   is logged in and may see it.
 * - `registry` is the registry itself, by the secret of its notifications.
 * - `organization:*` and `namespace:owner` do the same with `:organization` and `:namespace`.
 */
export type Right =
  | 'anyone' | 'signup' | 'user' | 'user:write' | 'account' | 'admin' | 'registry' | 'repository:user' | 'organization:member'
  | 'organization:owner' | 'namespace:owner' | `repository:${Exclude<Level, 'none'>}`;

interface Request {
  readonly caller: Caller | undefined;
  readonly params: Readonly<Record<string, string | undefined>>;
  /** Of `Authorization`. */
  readonly header?: string | undefined;
}

/** What the path named and the right looked up. */
export interface Found {
  readonly repository?: RepositoryRow;
  readonly organization?: OrganizationRow;
  readonly namespace?: NamespaceRow;
}

type Check = (hub: Hub, request: Request) => Promise<Found>;

/** How each kind of right is checked. */
const CHECKS: Readonly<Record<Exclude<Right, `repository:${string}`>, Check>> = {
  anyone: async () => ({}),
  signup: requireSignup,
  user: findNothing(requireUser),
  'user:write': findNothing((caller) => requireScope(requireUser(caller), 'repo:write')),
  account: findNothing(requireAccount),
  admin: findNothing(requireAdmin),
  registry: requireRegistry,
  'organization:member': findMemberOrganization,
  'organization:owner': findOwnOrganization,
  'namespace:owner': findOwnNamespace,
};

function findNothing(require: (caller: Caller | undefined) => unknown): Check {
  return async (_, { caller }) => {
    require(caller);
    return {};
  };
}

/**
 * Lets a request pass, with what its path names where the right looks it up.
 * @throws ApiError 401, 403, or 404: a private repository that the caller may not see answers like a missing one.
 */
export async function authorize(hub: Hub, right: Right, request: Request): Promise<Found> {
  if (isRepositoryRight(right)) return { repository: await findAllowedRepository(hub, right, request) };
  return CHECKS[right](hub, request);
}

function isRepositoryRight(right: Right): right is Extract<Right, `repository:${string}`> {
  return right.startsWith('repository:');
}

async function findAllowedRepository(hub: Hub, right: string, { caller, params }: Request): Promise<RepositoryRow> {
  const isForUsers = right === 'repository:user';
  const needed = isForUsers ? 'read' : (right.slice('repository:'.length) as Level);
  const repository = await findNamedRepository(hub.db, params['namespace'] ?? '', params['name'] ?? '');
  const level = await findCallerLevel(hub, repository ?? standIn(params['namespace']), caller);
  if (!repository || level === 'none') throw new ApiError('not_found');
  if (isForUsers) requireScope(requireUser(caller), 'repo:write');
  if (LEVELS.indexOf(level) >= LEVELS.indexOf(needed)) return repository;
  throw new ApiError(caller ? 'forbidden' : 'authentication_required', `This needs ${needed} permission on the repository`);
}

/** What a level is asked on where there is no repository: an answer that is the same shall take the same time. */
export function standIn(namespace = ''): Located {
  return { id: '', namespace, is_private: 1 };
}

/** What of a repository a level hangs on. */
export type Located = Pick<RepositoryRow, 'id' | 'namespace' | 'is_private'>;

/** What each scope leaves of a level. */
const CEILINGS: Readonly<Record<Scope, Level>> = {
  'repo:public_read': 'read', 'repo:read': 'read', 'repo:write': 'write', 'repo:admin': 'admin',
};

/** Who the caller is for lists: a token for public repositories sees what everybody sees. */
export function findViewer(caller: Caller | undefined): Viewer {
  if (!caller || caller.scope === 'repo:public_read' || caller.only_repository !== null) return undefined;
  return caller;
}

/** What the caller may do with a repository: what the user may, within the bounds of the token. */
export async function findCallerLevel({ db }: Pick<Hub, 'db'>, repository: Located, caller: Caller | undefined): Promise<Level> {
  const isRobotHere = caller?.only_repository === repository.id;
  const level = await findLevel(db, repository, isRobotHere ? caller : findViewer(caller));
  const ceiling = caller?.scope ? LEVELS.indexOf(CEILINGS[caller.scope]) : LEVELS.length;
  return LEVELS[Math.min(LEVELS.indexOf(level), ceiling)] ?? 'none';
}

function requireUser(caller: Caller | undefined): Caller {
  if (!caller) throw new ApiError('authentication_required');
  return caller;
}

function requireScope({ scope, only_repository }: Caller, needed: Scope): void {
  if (scope === null) return;
  if (only_repository !== null) throw new ApiError('forbidden', 'This access token is good for one repository alone');
  if (SCOPES.indexOf(scope) < SCOPES.indexOf(needed)) throw new ApiError('forbidden', `This needs an access token with the scope ${needed}`);
}

/** @throws ApiError 401, 403: an access token, even a stolen one, makes no further tokens and changes no password */
export function requireAccount(caller: Caller | undefined): Caller {
  const user = requireUser(caller);
  if (user.scope !== null) throw new ApiError('forbidden', 'Log in with your password: access tokens do not govern accounts');
  return user;
}

function requireAdmin(caller: Caller | undefined): void {
  if (!requireAccount(caller).is_admin) throw new ApiError('forbidden', 'Only the administrator of the hub may do this');
}

async function requireRegistry({ keyring }: Hub, { header = '' }: Request): Promise<Found> {
  const [, secret = ''] = /^Bearer +(\S+)$/i.exec(header) ?? [];
  if (!keyring.isDerivedSecret('registry events', secret)) throw new ApiError('invalid_credentials');
  return {};
}

async function requireSignup({ config }: Hub, { caller }: Request): Promise<Found> {
  if (config.signup === 'closed' && !(caller?.is_admin && caller.scope === null)) throw new ApiError('signup_closed');
  return {};
}

async function findMemberOrganization({ db }: Hub, { caller, params }: Request): Promise<Found> {
  const user = requireUser(caller);
  requireScope(user, 'repo:read');
  const organization = await getOrganization(db, params);
  if (user.is_admin || (await isMember(db, organization.id, user.id))) return { organization };
  throw new ApiError('forbidden', `Only members of ${organization.name} may do this`);
}

async function findOwnOrganization({ db }: Hub, { caller, params }: Request): Promise<Found> {
  requireAccount(caller);
  const organization = await getOrganization(db, params);
  await requireOrganizationOwner(db, organization, caller);
  return { organization };
}

/** Whether the caller may govern an organization: with an access token nobody may. */
export async function governsOrganization(db: Hub['db'], organizationId: string, caller: Caller): Promise<boolean> {
  return caller.scope === null && (Boolean(caller.is_admin) || (await isOrganizationOwner(db, organizationId, caller.id)));
}

/** @throws ApiError 401, 403 for whoever may not govern the organization */
export async function requireOrganizationOwner(db: Hub['db'], { id, name }: OrganizationRow, caller: Caller | undefined): Promise<void> {
  if (await governsOrganization(db, id, requireAccount(caller))) return;
  throw new ApiError('forbidden', `Only owners of ${name} may do this`);
}

async function getOrganization(db: Hub['db'], params: Request['params']): Promise<OrganizationRow> {
  const organization = await findOrganization(db, params['organization'] ?? '');
  if (!organization) throw new ApiError('not_found');
  return organization;
}

async function findOwnNamespace({ db }: Hub, { caller, params }: Request): Promise<Found> {
  const user = requireUser(caller);
  const namespace = await findNamespace(db, params['namespace'] ?? '');
  if (!namespace) throw new ApiError('not_found');
  requireScope(user, 'repo:admin');
  if (user.is_admin || (await isNamespaceOwner(db, namespace, user.id))) return { namespace };
  throw new ApiError('forbidden', `Only the owners of ${namespace.name} may do this`);
}
