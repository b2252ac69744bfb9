import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/**
 * Whether nobody listens there. Any other fault than a taken port (a forbidden port, an address that is not of this
 * host) is thrown as it is.
 */
export function isPortFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Below the range from which systems take the ports of outgoing connections (from 32768 on Linux): a port of that range
 * can be lost to any connection between the asking and the use.
 */
const RANGE = { first: 20_000, last: 32_000 };

/** A port that was free a moment ago, drawn at random, so that two hubs that start at once hardly meet. */
export async function drawPort(host: string): Promise<number> {
  for (;;) {
    const port = randomInt(RANGE.first, RANGE.last);
    if (await isPortFree(host, port)) return port;
  }
}
