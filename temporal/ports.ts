import { ProgramUnavailableError } from '../programs/errors.js';
import { isPortFree } from '../programs/ports.js';

/**
 * Checks that nobody listens on the two ports of the dev server.
 * @throws ProgramUnavailableError naming the taken port and the setting that helps.
 */
export async function checkPortsFree(ip: string, port: number, uiPort: number): Promise<void> {
  if (!(await isPortFree(ip, port))) {
    throw new ProgramUnavailableError(
      `Port ${port} on ${ip} is taken, so Temporal cannot start there. Set TEMPORAL_ADDRESS=${ip}:${port} if that is `
      + 'a Temporal server to be used, or HOOKLINE_TEMPORAL_PORT to a free port.',
    );
  }
  if (!(await isPortFree(ip, uiPort))) {
    throw new ProgramUnavailableError(
      `Port ${uiPort} on ${ip} is taken, so Temporal's Web UI cannot start there. `
      + 'Set HOOKLINE_TEMPORAL_UI_PORT to a free port, or TEMPORAL_ADDRESS to a Temporal server that runs already.',
    );
  }
}
