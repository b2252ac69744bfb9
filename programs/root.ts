import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The project root: the nearest directory above this file that holds package.json. It works from the source and from
 * `dist/`, whatever the working directory is.
 * @throws Error where there is none, that is, in a broken installation.
 */
export function findProjectRoot(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (let dir = here; ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'package.json'))) return dir;
    if (dirname(dir) === dir) throw new Error(`No package.json above ${here}: the installation is incomplete.`);
  }
}
