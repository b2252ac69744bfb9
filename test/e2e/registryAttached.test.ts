// A registry of the operator's, over https with a certificate that only they know: set up by what the hub prints for it.
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { decodeProtectedHeader } from 'jose';
import { parse, stringify } from 'yaml';
import { createIdentity } from '../clients/certificate.js';
import { readOutput } from '../clients/program.js';
import { destroyAll, startHub, type Hub } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import { freePort, tempDir } from '../helpers/ports.js';
import { ADMIN } from '../helpers/registryHub.js';
import { testWithRegistries, type RegistryLine } from '../helpers/registryLines.js';
import { createChild } from '../helpers/registryServer.js';
import { basic } from '../helpers/registryTokens.js';
import { startSkopeo } from '../helpers/skopeo.js';
import { summarize, type RunView } from './api.js';
import { buildScenario, HAPPY, type Scenario } from './scenario.js';

const KEYS = fileURLToPath(new URL('../../../tools/keys.mjs', import.meta.url));
const PASSWORD = ADMIN.slice('admin:'.length);

test.after.always(destroyAll);

interface Configuration {
  readonly http: object;
  readonly auth: { readonly token: { readonly rootcertbundle: string } & object };
}

/** `npm run keys -- COMMAND` in the hub's environment. */
async function runKeys(command: string, env: Readonly<Record<string, string>>): Promise<string> {
  return readOutput(process.execPath, [KEYS, command], { env: { HOME: process.env['HOME'] ?? '', ...env }, timeoutMs: 300_000 });
}

/** Writes what an operator writes: their own storage, address and certificate, and what the hub has printed. */
async function configure(dir: string, port: number, printed: string): Promise<string> {
  const { http, auth: { token }, ...rest } = parse(printed) as Configuration;
  const [file, authority] = [join(dir, 'config.yml'), join(dir, 'hookline.crt')];
  await copyFile(token.rootcertbundle, authority);
  await writeFile(file, stringify({
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(dir, 'storage') }, delete: { enabled: true } },
    http: { ...http, addr: `127.0.0.1:${port}`, tls: { certificate: join(dir, 'tls.crt'), key: join(dir, 'tls.key') } },
    auth: { token: { ...token, rootcertbundle: authority } },
    ...rest,
  }));
  return file;
}

/** A registry as its operator runs it, and a hub that is told of it. */
async function startAttached(t: ExecutionContext, { file }: RegistryLine) {
  const [dir, dataDir] = [await tempDir(t), await tempDir()];
  const [port, httpPort, doorPort] = [await freePort(), await freePort(), await freePort()];
  const identity = createIdentity('registry.example');
  await writeFile(join(dir, 'tls.crt'), identity.certificate);
  await writeFile(join(dir, 'tls.key'), identity.key);
  const door = `127.0.0.1:${doorPort}`;
  const env = { HOOKLINE_REGISTRY: `https://127.0.0.1:${port}`, HOOKLINE_REGISTRY_ADDRESS: door, NODE_EXTRA_CA_CERTS: join(dir, 'tls.crt') };
  const own = { ...env, HOOKLINE_DATA_DIR: dataDir, HOOKLINE_ADDRESS: `127.0.0.1:${httpPort}` };
  const registry = createChild(t, file, await configure(dir, port, await runKeys('configuration', own)));
  registry.start();
  const hub = await startHub(t, { env, dataDir, httpPort });
  return { hub, registry, door, runKeys: async (command: string) => runKeys(command, own) };
}

/** The newest run of a repository, once there are so many and it is over. */
async function waitForRun({ repository }: Scenario, hub: Hub, count: number): Promise<object> {
  const run = await pollUntil(`the end of run ${count}`, async () => {
    const { results } = await hub.api.get<{ results: RunView[] }>(`${repository.path}/runs/`);
    return results.length === count && results[0]?.finished ? results[0] : undefined;
  }, 60_000);
  return summarize(run);
}

async function readLeaf({ url }: Hub): Promise<unknown> {
  const answer = await fetch(`${url}/token`, { headers: basic('admin', PASSWORD) });
  return decodeProtectedHeader(((await answer.json()) as { token: string }).token).x5c;
}

testWithRegistries('a registry of the operator’s, over https: pushes run the chain, it may be restarted, and keys change under it', async (t, line) => {
  t.timeout(600_000);
  const { hub, registry, door, runKeys } = await startAttached(t, line);
  const scenario = await buildScenario(t, hub.api, [HAPPY, HAPPY, HAPPY]);
  const skopeo = await startSkopeo(t, door);
  const image = (tag: string) => `${scenario.repository.fullName}:${tag}`;
  const push = async (tag: string) => {
    const { digest, code, errors } = await skopeo.push(image(tag), ADMIN, [tag, 'second layer']);
    t.is(code, 0, errors);
    return digest;
  };
  const success = { state: 'success', deliveries: ['success', 'success', 'success'] };
  t.true(hub.process.output.includes('npm run keys -- configuration'));
  t.is((await fetch(`http://${door}/v2/`)).headers.get('www-authenticate'), `Bearer realm="${hub.url}/token",service="hookline-registry"`);

  const first = await push('1.0');
  t.deepEqual(await waitForRun(scenario, hub, 1), success);
  t.like((await scenario.receiver(1).request()).payload.push_data, { tag: '1.0', digest: first, pusher: 'admin', images: [first] });

  await registry.kill();
  const readState = async () => (await hub.api.ask<{ registry: string }>('GET', '/readyz')).body.registry;
  await pollUntil('the registry being away', async () => (await readState()) === 'away');
  t.not((await skopeo.pull(image('1.0'), ADMIN)).code, 0);
  registry.start();
  await pollUntil('the registry being back', async () => (await readState()) === 'ok');
  t.is(await skopeo.findDigest(image('1.0'), ADMIN), first);
  await push('2.0');
  t.deepEqual(await waitForRun(scenario, hub, 2), success);

  const before = await readLeaf(hub);
  t.regex(await runKeys('rotate'), /signed with a new key/);
  t.notDeepEqual(await readLeaf(hub), before);
  await push('3.0');
  t.deepEqual(await waitForRun(scenario, hub, 3), success);
  const removed = await skopeo.remove(image('3.0'), ADMIN);
  t.is(removed.code, 0, removed.errors);
  await pollUntil('the tag is gone here too', async () => (await hub.api.ask('GET', `${scenario.repository.path}/tags/3.0`)).status === 404);
  t.is(await skopeo.findDigest(image('1.0'), ADMIN), first);
}, ['skopeo']);
