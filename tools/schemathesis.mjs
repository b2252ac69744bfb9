// Puts schemathesis, which asks the hub what its own API document promises, into the cache: pinned by version and hash
// in test/edge/schemathesis/requirements.txt. Where Python is missing its tests are skipped by name.
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromRoot, importBuilt, run, say } from './run.mjs';

const REQUIREMENTS = fromRoot('test', 'edge', 'schemathesis', 'requirements.txt');
const PIP = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--root-user-action=ignore', '--require-hashes', '--only-binary', ':all:'];

/** Needs ensureBuilt() first. Never throws where it cannot be had. The folder appears by a rename, whole or not at all. */
export async function provideSchemathesis() {
  const { SCHEMATHESIS_DIR: target } = await importBuilt('test/edge/schemathesisPlace.js');
  if (existsSync(target)) return;
  say('Fetching schemathesis with pip (once; half a minute).');
  await mkdir(dirname(target), { recursive: true });
  const dir = await mkdtemp(join(dirname(target), 'new-'));
  try {
    const code = await run('python3', [...PIP, '--target', dir, '--requirement', REQUIREMENTS], { waiting: 'still fetching' })
      .catch((error) => { if (error.code === 'ENOENT') return 127; throw error; });
    if (code === 0) await rename(dir, target).catch((error) => { if (!existsSync(target)) throw error; });
    else say('schemathesis: it needs Python 3.11 or newer, pip and the Python package index once. Its test will be skipped.');
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
