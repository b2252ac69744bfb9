import { buildProgram, type GoProgram } from '../programs/build.js';
import { findPinned, type FindOptions } from '../programs/find.js';
import { lastLine } from '../programs/runCommand.js';

/** The server of a cluster that temporal/go.mod pins: the same as the one within the CLI. */
export const SERVER_VERSION = '1.32.0';

const COMMON = {
  folder: 'temporal',
  version: SERVER_VERSION,
  needs: { time: 'half a minute after a build of the CLI, 4 to 7 minutes without one', space: 'about 4 GB' },
} as const;

const SERVER: GoProgram = {
  ...COMMON,
  name: "Temporal's server",
  package: 'go.temporal.io/server/cmd/server',
  otherWays: `use a temporal-server ${SERVER_VERSION} of its makers`,
};

const SQL_TOOL: GoProgram = {
  ...COMMON,
  name: "Temporal's SQL tool",
  package: 'go.temporal.io/server/cmd/tools/sql',
  otherWays: `use a temporal-sql-tool ${SERVER_VERSION} of its makers`,
};

/** What a cluster is run with. */
export interface ClusterPrograms {
  readonly server: string;
  readonly sqlTool: string;
}

/**
 * The pinned temporal-server and temporal-sql-tool, from the cache or built with Go and left there.
 * @throws ProgramUnavailableError saying what to do.
 */
export async function findClusterPrograms(options: FindOptions): Promise<ClusterPrograms> {
  const find = (command: string, program: GoProgram): Promise<string> => findPinned({
    commands: [command],
    version: SERVER_VERSION,
    findFault,
    provide: (target) => buildProgram(program, target),
  }, options);
  // One after the other: the second build finds most of what the first has compiled.
  const sqlTool = await find('temporal-sql-tool', SQL_TOOL);
  return { sqlTool, server: await find('temporal-server', SERVER) };
}

function findFault(output: string): string | undefined {
  const [, version] = /version (\d+\.\d+\.\d+)\s*$/m.exec(output) ?? [];
  return version === SERVER_VERSION ? undefined : `it is not ${SERVER_VERSION} (${lastLine(output)})`;
}
