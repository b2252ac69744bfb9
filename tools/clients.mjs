// Puts the clients that the tests run against a hub, and that are no part of this repository, into the cache:
// each pinned by version and hash in test/clients/. One that cannot be had is named; its tests then say so.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fromRoot, importBuilt, run, say, ToolError } from './run.mjs';

const SOURCES = fromRoot('test', 'clients');
const BUILD = ['build', '-trimpath', '-ldflags', '-s -w'];

/** By name of the entry in the cache: what to say, and how to make it in an empty folder; answers what to keep of it. */
const CLIENTS = {
  'hub-tool': { about: 'hub-tool v0.4.6 with Go (once; about a minute)', make: (dir, sources) => buildGo(dir, sources, 'github.com/docker/hub-tool') },
  terraform: { about: 'the replay of the Terraform provider with Go', make: (dir, sources) => buildGo(dir, sources, '.') },
  conformance: { about: 'the conformance suite of the OCI distribution specification with Go', make: (dir, sources) => buildGo(dir, sources, 'github.com/opencontainers/distribution-spec/conformance') },
  npm: { about: 'docker-hub-api and Renovate’s schema from npm', make: installPackages },
};

/** Needs ensureBuilt() first. Never throws for a client that cannot be had: only its own tests need it. */
export async function provideClients() {
  const { CLIENTS_DIR } = await importBuilt('test/clients/cache.js');
  await mkdir(CLIENTS_DIR, { recursive: true });
  for (const [name, client] of Object.entries(CLIENTS)) {
    try {
      await provide(CLIENTS_DIR, name, client);
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      say(`${name}: ${error.message} The tests of this client will fail.`);
    }
  }
}

/** The entry appears by a rename, so two at once do no harm and what is half made is never found. */
async function provide(cache, name, { about, make }) {
  const target = join(cache, name);
  if (existsSync(target)) return;
  say(`Fetching ${about}.`);
  const dir = await mkdtemp(join(cache, 'new-'));
  try {
    const made = await make(dir, join(SOURCES, name));
    await rename(made, target).catch((error) => { if (!existsSync(target)) throw error; });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function buildGo(dir, cwd, name) {
  const file = join(dir, 'program');
  const options = { cwd, env: { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' }, waiting: 'still building' };
  await runOrExplain('go', [...BUILD, '-o', file, name], options, 'Go could not build it: it needs Go 1.24 or newer and the Go module proxy once.');
  return file;
}

async function installPackages(dir, sources) {
  for (const file of ['package.json', 'package-lock.json']) await copyFile(join(sources, file), join(dir, file));
  const npm = (...args) => runOrExplain('npm', args, { cwd: dir, waiting: 'still installing' }, 'npm could not fetch it: it needs the npm registry once.');
  await npm('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error');
  const { name, version, integrity } = JSON.parse(readFileSync(join(sources, 'renovate.json'), 'utf8'));
  // Of Renovate the package alone, not the hundreds that it asks for: its schema needs zod and nothing else.
  await npm('pack', `${name}@${version}`, '--ignore-scripts', '--silent');
  const archive = join(dir, `${name}-${version}.tgz`);
  const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (found !== integrity) throw new ToolError(`${name}-${version}.tgz is not what was pinned (${found}).`);
  const target = join(dir, 'node_modules', name);
  await mkdir(target);
  await runOrExplain('tar', ['-xzf', archive, '-C', target, '--strip-components=1'], {}, 'tar could not unpack it.');
  await rm(archive);
  return dir;
}

async function runOrExplain(command, args, options, message) {
  const code = await run(command, args, options).catch((error) => {
    if (error.code === 'ENOENT') throw new ToolError(`${command} is not on PATH. ${message}`);
    throw error;
  });
  if (code !== 0) throw new ToolError(message);
}
