// The hub with a registry of its own, as `npm start -- --registry` runs it: clients, the door, the child.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test from 'ava';
import { runProgram } from '../clients/program.js';
import { destroyAll, startHub } from '../helpers/hub.js';
import { writeImage } from '../helpers/ociImage.js';
import { pollUntil } from '../helpers/poll.js';
import { freePort, tempDir } from '../helpers/ports.js';
import { testWith } from '../helpers/programs.js';
import { isAlive } from '../temporal/testServer.js';
import { readServerPid } from './hubProcess.js';

const MAIN = fileURLToPath(new URL('../../main.js', import.meta.url));
const ADMIN = 'admin:correct horse battery';

test.after.always(destroyAll);

testWith('skopeo')('a hub with a registry: push, pull, catalog; the registry comes back when it is killed, and stops with the hub', async (t) => {
  const port = await freePort();
  const door = `127.0.0.1:${port}`;
  const hub = await startHub(t, { env: { HOOKLINE_REGISTRY: 'embedded', HOOKLINE_REGISTRY_ADDRESS: door } });
  await hub.process.said(`docker push ${door}/admin/app:1.0`);
  t.true(hub.process.output.includes(`docker login ${door} -u admin`));
  const dir = await tempDir(t);
  const digest = await writeImage(join(dir, 'image'), ['one', 'two']);
  const skopeo = async (...args: string[]) => runProgram('skopeo', ['--insecure-policy', ...args], { env: { HOME: dir, REGISTRY_AUTH_FILE: join(dir, 'auth.json') } });
  const pushed = await skopeo('copy', '--dest-tls-verify=false', '--dest-creds', ADMIN, `oci:${join(dir, 'image')}:latest`, `docker://${door}/admin/app:1.0`);
  t.is(pushed.code, 0, pushed.errors);
  const inspect = async () => skopeo('inspect', '--tls-verify=false', '--creds', ADMIN, '--format', '{{.Digest}}', `docker://${door}/admin/app:1.0`);
  t.is((await inspect()).output.trim(), digest);
  t.is((await fetch(`http://${door}/v2/_catalog`)).status, 401);
  const basic = { authorization: `Basic ${Buffer.from(ADMIN).toString('base64')}` };
  t.is((await fetch(`http://${door}/v2/_catalog`, { headers: basic })).status, 200);
  t.is((await fetch(`http://${door}/v1/_ping`)).status, 200);
  const readyz = async () => (await hub.api.ask<{ registry: string; status: string }>('GET', '/readyz')).body;
  t.like(await readyz(), { registry: 'ok', status: 'ok' });
  const [first = 0] = readServerPid(hub.dataDir, 'registry');
  process.kill(first, 'SIGKILL');
  await pollUntil('the registry being away', async () => (await readyz()).registry === 'away');
  t.is((await fetch(`http://${door}/v2/`)).status, 503);
  await pollUntil('the registry being back', async () => (await readyz()).registry === 'ok');
  t.is((await inspect()).output.trim(), digest);
  const [second = 0] = readServerPid(hub.dataDir, 'registry');
  t.not(second, first);
  await hub.process.stop();
  t.false(isAlive(second));
  // What it was told on the way stands in no log.
  t.false(/Bearer [0-9a-f]{64}/.test(hub.process.output));
});

test('a misspelt argument is refused', async (t) => {
  const cwd = await tempDir(t);
  const error = await t.throwsAsync<Error & { code: number; stderr: string }>(promisify(execFile)(process.execPath, [MAIN, '--regsitry'], { cwd }));
  t.is(error.code, 2);
  t.regex(error.stderr, /--regsitry: no such argument/);
});
