import { ApiError } from './errors.js';

/** What the registry's clients call errors, by status. */
const CODES: Readonly<Record<number, string>> = { 401: 'UNAUTHORIZED', 403: 'DENIED', 429: 'TOOMANYREQUESTS', 503: 'UNAVAILABLE' };

/**
 * An error with what the registry's clients read besides: `docker` shows the sentence of `errors`, and of any other body
 * only that it could not read it. Everything else passes as it is.
 */
export function addRegistryErrors(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  const { code, detail, extra, headers, status } = error;
  const errors = [{ code: CODES[status] ?? 'UNKNOWN', message: detail }];
  const challenge = status === 401 ? { 'WWW-Authenticate': 'Basic realm="hookline"' } : {};
  return new ApiError(code, detail, { ...extra, errors }, { ...headers, ...challenge });
}
