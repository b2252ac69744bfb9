import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readMetrics } from './read.js';

/** Slow senders are cut, in milliseconds. */
const TIMEOUT = 10_000;

export interface MetricsOptions {
  readonly address: { readonly host: string; readonly port: number };
  /** What whoever reads must bring as `Authorization: Bearer …`; undefined: nothing. */
  readonly token: string | undefined;
  /** Hears of faults of ours; whoever scrapes gets a 500. */
  readonly onFault: (error: unknown) => void;
}

/**
 * Listens for whoever scrapes: `GET /metrics` and nothing else, on an address of its own, because that of the API is
 * open to everybody.
 * @throws an Error that names the address where it is taken or not ours.
 */
export async function openMetrics({ address: { host, port }, token, onFault }: MetricsOptions): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer({ headersTimeout: TIMEOUT, requestTimeout: TIMEOUT }, (request, response) => {
    answer(request, response, token).catch((error: unknown) => {
      onFault(error);
      end(response, 500, 'The metrics could not be written; the log tells why\n');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      const reason = code === 'EADDRINUSE' ? 'is in use: stop what listens there, or' : `cannot be used (${message}):`;
      reject(new Error(`The address ${host}:${port} of the metrics ${reason} set HOOKLINE_METRICS_ADDRESS.`));
    });
    server.listen(port, host, resolve);
  });
  const bound = server.address();
  return { port: typeof bound === 'object' && bound ? bound.port : port, close: () => close(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse, token: string | undefined): Promise<void> {
  const [path] = (request.url ?? '').split('?');
  if (path !== '/metrics') return end(response, 404, 'Only /metrics is here\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') return end(response.setHeader('Allow', 'GET, HEAD'), 405, 'Only GET is offered\n');
  if (!isAllowed(request.headers.authorization, token)) {
    return end(response.setHeader('WWW-Authenticate', 'Bearer realm="hookline metrics"'), 401, 'Send the token of HOOKLINE_METRICS_TOKEN\n');
  }
  const { text, type } = await readMetrics();
  end(response.setHeader('Content-Type', type), 200, text);
}

function isAllowed(header: string | undefined, token: string | undefined): boolean {
  if (token === undefined) return true;
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(header ?? '') ?? [];
  return timingSafeEqual(hash(given), hash(token));
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function end(response: ServerResponse, status: number, text: string): void {
  if (!response.hasHeader('Content-Type')) response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.writeHead(status).end(text);
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
