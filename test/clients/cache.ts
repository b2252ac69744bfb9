import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../config.js';

/** The sources of what is here; compiled tests lie in dist/test/clients/. */
const SOURCES = fileURLToPath(new URL('../../../test/clients/', import.meta.url));
/** What pins the clients by version and hash: other contents, another folder in the cache. */
const PINS = [
  'hub-tool/go.mod', 'hub-tool/go.sum', 'terraform/go.mod', 'terraform/main.go', 'terraform/answers.go',
  'conformance/go.mod', 'conformance/go.sum',
  'npm/package.json', 'npm/package-lock.json', 'npm/renovate.json',
];

function hashPins(): string {
  const hash = createHash('sha256');
  for (const pin of PINS) hash.update(`\0${pin}\0`).update(readFileSync(join(SOURCES, pin)));
  return hash.digest('hex').slice(0, 12);
}

/** Where the clients lie that are not part of this repository. */
export const CLIENTS_DIR = join(loadConfig().cacheDir, `clients-${hashPins()}`);

/** What `npm test` puts there: programs, and a folder of npm packages. */
const PLACES = {
  'hub-tool': join(CLIENTS_DIR, 'hub-tool'),
  terraform: join(CLIENTS_DIR, 'terraform'),
  conformance: join(CLIENTS_DIR, 'conformance'),
  npm: join(CLIENTS_DIR, 'npm', 'node_modules'),
} as const;

/**
 * The file or folder of a client.
 * @throws Error that says what to do where it is not there.
 */
export function findClient(name: keyof typeof PLACES): string {
  const place = PLACES[name];
  if (existsSync(place)) return place;
  throw new Error(`${name} is not in the cache: run npm test, which fetches it and says why where it cannot (${place})`);
}

/** A file of these tests that is not compiled. */
export function findSource(path: string): string {
  return join(SOURCES, path);
}
