import { withSpan } from '../tracing.js';
import type { Poster, PostResult } from './post.js';

/**
 * A poster whose calls are spans. Of the receiver they name host and port; no path, and nothing of the body. The trace
 * is not told to the receiver: it may be that of a caller, and a receiver is somebody else.
 */
export function tracePoster(poster: Poster): Poster {
  return {
    close: poster.close,
    post(request) {
      const { hostname, port, protocol } = new URL(request.url);
      const attributes = { 'http.request.method': 'POST', 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) };
      return withSpan({ name: 'POST', kind: 'client', attributes }, async (span) => {
        const result = await poster.post(request);
        span.setAttributes(describe(result));
        return result;
      });
    },
  };
}

function describe(result: PostResult): Record<string, string | number> {
  if (result.kind === 'refused') return { 'error.type': 'address_forbidden' };
  if (result.kind === 'failed') return { 'error.type': result.error };
  return { 'http.response.status_code': result.status, ...(result.status >= 400 ? { 'error.type': String(result.status) } : {}) };
}
