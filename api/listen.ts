import { createServer, type Server, type ServerResponse } from 'node:http';
import type Koa from 'koa';
import type { Address } from '../config.js';
import { describeServer, HUB_TIMEOUTS, refuseAmbiguous } from '../edge.js';

/** A request that does not end keeps the process no longer than this, in milliseconds. */
const CLOSE_DEADLINE = 10_000;
/** How often connections that have become idle are looked for meanwhile, in milliseconds. */
const IDLE_LOOK = 50;

/** A listening API. */
export interface Listening {
  readonly port: number;
  /** Takes no new connections, finishes requests under way, closes idle sockets. */
  close(): Promise<void>;
}

/** Listens for HTTP. @throws an Error that names the address where it is taken or not ours. */
export async function listen(app: Koa, { host, port }: Address, timeouts = HUB_TIMEOUTS): Promise<Listening> {
  const handle = app.callback();
  const underWay = new Set<ServerResponse>();
  const server = createServer(describeServer(timeouts), (request, response) => {
    if (refuseAmbiguous(request, response)) return;
    if (!server.listening) response.setHeader('Connection', 'close');
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
    void handle(request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new Error(describeListenError(error, host, port))));
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  return { port: typeof bound === 'object' && bound ? bound.port : port, close: () => close(server, underWay) };
}

function describeListenError({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const address = `${host}:${port}`;
  if (code === 'EADDRINUSE') return `The address ${address} is in use: stop what listens there, or set HOOKLINE_ADDRESS.`;
  if (code === 'EADDRNOTAVAIL' || code === 'EACCES') return `The address ${address} cannot be used here (${code}): set HOOKLINE_ADDRESS.`;
  return `Cannot listen on ${address}: ${message}`;
}

async function close(server: Server, underWay: ReadonlySet<ServerResponse>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Those that keep their connection would send the next request to nobody.
  for (const response of underWay) if (!response.headersSent) response.setHeader('Connection', 'close');
  const look = setInterval(() => server.closeIdleConnections(), IDLE_LOOK);
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), CLOSE_DEADLINE);
  await closed;
  clearTimeout(timer);
  clearInterval(look);
}
