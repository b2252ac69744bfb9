import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { Middleware, ParameterizedContext } from 'koa';
import send from 'send';
import { ApiError } from './errors.js';
import type { Route } from './route.js';

/**
 * What the pages may do in a browser: their own scripts and styles, as files, and requests to the hub they came from.
 * Nothing inline, nothing of another host.
 */
export const PAGE_POLICY = [
  "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "connect-src 'self'", "font-src 'self'",
  "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
].join(';');

/** The files below this path have the hash of what is in them in their names: another content is another file. */
const HASHED = '/assets/';
const FOREVER = 'public, max-age=31536000, immutable';
/** No dots at the beginning of a name, nothing encoded: what is asked for is a file of the build or nothing. */
const ASSET = /^\/assets(\/[\w-][\w.-]*)+$/;
/** Icons and the like, beside the document. */
const ROOT_FILE = /^\/[\w-]+\.[a-z0-9]+$/;
const ENDINGS: Readonly<Record<string, string>> = { br: '.br', gzip: '.gz' };
/** The first parts of paths that no route begins with, and that no page shall either. */
const KEPT_FREE = ['metrics', 'assets'] as const;

/** Where the first part of a path leads to the API and never to a page. */
export function listApiRoots(routes: readonly Pick<Route, 'path'>[]): ReadonlySet<string> {
  return new Set([...KEPT_FREE, ...routes.map(({ path }) => path.split('/')[1] ?? '')]);
}

/**
 * Serves the pages: their files, and for every address that begins like none of the API's the one document whose
 * script knows the address. Only who asks for a document gets it, as browsers do; programs get the API's words. Where
 * the folder is missing there are no pages.
 */
export function servePages(folder: string, routes: readonly Pick<Route, 'path'>[]): Middleware {
  const roots = listApiRoots(routes);
  return async (ctx, next) => {
    const name = findName(ctx, roots);
    const file = name === undefined ? undefined : await findFile(ctx, folder, name);
    if (file) await sendFile(ctx, folder, file);
    else await next();
  };
}

function findName(ctx: ParameterizedContext, roots: ReadonlySet<string>): string | undefined {
  const { method, path } = ctx;
  if (method !== 'GET' && method !== 'HEAD') return undefined;
  if (ASSET.test(path)) return path;
  if (roots.has(path.split('/')[1] ?? '')) return undefined;
  if (ROOT_FILE.test(path)) return path;
  // Whoever takes anything, as curl does, is no browser that wants a document.
  return ctx.accepts('json', 'html') === 'html' ? '/index.html' : undefined;
}

/** A file of the build: how it is called for, and, where it is compressed, how. */
interface PageFile {
  readonly name: string;
  readonly encoding: string | undefined;
}

/** The file as it lies there in the form that the caller reads best. */
async function findFile(ctx: ParameterizedContext, folder: string, name: string): Promise<PageFile | undefined> {
  const wanted = ctx.acceptsEncodings('br', 'gzip', 'identity');
  for (const encoding of [wanted === false || wanted === 'identity' ? undefined : wanted, undefined]) {
    const found = await stat(join(folder, `${name}${ENDINGS[encoding ?? ''] ?? ''}`)).catch(() => undefined);
    if (found?.isFile()) return { name, encoding };
  }
  return undefined;
}

function describeFile({ name, encoding }: PageFile): Record<string, string> {
  const isDocument = name.endsWith('.html');
  return {
    'Cache-Control': name.startsWith(HASHED) ? FOREVER : 'no-cache',
    Vary: isDocument ? 'Accept, Accept-Encoding' : 'Accept-Encoding',
    ...(isDocument ? { 'Content-Security-Policy': PAGE_POLICY } : {}),
    ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
  };
}

/** Validators and conditional requests are the library's; ends with the answer. */
async function sendFile(ctx: ParameterizedContext, folder: string, file: PageFile): Promise<void> {
  const path = `${file.name}${ENDINGS[file.encoding ?? ''] ?? ''}`;
  ctx.status = 200;
  await new Promise<void>((resolve, reject) => {
    ctx.res.once('close', resolve);
    send(ctx.req, path, { root: folder, index: false, dotfiles: 'ignore', cacheControl: false, acceptRanges: false })
      .on('headers', () => {
        ctx.set(describeFile(file));
        // Of the file itself, not of the ending that tells how it is compressed.
        ctx.type = extname(file.name);
      })
      // A build that runs meanwhile takes files away. What has begun cannot be taken back.
      .on('error', () => (ctx.res.headersSent ? ctx.res.destroy() : reject(new ApiError('not_found'))))
      .pipe(ctx.res);
  });
}
