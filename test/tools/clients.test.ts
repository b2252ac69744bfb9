import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { tempDir } from '../helpers/ports.js';

// Compiled tests lie in dist/test/tools/.
const MODULE = new URL('../../../tools/clients.mjs', import.meta.url).href;
const TOOL = `const { provideClients } = await import('${MODULE}'); await provideClients(); console.log('ready');`;

/** Runs the tool over an empty cache; answers what it said and the clients that it left there. */
async function provide(cache: string, env: Readonly<Record<string, string>>): Promise<{ said: string; left: string[] }> {
  // What Go has compiled of its own library stays of use; nothing else of this machine's settings does.
  const GOCACHE = process.env['GOCACHE'] ?? join(homedir(), '.cache', 'go-build');
  const own = { HOOKLINE_CACHE_DIR: cache, HOME: cache, GOCACHE, PATH: process.env['PATH'] ?? '', ...env };
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', TOOL], { env: own });
  const folders = (await readdir(cache)).filter((name) => name.startsWith('clients-'));
  const left = await Promise.all(folders.map((folder) => readdir(join(cache, folder))));
  return { said: stdout, left: left.flat().sort() };
}

test('without a network it says what it could not fetch, builds the rest and goes on', async (t) => {
  const cache = await tempDir(t);
  const nobody = 'http://127.0.0.1:1';
  const go = { GOPROXY: nobody, GOFLAGS: '-modcacherw', GOMODCACHE: join(cache, 'modules'), GOTOOLCHAIN: 'local' };
  const npm = { npm_config_registry: nobody, npm_config_cache: join(cache, 'npm'), npm_config_fetch_retries: '0' };
  const { said, left } = await provide(cache, { ...go, ...npm });
  t.regex(said, /^hub-tool: Go could not build it: .*The tests of this client will fail\.$/m);
  t.regex(said, /^npm: npm could not fetch it: .*$/m);
  t.regex(said, /^ready$/m);
  t.deepEqual(left, ['terraform'], 'nothing half made');
});

test('without Go and npm it names them', async (t) => {
  const { said, left } = await provide(await tempDir(t), { PATH: join(dirname(process.execPath), 'nothing') });
  t.regex(said, /^hub-tool: go is not on PATH\./m);
  t.regex(said, /^npm: npm is not on PATH\./m);
  t.deepEqual(left, []);
});
