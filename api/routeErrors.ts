import type { ErrorCode } from './errors.js';
import type { Right } from './policy.js';
import { changesSomething, takesCookie } from './ownPages.js';
import type { Route } from './route.js';

/** How each right refuses. */
const REFUSALS: Readonly<Record<Right, readonly ErrorCode[]>> = {
  anyone: [],
  signup: ['signup_closed'],
  user: ['authentication_required'],
  'user:write': ['authentication_required', 'forbidden'],
  account: ['authentication_required', 'forbidden'],
  admin: ['authentication_required', 'forbidden'],
  registry: ['invalid_credentials'],
  'organization:member': ['authentication_required', 'forbidden', 'not_found'],
  'organization:owner': ['authentication_required', 'forbidden', 'not_found'],
  'namespace:owner': ['authentication_required', 'forbidden', 'not_found'],
  'repository:user': ['authentication_required', 'forbidden', 'not_found'],
  'repository:read': ['not_found'],
  'repository:write': ['authentication_required', 'forbidden', 'not_found'],
  'repository:admin': ['authentication_required', 'forbidden', 'not_found'],
};

/** Whether who calls is no user: no `Authorization` is read as one's. */
export function isAnonymous({ may, isCalledByOthers = false }: Pick<Route, 'may' | 'isCalledByOthers'>): boolean {
  // The registry is nobody's account.
  return isCalledByOthers || may === 'registry';
}

/** Every error that a route may answer: those of its handler, and of all that is checked before it. */
export function listErrors(route: Route): ErrorCode[] {
  const { errors, may, params, query, headers, body, takesAnyBody = false } = route;
  const parts: readonly (readonly ErrorCode[] | false)[] = [
    errors,
    REFUSALS[may],
    !isAnonymous(route) && ['invalid_token', 'invalid_credentials', 'rate_limited'],
    takesCookie(route) && changesSomething(route) && ['cross_site'],
    (params ?? query ?? headers ?? body) !== undefined && ['invalid_input'],
    params !== undefined && ['not_found'],
    body !== undefined && !takesAnyBody && ['malformed_json', 'body_too_large', 'unsupported_media_type'],
    ['database_unavailable'],
  ];
  return [...new Set(parts.flatMap((part) => part || []))];
}
