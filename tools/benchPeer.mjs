// Puts the peer of the bench into the cache, pinned by version and hash in bench/peer/npm/. No part of the product.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { copyFile, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fromRoot, importBuilt, run, say, ToolError } from './run.mjs';

const FILES = ['package.json', 'package-lock.json'];
const SOURCES = fromRoot('bench', 'peer', 'npm');
/** Its SDK wants this one or newer. */
const NODE_MAJOR = 22;

/** Fetches what is missing; answers where it lies, and the Node to run it with. */
export async function providePeer(dataDir) {
  const { loadConfig } = await importBuilt('config.js');
  const hash = createHash('sha256');
  for (const file of FILES) hash.update(readFileSync(join(SOURCES, file)));
  const packages = join(loadConfig().cacheDir, `peer-${hash.digest('hex').slice(0, 12)}`);
  if (!existsSync(packages)) await install(packages);
  mkdirSync(dataDir);
  return { plan: { packages, dataDir }, execPath: findNode(packages) };
}

/** The folder appears by a rename, so what is half made is never found. */
async function install(target) {
  say('Fetching the peer from npm (once, 400 MB).');
  mkdirSync(join(target, '..'), { recursive: true });
  const dir = await mkdtemp(`${target}-new-`);
  try {
    for (const file of FILES) await copyFile(join(SOURCES, file), join(dir, file));
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    if ((await run('npm', args, { cwd: dir, waiting: 'still installing' })) !== 0) throw new ToolError('npm could not fetch the peer: it needs the npm registry once.');
    renameSync(dir, target);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function findNode(packages) {
  if (Number(process.versions.node.split('.')[0]) >= NODE_MAJOR) return process.execPath;
  const own = join(packages, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (!existsSync(own)) throw new ToolError(`The peer wants Node ${NODE_MAJOR} or newer, and there is none for ${process.platform} ${process.arch} among its packages.`);
  return own;
}
