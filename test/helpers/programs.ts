import { join } from 'node:path';
import test, { type ImplementationFn } from 'ava';
import { loadConfig } from '../../config.js';
import { REGISTRY_VERSION } from '../../registry/binary.js';
import { findOnPath, isExecutable } from './onPath.js';

export { findOnPath } from './onPath.js';

/**
 * The file of a program, or undefined. `registry` is the one that a hub builds for itself: `npm test` names it in
 * REGISTRY_BINARY, and it lies in the cache after that.
 */
export function findProgram(program: string): string | undefined {
  if (program !== 'registry') return findOnPath(program);
  const cached = join(loadConfig().cacheDir, `registry-${REGISTRY_VERSION}-${process.platform}-${process.arch}`, 'registry');
  return process.env['REGISTRY_BINARY'] ?? [cached].find(isExecutable);
}

/** Declares tests that need a program: where it is not on PATH they are skipped, and their titles say why. */
export function testWith(program: string): (title: string, body: ImplementationFn<[]>) => void {
  if (findOnPath(program) !== undefined) return (title, body) => test(title, body);
  return (title, body) => test.skip(`${title} (not run: there is no ${program} on PATH)`, body);
}
