import test, { type ExecutionContext } from 'ava';
import { findOnPath, findProgram } from './programs.js';

/** A line of Distribution that a hub may have under it. */
export interface RegistryLine {
  readonly major: 2 | 3;
  readonly file: string;
}

/** Both lines: Debian's, and the one that a hub builds for itself and leaves in its cache. Undefined: it is not on this machine. */
const LINES: readonly { readonly title: string; readonly major: 2 | 3; readonly file: string | undefined }[] = [
  { title: 'Distribution 2.8', major: 2, file: findOnPath('docker-registry') },
  { title: 'Distribution 3.1', major: 3, file: findProgram('registry') },
];

/**
 * Declares a test for each line of Distribution that needs these programs besides; where one is not there it is skipped
 * by name, as it is for a fault that the caller has found.
 */
export function testWithRegistries(
  title: string, body: (t: ExecutionContext, line: RegistryLine) => Promise<void>, needs: readonly string[] = [], fault?: string,
): void {
  const missing = needs.filter((program) => findOnPath(program) === undefined);
  for (const { title: line, major, file } of LINES) {
    const absent = [...missing, ...(file === undefined ? [line] : [])].map((name) => `there is no ${name}`);
    const faults = [...absent, ...(fault === undefined ? [] : [fault])];
    if (file !== undefined && faults.length === 0) test(`${title} (${line})`, async (t) => body(t, { file, major }));
    else test.skip(`${title} (${line}; not run: ${faults.join(', ')})`, () => undefined);
  }
}
