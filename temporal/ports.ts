import { createServer } from 'node:net';
import { TemporalUnavailableError } from './errors.js';

/**
 * Checks that nobody listens on the two ports of the dev server.
 * @throws TemporalUnavailableError naming the taken port and the setting that helps.
 */
export async function checkPortsFree(ip: string, port: number, uiPort: number): Promise<void> {
  if (!(await isFree(ip, port))) {
    throw new TemporalUnavailableError(
      `Port ${port} on ${ip} is taken, so Temporal cannot start there. Set TEMPORAL_ADDRESS=${ip}:${port} if that is `
      + 'a Temporal server to be used, or HOOKLINE_TEMPORAL_PORT to a free port.',
    );
  }
  if (!(await isFree(ip, uiPort))) {
    throw new TemporalUnavailableError(
      `Port ${uiPort} on ${ip} is taken, so Temporal's Web UI cannot start there. `
      + 'Set HOOKLINE_TEMPORAL_UI_PORT to a free port, or TEMPORAL_ADDRESS to a Temporal server that runs already.',
    );
  }
}

/** Any other fault than a taken port (a forbidden port, an address that is not of this host) is thrown as it is. */
function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
