import { findProgram, type FindOptions } from '../programs/find.js';
import { lastLine } from '../programs/runCommand.js';
import { buildTemporal, TEMPORAL_VERSION } from './build.js';
import { downloadTemporal } from './download.js';

/** Older ones lack flags that the dev server is started with. */
const OLDEST_VERSION = [1, 9] as const;

/**
 * A path of a working Temporal CLI: the one on PATH, else the cached one, else a download, else a build with Go.
 * The last two leave it in the cache, so that they happen once.
 * @throws ProgramUnavailableError saying what to do when no way works.
 */
export async function findTemporal(options: FindOptions): Promise<string> {
  return findProgram({
    commands: ['temporal'],
    version: TEMPORAL_VERSION,
    findFault,
    async provide(options) {
      if (!(await downloadTemporal({ ...options, version: TEMPORAL_VERSION }))) await buildTemporal(options);
    },
  }, options);
}

function findFault(output: string): string | undefined {
  const [, major, minor] = /^temporal version v?(\d+)\.(\d+)/m.exec(output) ?? [];
  if (major === undefined) return `it tells no version (${lastLine(output)})`;
  const newer = Number(major) - OLDEST_VERSION[0] || Number(minor) - OLDEST_VERSION[1];
  return newer >= 0 ? undefined : `it is ${major}.${minor}, and ${OLDEST_VERSION.join('.')} or newer is needed`;
}
