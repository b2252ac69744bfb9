import test, { type ImplementationFn } from 'ava';
import { findOnPath, findProgram } from '../helpers/programs.js';

/** Both lines of Distribution that the hub works with; undefined where this machine has none. */
export const BINARIES = { '2.8': findOnPath('docker-registry'), '3.1.1': findProgram('registry') };

/** Declares a test for each line of Distribution; the title of a skipped one says why. */
export function testEachRegistry(title: string, body: (t: Parameters<ImplementationFn<[]>>[0], binary: string) => Promise<void>): void {
  for (const [version, binary] of Object.entries(BINARIES)) {
    if (binary === undefined) test.skip(`${version}: ${title} (not run: there is no such registry)`, () => undefined);
    else test(`${version}: ${title}`, (t) => body(t, binary));
  }
}
