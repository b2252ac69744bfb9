// What every tool needs first: a fitting Node, the installed packages, the compiled sources.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build } from './compile.mjs';
import { fromRoot, run, say, ToolError } from './run.mjs';

const OLDEST_NODE = [20, 19];
/** Notes which package-lock.json the node_modules were installed from. */
const STAMP = fromRoot('node_modules', '.hookline-lock');
/** npm's own note; npm writes it moments before package-lock.json. */
const NPM_STAMP = fromRoot('node_modules', '.package-lock.json');
const LOCK = fromRoot('package-lock.json');
const NPM_SLACK_MS = 10_000;

/**
 * Checks the Node version and installs the packages when they are missing or older than package-lock.json.
 * Throws a ToolError with one sentence when that fails.
 */
export async function ensureInstalled() {
  checkNode();
  const hash = createHash('sha256').update(readFileSync(LOCK)).digest('hex');
  if (isInstalled(hash)) return;
  say('Installing the packages (npm ci; once, about two minutes: sqlite3 is compiled from source).');
  const [command, ...args] = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const code = await run(command, [...args, 'ci', '--no-audit', '--no-fund'], { waiting: 'still installing', env: withHeaders() });
  if (code !== 0) {
    throw new ToolError(
      'npm ci failed, see above. Where sqlite3 did not compile: it needs python3, make and a C++ compiler '
      + '(Debian: apt-get install python3 make g++).',
    );
  }
  writeFileSync(STAMP, hash);
}

/** Where Node came with its C headers, sqlite3 is compiled with those and nothing is downloaded for it. */
function withHeaders() {
  const nodedir = resolve(dirname(process.execPath), '..');
  return existsSync(join(nodedir, 'include', 'node', 'node.h')) ? { npm_config_nodedir: nodedir, ...process.env } : process.env;
}

/** Compiles what changed and bundles the workflows; throws a ToolError when the types are wrong. */
export async function ensureBuilt() {
  await build();
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new ToolError(`Hookline needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
}

function isInstalled(hash) {
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash) return true;
  // Installed by hand, not by this tool: npm's note must then be as young as the lock file.
  if (!existsSync(NPM_STAMP) || statSync(NPM_STAMP).mtimeMs + NPM_SLACK_MS < statSync(LOCK).mtimeMs) return false;
  writeFileSync(STAMP, hash);
  return true;
}
