import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../config.js';

/** Configuration, hooks and pins; compiled tests lie in dist/test/edge/. */
export const SCHEMATHESIS_FILES = fileURLToPath(new URL('../../../test/edge/schemathesis/', import.meta.url));

const pins = createHash('sha256').update(readFileSync(join(SCHEMATHESIS_FILES, 'requirements.txt'))).digest('hex').slice(0, 12);

/** Where schemathesis lies in the cache: other pins, another folder. */
export const SCHEMATHESIS_DIR = join(loadConfig().cacheDir, `schemathesis-${pins}`);
