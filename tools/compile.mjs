// Compiles into dist/, drops compiled files without a source, bundles the workflows, builds the pages.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildPages } from './pages.mjs';
import { findProgram, fromRoot, run, say, ToolError } from './run.mjs';

/** Without and with tracing: what each is made of beside the workflows themselves. */
const BUNDLES = [
  { file: fromRoot('dist', 'workflows.bundle.js'), modules: [fromRoot('dist', 'workflows', 'origin.js')] },
  {
    file: fromRoot('dist', 'workflows.traced.bundle.js'),
    modules: [fromRoot('dist', 'workflows', 'origin.js'), '@temporalio/interceptors-opentelemetry/lib/workflow-interceptors'],
  },
];
const BUNDLE_HASH = fromRoot('dist', 'workflows.bundle.hash');
const COMPILED = /\.js(\.map)?$/;

/** Compiles, cleans, bundles, builds the pages; throws a ToolError when tsc finds a fault. Half a minute at most, less after a change. */
export async function build() {
  removeStale();
  if (!existsSync(fromRoot('dist', 'main.js'))) say('Compiling.');
  const code = await run(process.execPath, [findProgram('typescript'), '--project', fromRoot('tsconfig.json')]);
  if (code !== 0) throw new ToolError('The sources do not compile, see above.');
  await bundleWorkflows();
  await buildPages();
}

/** Compiled files whose source is gone must neither run as tests nor be imported by mistake. Two tools may do so at once. */
function removeStale() {
  for (const path of listCompiled('')) {
    const source = fromRoot(path.replace(COMPILED, '.ts'));
    if (!isBundle(fromRoot('dist', path)) && !existsSync(source)) rmSync(fromRoot('dist', path), { force: true });
  }
}

function isBundle(path) {
  return BUNDLES.some(({ file }) => file === path);
}

/** Paths below dist/ of all compiled files, sorted. */
function listCompiled(folder) {
  const dir = fromRoot('dist', folder);
  if (!existsSync(dir)) return [];
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  // The pages have a build of their own, which clears up after itself.
  return paths.filter((path) => COMPILED.test(path)).map((path) => path.slice(fromRoot('dist').length + 1)).filter((path) => !path.startsWith('web/')).sort();
}

/** A bundle fits only the SDK version that made it, so the versions are part of the hash. */
async function bundleWorkflows() {
  const hash = hashWorkflows();
  if (BUNDLES.every(({ file }) => existsSync(file)) && existsSync(BUNDLE_HASH) && readFileSync(BUNDLE_HASH, 'utf8') === hash) return;
  const { bundleWorkflowCode, DefaultLogger } = await import('@temporalio/worker');
  const workflowsPath = fromRoot('dist', 'workflows', 'index.js');
  for (const { file, modules } of BUNDLES) {
    const { code } = await bundleWorkflowCode({ workflowsPath, workflowInterceptorModules: modules, logger: new DefaultLogger('WARN') });
    writeFileSync(file, code);
  }
  writeFileSync(BUNDLE_HASH, hash);
}

function hashWorkflows() {
  const sdk = ['worker', 'interceptors-opentelemetry'].map((name) => readFileSync(fromRoot('node_modules', '@temporalio', name, 'package.json')));
  const files = listCompiled('workflows').filter((path) => path.endsWith('.js'));
  const hash = createHash('sha256').update(Buffer.concat(sdk)).update(JSON.stringify(BUNDLES.map(({ modules }) => modules)));
  for (const path of files) hash.update(`\0${path}\0`).update(readFileSync(fromRoot('dist', path)));
  return hash.digest('hex');
}
