import { buildProgram, type GoProgram, type ProvisionOptions } from '../programs/build.js';

/** The version that temporal/go.mod pins: the one that is downloaded or built. */
export const TEMPORAL_VERSION = '1.9.1';

const TEMPORAL: GoProgram = {
  name: 'Temporal',
  folder: 'temporal',
  package: 'github.com/temporalio/cli/cmd/temporal',
  version: TEMPORAL_VERSION,
  versionVariable: 'github.com/temporalio/cli/internal/temporalcli.Version',
  needs: { time: '4 to 7 minutes on two cores', space: 'about 4 GB' },
  otherWays: 'put a temporal binary (1.9 or newer) on PATH, or set TEMPORAL_ADDRESS to a Temporal server that runs already',
};

/**
 * Builds the Temporal CLI from temporal/go.mod.
 * @throws ProgramUnavailableError
 */
export async function buildTemporal(options: ProvisionOptions): Promise<void> {
  await buildProgram(TEMPORAL, options);
}
