import type { Middleware } from 'koa';
import { isUnavailable } from '../db/errors.js';
import type { Logger } from '../log.js';
import { ApiError } from './errors.js';

const RETRY_AFTER = '5';

/** The one place where errors end: ours as their catalogue says, everything else logged whole and sent bare. */
export function handleErrors(log: Logger): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const known = error instanceof ApiError ? error : translate(log, error, `${ctx.method} ${ctx.path}`);
      ctx.status = known.status;
      ctx.body = known.toBody();
      ctx.state['code'] = known.code;
      ctx.set({ ...known.headers });
      if (known.status === 401 && !known.headers['WWW-Authenticate']) ctx.set('WWW-Authenticate', 'Bearer realm="hookline"');
      if (known.status === 503) ctx.set('Retry-After', RETRY_AFTER);
      // What is left of a refused body is not read.
      if (known.status === 413) ctx.set('Connection', 'close');
    }
  };
}

function translate(log: Logger, error: unknown, request: string): ApiError {
  if (isUnavailable(error)) {
    log.error({ err: error, request: redact(request) }, 'the database is not available');
    return new ApiError('database_unavailable');
  }
  log.error({ err: error, request: redact(request) }, 'unexpected error');
  return new ApiError('internal_error');
}

/** What no route has answered: an unknown address, or a known one with another method. */
export const refuseUnmatched: Middleware = async (ctx, next) => {
  await next();
  if (ctx.status === 404) throw new ApiError('not_found', 'There is nothing at this address');
  if (ctx.status === 405 || ctx.status === 501) throw new ApiError('method_not_allowed');
};

/** A path without the token of a callback and the addresses that others call. */
export function redact(path: string): string {
  return path.replace(/\/hook\/[^/]+/, '/hook/…').replace(/\/(sources|inbound|receive)\/[^/]+/, '/$1/…');
}
