import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';

/** Slow senders are cut, in milliseconds: from the first byte, or the connection, to the end of the headers, and to that of the request. */
export type Timeouts = Required<Pick<ServerOptions, 'headersTimeout' | 'requestTimeout' | 'connectionsCheckingInterval'>>;

/** The hub's own requests are small. */
export const HUB_TIMEOUTS: Timeouts = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1000 };

/** At the registry's door a body may take as long as it takes: a layer of gigabytes comes over a slow line. */
export const DOOR_TIMEOUTS: Timeouts = { ...HUB_TIMEOUTS, requestTimeout: 0 };

/** What an HTTP server of ours is made with. Nothing that only might be HTTP is read, whatever Node was started with. */
export function describeServer(timeouts: Timeouts): ServerOptions {
  return { ...timeouts, insecureHTTPParser: false, requireHostHeader: true };
}

/**
 * Refuses a request that some proxy before us may read in another way than we do, and closes its connection: one that
 * names two hosts (RFC 9112, 3.2), or that is of no version of HTTP that is spoken here. Answers whether it did.
 */
export function refuseAmbiguous({ rawHeaders, httpVersion }: Pick<IncomingMessage, 'rawHeaders' | 'httpVersion'>, response: ServerResponse): boolean {
  const hosts = rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host');
  if (hosts.length < 2 && /^1\.[01]$/.test(httpVersion)) return false;
  response.writeHead(400, { Connection: 'close', 'Content-Length': 0 }).end();
  return true;
}

/**
 * Once a request is answered, what it still sends is dropped, and after `patience` milliseconds its connection with it:
 * whoever was refused holds no connection by sending on.
 */
export function endLingering(request: IncomingMessage, response: ServerResponse, patience: number): void {
  response.once('finish', () => {
    if (request.complete) return;
    const timer = setTimeout(() => request.destroy(), patience);
    request.once('close', () => clearTimeout(timer));
  });
}
