// The pages: checked by the compiler, bundled into dist/web/, compressed there once.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { precompress } from './precompress.mjs';
import { findProgram, fromRoot, run, ToolError } from './run.mjs';

const SOURCES = fromRoot('web');
const TARGET = fromRoot('dist', 'web');
const HASH = fromRoot('dist', 'web.hash');
/** What they are made of beside their own sources: another version of these makes other pages. */
const MADE_OF = [fromRoot('package-lock.json'), fromRoot('tools', 'pages.mjs'), fromRoot('tools', 'precompress.mjs'), fromRoot('tsconfig.json')];

/** Builds the pages where anything they are made of has changed; throws a ToolError where tsc finds a fault. A few seconds. */
export async function buildPages() {
  const hash = hashSources();
  if (existsSync(join(TARGET, 'index.html')) && existsSync(HASH) && readFileSync(HASH, 'utf8') === hash) return;
  const code = await run(process.execPath, [findProgram('typescript'), '--project', join(SOURCES, 'tsconfig.json')]);
  if (code !== 0) throw new ToolError('The pages do not compile, see above.');
  const fresh = fromRoot('dist', `web.${process.pid}`);
  await bundle(fresh);
  precompress(fresh);
  // A hub that runs meanwhile finds either all of the pages before or all of the new ones.
  rmSync(TARGET, { recursive: true, force: true });
  renameSync(fresh, TARGET);
  writeFileSync(HASH, hash);
}

/** Vite says `production` to its whole process, and what is started afterwards, npm among it, is not to hear that. */
async function bundle(outDir) {
  const { NODE_ENV: before } = process.env;
  const { build } = await import('vite');
  await build(describeBuild(outDir));
  if (before === undefined) delete process.env.NODE_ENV;
  else process.env.NODE_ENV = before;
}

/** One script and one style sheet with the hash of their content in the name; nothing inline, nothing from elsewhere. */
function describeBuild(outDir) {
  return {
    root: SOURCES,
    configFile: false,
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: 'es2022', cssTarget: ['chrome123', 'firefox120', 'safari17.5'], reportCompressedSize: false },
  };
}

function hashSources() {
  const entries = readdirSync(SOURCES, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = [...entries.map((entry) => join(entry.parentPath ?? entry.path, entry.name)), ...MADE_OF].sort();
  const hash = createHash('sha256');
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(file));
  return hash.digest('hex');
}
