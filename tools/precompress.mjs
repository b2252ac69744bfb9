// What the pages' build writes is compressed once, here, and served as it lies: the hub compresses nothing while it answers.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TEXT = /\.(html|js|css|svg|json|map|txt|webmanifest)$/;
/** Smaller files gain nothing. */
const SMALLEST = 512;

/** Writes `FILE.br` and `FILE.gz` beside every text below a folder; where that saves nothing the file stands alone. */
export function precompress(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && TEXT.test(entry.name));
  for (const path of entries.map((entry) => join(entry.parentPath ?? entry.path, entry.name))) {
    if (statSync(path).size < SMALLEST) continue;
    const bytes = readFileSync(path);
    const brotli = brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
    const gzip = gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION });
    if (brotli.length < bytes.length) writeFileSync(`${path}.br`, brotli);
    if (gzip.length < bytes.length) writeFileSync(`${path}.gz`, gzip);
  }
}
