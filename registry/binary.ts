import { buildProgram, type GoProgram } from '../programs/build.js';
import { findPinned, findProgram, type FindOptions, type SoughtProgram } from '../programs/find.js';
import { lastLine } from '../programs/runCommand.js';

/** The version that registry/go.mod pins: the one that is built. */
export const REGISTRY_VERSION = '3.1.1';

const REGISTRY: GoProgram = {
  name: 'CNCF Distribution',
  folder: 'registry',
  package: 'github.com/distribution/distribution/v3/cmd/registry',
  version: REGISTRY_VERSION,
  versionVariable: 'github.com/distribution/distribution/v3/version.version',
  needs: { time: '1 to 4 minutes on two cores', space: 'about 2 GB' },
  otherWays: 'put a registry or docker-registry binary (Distribution 2.8.2 or newer) on PATH, or set HOOKLINE_REGISTRY to the URL of a registry that runs already',
};

const SOUGHT: SoughtProgram = {
  commands: ['registry', 'docker-registry'],
  version: REGISTRY_VERSION,
  findFault,
  provide: (options) => buildProgram(REGISTRY, options),
};

/** The oldest release of each line that holds no fault of authorization in what we use of it. */
const OLDEST: readonly (readonly [number, number, number])[] = [[2, 8, 2], [3, 0, 0]];

/**
 * A path of a CNCF Distribution: `registry` or `docker-registry` on PATH, else the cached one, else a build with Go,
 * which leaves it in the cache.
 * @throws ProgramUnavailableError saying what to do when no way works.
 */
export async function findRegistry(options: FindOptions): Promise<string> {
  return findProgram(SOUGHT, options);
}

/** The same without a look at PATH: the version that registry/go.mod pins. */
export async function findPinnedRegistry(options: FindOptions): Promise<string> {
  return findPinned(SOUGHT, options);
}

/** Other programs are called `registry` too: it is Distribution where it names that project as its own. */
function findFault(output: string): string | undefined {
  const [, major, minor, patch, label = ''] = /^\S+ github\.com\/(?:docker|distribution)\/distribution\S* v?(\d+)\.(\d+)\.(\d+)(\S*)/m.exec(output) ?? [];
  if (major === undefined) return `it is not CNCF Distribution (${lastLine(output)})`;
  const found = [major, minor, patch].map(Number);
  const oldest = OLDEST.find(([line]) => line === found[0]);
  const isRelease = !label.startsWith('-');
  if (oldest ? isRelease && compare(found, oldest) >= 0 : Number(major) > 3) return undefined;
  return `it is ${found.join('.')}${label}, and ${OLDEST.map((version) => version.join('.')).join(' or ')}, or a newer release, is needed`;
}

function compare(found: readonly number[], wanted: readonly number[]): number {
  return wanted.map((part, index) => (found[index] ?? 0) - part).find((difference) => difference !== 0) ?? 0;
}
