import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { loadConfig } from '../../config.js';
import { tempDir } from '../helpers/ports.js';
import { testWith } from '../helpers/programs.js';
import { DEPLOY, isClusterThere, SERVER } from './temporalServer.js';

/** 0 is closed, 10 open; what the units reach is 1.3 at most. */
const MOST_EXPOSED = 2;
const COMPOSE = ['--env-file', join(DEPLOY, 'env.example'), '-f', join(DEPLOY, 'compose.yaml')];

/** Both streams of a program that must end well. @throws Error with them where it does not */
async function run(program: string, args: readonly string[], cwd?: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(program, args, { ...(cwd === undefined ? {} : { cwd }) });
  return stdout + stderr;
}

/** The names that the settings of an example file have. */
async function readEnvFile(name: string): Promise<Record<string, string>> {
  const lines = (await readFile(join(DEPLOY, name), 'utf8')).split('\n').filter((line) => /^#?[A-Z0-9_]+=/.test(line));
  return Object.fromEntries(lines.map((line) => line.replace(/^#/, '').split(/=(.*)/s).slice(0, 2) as [string, string]));
}

testWith('systemd-analyze')('the units are valid, and their services are closed', async (t) => {
  const dir = await tempDir(t);
  const units = (await readdir(join(DEPLOY, 'systemd'))).filter((name) => name.endsWith('.service'));
  for (const name of units) {
    const text = await readFile(join(DEPLOY, 'systemd', name), 'utf8');
    // The programs are where an installation has them; the verdict is about all the rest.
    const file = join(dir, name.replace('@.', '@one.'));
    await writeFile(file, text.replace(/^ExecStart=\S+/m, 'ExecStart=/bin/true'));
    t.is((await run('systemd-analyze', ['verify', '--man=no', file])).trim(), '', name);
  }
  for (const name of units) {
    const file = join(dir, name.replace('@.', '@one.'));
    await t.notThrowsAsync(run('systemd-analyze', ['security', '--offline=true', `--threshold=${MOST_EXPOSED * 10}`, '--no-pager', file]), name);
  }
});

testWith('docker-compose')('the compose file is valid, with either shape; the workers can be many', async (t) => {
  const apart = await run('docker-compose', [...COMPOSE, 'config']);
  t.regex(apart, /replicas: 2/);
  const whole = await run('docker-compose', [...COMPOSE, '-f', join(DEPLOY, 'compose.whole.yaml'), 'config']);
  t.regex(whole, /HOOKLINE_NODE: a[^]*HOOKLINE_NODE: b/);
  t.regex(whole, /replicas: 0/);
});

testWith('haproxy')('HAProxy takes its configuration', async (t) => {
  await t.notThrowsAsync(run('haproxy', ['-c', '-f', join(DEPLOY, 'proxy/haproxy.cfg')]));
});

testWith('nginx')('nginx takes its configuration', async (t) => {
  const dir = await tempDir(t);
  await mkdir(join(dir, 'conf.d'));
  await cp(join(DEPLOY, 'proxy/nginx.conf'), join(dir, 'conf.d/hookline.conf'));
  const main = `events {}\npid ${dir}/pid;\nerror_log stderr;\nhttp { access_log off; include ${dir}/conf.d/*.conf; }\n`;
  await writeFile(join(dir, 'nginx.conf'), main);
  t.regex(await run('nginx', ['-t', '-p', dir, '-c', join(dir, 'nginx.conf')]), /test is successful/);
});

(isClusterThere() ? test : test.skip)(`temporal-server knows every key of the dynamic configuration${isClusterThere() ? '' : ' (not run: there is no temporal-server)'}`, async (t) => {
  const said = await run(SERVER, ['validate-dynamic-config', join(DEPLOY, 'temporal/dynamic.yaml')]);
  t.is(said.trim(), join(DEPLOY, 'temporal/dynamic.yaml'), 'no error, no warning');
});

test('the settings of the example are settings of the hub', async (t) => {
  const { UV_THREADPOOL_SIZE, ...settings } = await readEnvFile('hookline.env.example');
  t.true(Number(UV_THREADPOOL_SIZE) > 4);
  const own = Object.fromEntries(Object.entries(settings).filter(([key]) => key.startsWith('HOOKLINE_')));
  t.true(Object.keys(own).length > 4);
  t.is(loadConfig(own).publicUrl, 'https://hub.example');
});
