import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Address } from '../config.js';
import { describeServer, DOOR_TIMEOUTS, endLingering, refuseAmbiguous, type Timeouts } from '../edge.js';
import type { Logger } from '../log.js';
import { createForwarder } from './forward.js';
import type { FindOfficial } from './names.js';
import { refuse } from './refusal.js';
import type { Upstream } from './upstream.js';

/** What a request still sends after its answer is listened to for so long, in milliseconds. */
const LINGER = 30_000;
/** A connection on which not one byte moved for so long is closed, in milliseconds: the registry may hash a large layer meanwhile. */
const IDLE_TIMEOUT = 15 * 60_000;
/** Clients keep connections between requests; proxies in front reuse theirs for about a minute. Milliseconds. */
const KEEP_ALIVE_TIMEOUT = 75_000;
/** Transfers under way at the end get so long to finish, in milliseconds. */
const CLOSE_DEADLINE = 10_000;

/** What the hub itself answers here: its search, and the catalog, which the registry would answer with every name. */
const OWN_PATHS: ReadonlySet<string> = new Set(['/v1/_ping', '/v1/search', '/v2/_catalog']);

/** What stands on both sides of the door. */
export interface DoorOptions {
  readonly address: Address;
  readonly publicUrl: string;
  readonly upstream: Upstream;
  /** The hub's application. */
  readonly hub: RequestListener;
  /** How many proxies of the operator write `X-Forwarded-For` in front of the door. */
  readonly trustedProxies: number;
  /** Official repositories are asked for by one name alone. */
  readonly findOfficial: FindOfficial;
  readonly log: Logger;
  /** How soon slow senders are cut. */
  readonly timeouts?: Timeouts & { readonly linger: number };
}

/** An open door. */
export interface Door {
  readonly port: number;
  /** Takes no new connections and lets transfers under way finish, for ten seconds. */
  close(): Promise<void>;
}

/**
 * Listens where clients look for the registry: passes `/v2/` through in both directions as it comes, and answers the
 * search and the catalog by the hub's application.
 * @throws an Error that names the address where it is taken or not ours.
 */
export async function openDoor({ address, hub, publicUrl, timeouts, ...options }: DoorOptions): Promise<Door> {
  const forward = createForwarder({ ...options, publicUrl: new URL(publicUrl) });
  const handle = (request: IncomingMessage, response: ServerResponse, waits: boolean): void => {
    if (refuseAmbiguous(request, response)) return;
    if (!server.listening) response.setHeader('Connection', 'close');
    endLingering(request, response, linger);
    const path = readPath(request.url);
    if (path !== undefined && OWN_PATHS.has(path)) {
      if (waits) response.writeContinue();
      hub(request, response);
    } else if (path === '/v2' || path?.startsWith('/v2/')) forward(request, response, waits);
    else refuse(request, response, 'NOT_FOUND');
  };
  const { linger, ...slow } = timeouts ?? { ...DOOR_TIMEOUTS, linger: LINGER };
  const server = createServer({ ...describeServer(slow), keepAliveTimeout: KEEP_ALIVE_TIMEOUT }, (request, response) => handle(request, response, false));
  server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => handle(request, response, true));
  server.setTimeout(IDLE_TIMEOUT);
  await listen(server, address);
  const bound = server.address();
  return { port: typeof bound === 'object' && bound ? bound.port : address.port, close: () => close(server) };
}

/**
 * The path as the registry would read it, so that no spelling of a path of ours gets past: decoded, without doubled
 * slashes and dots. Undefined for what is no path.
 */
function readPath(target = ''): string | undefined {
  const [raw = ''] = target.split('?');
  if (!raw.startsWith('/')) return undefined;
  try {
    const decoded = decodeURIComponent(raw).replace(/\/{2,}/g, '/');
    const { pathname } = new URL(`http://door${decoded.replace(/[?#\\]/g, '_')}`);
    return pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname;
  } catch (error) {
    if (error instanceof URIError || error instanceof TypeError) return undefined;
    throw error;
  }
}

async function listen(server: Server, { host, port }: Address): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const reason = code === 'EADDRINUSE' ? 'is in use: stop what listens there, or' : `cannot be used (${message}):`;
      reject(new Error(`The registry's address ${host}:${port} ${reason} set HOOKLINE_REGISTRY_ADDRESS.`));
    });
    server.listen(port, host, resolve);
  });
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_DEADLINE);
  await closed;
  clearTimeout(timer);
}
