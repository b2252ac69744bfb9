import helmet from 'helmet';
import type { Middleware } from 'koa';

/** What no answer of ours may do in a browser; a page that needs styles or images sets a policy of its own. */
export const STRICT_POLICY = {
  'default-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'none'"],
  'frame-ancestors': ["'none'"],
} as const;

/** A year, in seconds. */
const HSTS_AGE = 365 * 86_400;

/**
 * Headers of every answer, errors included: nothing is sniffed, framed, or run, and no address leaves in a referrer. A
 * hub that is public by TLS alone says so for its own host; what else stands under the domain is not ours to say.
 */
export function setSecurityHeaders({ publicUrl }: { readonly publicUrl: string }): Middleware {
  const isSecure = new URL(publicUrl).protocol === 'https:';
  const protect = helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { ...STRICT_POLICY } },
    frameguard: { action: 'deny' },
    strictTransportSecurity: isSecure && { maxAge: HSTS_AGE, includeSubDomains: false },
  });
  return async ({ req, res }, next) => {
    await new Promise<void>((resolve, reject) => {
      protect(req, res, (error) => (error === undefined ? resolve() : reject(error instanceof Error ? error : new Error('helmet failed'))));
    });
    await next();
  };
}
