// Compiles into dist/, drops compiled files without a source, bundles the workflows.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, fromRoot, run, say, ToolError } from './run.mjs';

const BUNDLE = fromRoot('dist', 'workflows.bundle.js');
const BUNDLE_HASH = fromRoot('dist', 'workflows.bundle.hash');
const COMPILED = /\.js(\.map)?$/;

/** Compiles, cleans, bundles; throws a ToolError when tsc finds a fault. Half a minute at most, less after a change. */
export async function build() {
  removeStale();
  if (!existsSync(fromRoot('dist', 'main.js'))) say('Compiling.');
  const code = await run(process.execPath, [findProgram('typescript'), '--project', fromRoot('tsconfig.json')]);
  if (code !== 0) throw new ToolError('The sources do not compile, see above.');
  await bundleWorkflows();
}

/** Compiled files whose source is gone must neither run as tests nor be imported by mistake. Two tools may do so at once. */
function removeStale() {
  for (const path of listCompiled('')) {
    const source = fromRoot(path.replace(COMPILED, '.ts'));
    if (fromRoot('dist', path) !== BUNDLE && !existsSync(source)) rmSync(fromRoot('dist', path), { force: true });
  }
}

/** Paths below dist/ of all compiled files, sorted. */
function listCompiled(folder) {
  const dir = fromRoot('dist', folder);
  if (!existsSync(dir)) return [];
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return paths.filter((path) => COMPILED.test(path)).map((path) => path.slice(fromRoot('dist').length + 1)).sort();
}

/** A bundle fits only the SDK version that made it, so the version is part of the hash. */
async function bundleWorkflows() {
  const hash = hashWorkflows();
  if (existsSync(BUNDLE) && existsSync(BUNDLE_HASH) && readFileSync(BUNDLE_HASH, 'utf8') === hash) return;
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const workflowsPath = fromRoot('dist', 'workflows', 'index.js');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  writeFileSync(BUNDLE, code);
  writeFileSync(BUNDLE_HASH, hash);
}

function hashWorkflows() {
  const sdk = readFileSync(fromRoot('node_modules', '@temporalio', 'worker', 'package.json'));
  const files = listCompiled('workflows').filter((path) => path.endsWith('.js'));
  const hash = createHash('sha256').update(sdk);
  for (const path of files) hash.update(`\0${path}\0`).update(readFileSync(fromRoot('dist', path)));
  return hash.digest('hex');
}
