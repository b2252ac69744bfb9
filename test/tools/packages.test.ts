import { execFile } from 'node:child_process';
import { chmod, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { findOnPath } from '../helpers/programs.js';
import { must } from '../helpers/builders.js';
import { tempDir } from '../helpers/ports.js';

// Compiled tests lie in dist/test/tools/.
const MODULE = new URL('../../../tools/packages.mjs', import.meta.url).href;
const TOOL = `const { ensurePrograms } = await import('${MODULE}'); await ensurePrograms(); console.log('ready');`;

/** A folder that is all of PATH, with what the tool itself needs and with these scripts for `sh`. */
async function buildPath(t: ExecutionContext, scripts: Readonly<Record<string, string>>): Promise<string> {
  const dir = await tempDir(t);
  for (const program of ['sh', 'env', 'touch', 'chmod']) await symlink(must(findOnPath(program), program), join(dir, program));
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(join(dir, name), `#!${join(dir, 'sh')}\n${script}\n`);
    await chmod(join(dir, name), 0o755);
  }
  return dir;
}

/** Runs the tool; answers what it printed, whether it failed or not. */
async function ensure(path: string, choice = ''): Promise<string> {
  const env = { PATH: path, TEST_PROGRAMS: choice };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', TOOL], { env })
    .catch((error: unknown) => error as { stdout: string; stderr: string });
  return stdout + stderr;
}

/** Installs as apt-get does: docker.io has the client in it. */
const APT = `echo "$* $DEBIAN_FRONTEND" >> "$PATH/log"
for name in "$@"; do case $name in
  docker.io) touch "$PATH/dockerd" "$PATH/docker"; chmod +x "$PATH/dockerd" "$PATH/docker";;
  postgresql) touch "$PATH/pg_createcluster"; chmod +x "$PATH/pg_createcluster";;
  prometheus) touch "$PATH/promtool"; chmod +x "$PATH/promtool";;
  python3-pip) touch "$PATH/pip3"; chmod +x "$PATH/pip3";;
  systemd) touch "$PATH/systemd-analyze"; chmod +x "$PATH/systemd-analyze";;
  chromium|podman|docker-registry|skopeo|buildah|strace|faketime|haproxy|nginx|docker-compose) touch "$PATH/$name"; chmod +x "$PATH/$name";;
esac; done`;
const SUDO = 'shift; exec "$@"';

test('programs that are not on PATH are installed, each by its package, after an update', async (t) => {
  const path = await buildPath(t, { 'apt-get': APT, sudo: SUDO, podman: '' });
  t.regex(await ensure(path, 'required'), /^Installing [^\n]+\nready\n$/);
  const asked = (await readFile(join(path, 'log'), 'utf8')).trim().split('\n');
  const install = (name: string) => `-qq install --yes --no-install-recommends ${name} noninteractive`;
  const installed = ['chromium', 'docker.io', 'docker-registry', 'skopeo', 'buildah', 'postgresql', 'strace', 'faketime', 'prometheus', 'haproxy', 'nginx', 'docker-compose', 'systemd', 'python3-pip'];
  t.deepEqual(asked, ['-qq update noninteractive', ...installed.map(install)]);
  t.is(await ensure(path, 'required'), 'ready\n');
});

test('where nothing can be installed, it is said what to install by hand', async (t) => {
  const path = await buildPath(t, { podman: '' });
  t.regex(await ensure(path), /^Tests of chromium, dockerd, docker, docker-registry, skopeo, buildah, postgres, strace, faketime, promtool, haproxy, nginx, docker-compose, systemd-analyze, pip3 will be skipped: .*apt-get install chromium docker\.io docker-cli docker-registry skopeo buildah postgresql strace faketime prometheus haproxy nginx docker-compose systemd python3-pip\)\.\nready\n$/);
  t.regex(await ensure(path, 'required'), /not on PATH: install them by hand/);
});

test('an installation that fails is said too', async (t) => {
  const path = await buildPath(t, { 'apt-get': 'exit 100', sudo: SUDO });
  t.regex(await ensure(path), /\nTests of chromium, podman, dockerd, docker, docker-registry, skopeo, buildah, postgres, strace, faketime, promtool, haproxy, nginx, docker-compose, systemd-analyze, pip3 will be skipped: .*\nready\n$/);
});

test('TEST_PROGRAMS=off leaves the machine as it is', async (t) => {
  const path = await buildPath(t, { 'apt-get': APT, sudo: SUDO });
  t.is(await ensure(path, 'off'), 'ready\n');
  await t.throwsAsync(readFile(join(path, 'log')), { code: 'ENOENT' });
});
