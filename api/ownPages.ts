import { ApiError } from './errors.js';
import type { Hub } from './hub.js';
import type { Route } from './route.js';
import { isAnonymous } from './routeErrors.js';

/** What a page of ours sends with all that changes something; a form or a page of another site cannot. */
export const OWN_PAGE_HEADER = 'x-hookline-request';

/**
 * Whether a browser's session counts here. Not at the registry's addresses, nor where others call: what they are shown
 * is a password or a token, and a cookie that came along by itself is neither.
 */
export function takesCookie(route: Pick<Route, 'path' | 'may' | 'isCalledByOthers'>): boolean {
  return route.path.startsWith('/v2/') && !isAnonymous(route);
}

/** Whether a request by cookie must show that a page of the hub makes it. */
export function changesSomething({ method }: Pick<Route, 'method'>): boolean {
  return method !== 'GET';
}

/**
 * A cookie is sent by the browser whoever's page asks, so the request must show that it is ours. `Sec-Fetch-Site` is
 * the browser's own word, and no page can forge it; browsers that do not say it, as on plain connections to another
 * machine, name the page's origin.
 * @throws ApiError 403
 */
export function requireOwnPage({ publicUrl }: Pick<Hub['config'], 'publicUrl'>, headers: Readonly<Record<string, string | undefined>>): void {
  const { 'sec-fetch-site': site, origin } = headers;
  if (headers[OWN_PAGE_HEADER] !== '1') throw new ApiError('cross_site', 'A request by cookie needs the header X-Hookline-Request: 1');
  if (site !== undefined && site !== 'same-origin') throw new ApiError('cross_site', `The request comes from another site (Sec-Fetch-Site: ${site.slice(0, 40)})`);
  const own = new URL(publicUrl).origin;
  if (site === undefined && origin !== undefined && origin !== own) throw new ApiError('cross_site', `The request comes from another address than the hub's: open ${own}`);
}
