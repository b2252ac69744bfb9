import { readFileSync } from 'node:fs';

interface PackageFile {
  readonly version: string;
}

// Compiled files lie one level deeper than the package file, in dist/.
const file = new URL('../package.json', import.meta.url);

/** This release's version, as package.json has it. */
export const VERSION: string = (JSON.parse(readFileSync(file, 'utf8')) as PackageFile).version;
