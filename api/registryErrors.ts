import { REGISTRY_SERVICE } from '../registry/token.js';
import { ApiError } from './errors.js';
import type { Hub } from './hub.js';
import type { Route } from './route.js';

/** What the registry's clients call errors, by status. */
const CODES: Readonly<Record<number, string>> = { 401: 'UNAUTHORIZED', 403: 'DENIED', 429: 'TOOMANYREQUESTS', 503: 'UNAVAILABLE' };

/**
 * An error with what the registry's clients read besides: `docker` shows the sentence of `errors`, and of any other body
 * only that it could not read it. Everything else passes as it is.
 */
export function addRegistryErrors(error: unknown, challenge: string): unknown {
  if (!(error instanceof ApiError)) return error;
  const { code, detail, extra, headers, status } = error;
  const errors = [{ code: CODES[status] ?? 'UNKNOWN', message: detail }];
  return new ApiError(code, detail, { ...extra, errors }, { ...headers, ...(status === 401 ? { 'WWW-Authenticate': challenge } : {}) });
}

/** How a client is told to prove itself: by its credentials, or by a token that it gets with them. */
export function describeChallenge({ config }: Pick<Hub, 'config'>, { challengeScope }: Pick<Route, 'challengeScope'>): string {
  if (challengeScope === undefined) return 'Basic realm="hookline"';
  return `Bearer realm="${config.publicUrl}/token",service="${REGISTRY_SERVICE}",scope="${challengeScope}"`;
}
