import { findLevel, findRepository, LEVELS, type Level, type RepositoryRow } from '../db/repositories.js';
import type { UserRow } from '../db/users.js';
import { ApiError } from './errors.js';
import type { Hub } from './hub.js';

/** Who may use a route. `repository:*` finds the repository of the path and asks for that level on it. */
export type Right = 'anyone' | 'user' | 'signup' | `repository:${Exclude<Level, 'none'>}`;

interface Request {
  readonly caller: UserRow | undefined;
  readonly params: Readonly<Record<string, string | undefined>>;
}

/**
 * Lets a request pass, with the repository of its path where the right names one.
 * @throws ApiError 401, 403, or 404: a private repository that the caller may not see answers like a missing one.
 */
export async function authorize(hub: Hub, right: Right, request: Request): Promise<RepositoryRow | undefined> {
  if (right === 'anyone') return undefined;
  if (right === 'user') return requireUser(request);
  if (right === 'signup') return requireSignup(hub, request);
  const needed = right.slice('repository:'.length) as Level;
  const { namespace = '', name = '' } = request.params;
  const repository = await findRepository(hub.db, namespace, name);
  const level = repository ? await findLevel(hub.db, repository, request.caller) : 'none';
  if (!repository || level === 'none') throw new ApiError('not_found');
  if (LEVELS.indexOf(level) >= LEVELS.indexOf(needed)) return repository;
  throw new ApiError(request.caller ? 'forbidden' : 'authentication_required', `This needs ${needed} permission on the repository`);
}

function requireUser({ caller }: Request): undefined {
  if (!caller) throw new ApiError('authentication_required');
}

function requireSignup({ config }: Hub, { caller }: Request): undefined {
  if (config.signup === 'closed' && !caller?.is_admin) throw new ApiError('signup_closed');
}
