import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import test from 'ava';
import { Webhook } from 'standardwebhooks';
import { destroyAll, startHub, type Hub } from '../helpers/hub.js';
import { freePort, tempDir } from '../helpers/ports.js';
import type { Received } from '../helpers/receiver.js';
import { stopAll } from '../temporal/testServer.js';
import { buildScenario, getSecret, QUIET } from './scenario.js';

test.after.always(destroyAll);
test.after.always(stopAll);

const makeKey = (kid: string) => `${kid}:${randomBytes(32).toString('base64')}`;
// Compiled tests lie in dist/test/e2e/.
const MODULE = new URL('../../../tools/secretKeys.mjs', import.meta.url).href;
const CONFIG = new URL('../../config.js', import.meta.url).href;

interface Said {
  readonly code: number;
  readonly text: string;
}

/** `npm run keys -- COMMAND` beside a hub, without the building before it. */
async function runKeys(command: 'status' | 'reseal', { dataDir }: Pick<Hub, 'dataDir'>, keys: string): Promise<Said> {
  const script = `const keys = await import('${MODULE}'); const { loadConfig } = await import('${CONFIG}'); process.exitCode = await keys.${command}(undefined, loadConfig());`;
  const env = { PATH: process.env['PATH'], HOOKLINE_DATA_DIR: dataDir, HOOKLINE_SECRET_KEYS: keys };
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env, cwd: dataDir });
  return run.then(({ stdout }) => ({ code: 0, text: stdout }), (error: unknown) => {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, text: stdout + stderr };
  });
}

function verify({ raw, headers }: Received, secret: string): unknown {
  return new Webhook(secret).verify(raw, { ...headers });
}

test('keys change on a running hub: all is sealed anew, open chains go on, the old key goes', async (t) => {
  const place = { dataDir: await tempDir(), httpPort: await freePort() };
  const [old, fresh] = [makeKey('old'), makeKey('new')];
  const start = (keys: string) => startHub(t, { ...place, env: { HOOKLINE_SECRET_KEYS: keys, HOOKLINE_LOG_LEVEL: 'info' } });

  const first = await start(old);
  const { repository, receiver, chain } = await buildScenario(t, first.api, [QUIET, QUIET]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  const { name, path } = { name: repository.fullName, path: repository.path };
  await first.process.stop();

  const second = await start(`${fresh},${old}`);
  const missing = await runKeys('status', second, fresh);
  t.is(missing.code, 1);
  t.regex(missing.text, /^old +2 +0 +0 +1, until 2.*IS MISSING from HOOKLINE_SECRET_KEYS$/m);
  const before = await runKeys('status', second, `${fresh},${old}`);
  t.regex(before.text, /^old is still needed: npm run keys -- reseal$/m);
  const done = await runKeys('reseal', second, `${fresh},${old}`);
  t.is(done.code, 0, done.text);
  t.regex(done.text, /^webhooks +2 secret\(s\) sealed anew with new$/m);
  t.regex(done.text, /^new +2 +0 +0 /m);
  t.regex(done.text, /^old is still needed by open callbacks alone$/m);

  t.is((await receiver(1).callBack('success')).status, 200, 'a callback URL of the old key');
  const hop = await receiver(2).request();
  t.truthy(verify(hop, getSecret(chain, 2)), 'a secret that was sealed anew');
  t.is((await receiver(2).callBack('success')).status, 200);
  const api = second.api;
  await api.get(`${path}/runs/${id}/`);
  const after = await runKeys('status', second, `${fresh},${old}`);
  t.regex(after.text, /^No longer needed: old\./m);
  await second.process.stop();

  const third = await start(fresh);
  const { runs: [run] } = await third.api.post<{ runs: { id: string }[] }>(`/v2/repositories/${name}/pushes/`);
  const call = await receiver(1).request(2);
  t.truthy(run && verify(call, getSecret(chain, 1)));
  t.is((await receiver(1).callBack('success', 2)).status, 200);
  t.truthy(verify(await receiver(2).request(2), getSecret(chain, 2)));
  t.is((await receiver(2).callBack('success', 2)).status, 200);
  t.is((await runKeys('status', third, fresh)).code, 0);
  await third.process.stop();
});
