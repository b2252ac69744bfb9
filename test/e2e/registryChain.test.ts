// What the whole is for: an image is pushed by a client that knows nothing of us, and its chain runs.
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { runProgram } from '../clients/program.js';
import { destroyAll, startHub, type Hub } from '../helpers/hub.js';
import { writeImage } from '../helpers/ociImage.js';
import { pollUntil } from '../helpers/poll.js';
import { freePort, tempDir } from '../helpers/ports.js';
import { testWith } from '../helpers/programs.js';
import type { Behaviour } from '../helpers/receiver.js';
import { summarize, type RunView } from './api.js';
import { buildScenario, HAPPY, type Scenario } from './scenario.js';

const ADMIN = 'admin:correct horse battery';

test.after.always(destroyAll);

async function startHubWithRegistry(t: ExecutionContext): Promise<Hub & { door: string }> {
  const door = `127.0.0.1:${await freePort()}`;
  const hub = await startHub(t, { env: { HOOKLINE_REGISTRY: 'embedded', HOOKLINE_REGISTRY_ADDRESS: door } });
  return { ...hub, door };
}

/** The run of the repository's only push, once it is over. */
async function waitForRun({ repository }: Scenario, hub: Hub): Promise<RunView> {
  return pollUntil('the run of the push', async () => {
    const { results: [run] } = await hub.api.get<{ results: RunView[] }>(`${repository.path}/runs/`);
    return run && run.finished !== null ? run : undefined;
  });
}

interface TagView {
  readonly digest: string;
  readonly full_size: number;
  readonly last_updater_username: string;
  readonly images: readonly { readonly architecture: string; readonly size: number }[];
}

const CASES: readonly [what: string, behaviours: readonly Behaviour[], expected: object, calls: readonly number[]][] = [
  ['three successes complete', [HAPPY, HAPPY, HAPPY], { state: 'success', deliveries: ['success', 'success', 'success'] }, [1, 1, 1]],
  [
    'a failure at the second stops', [HAPPY, { callback: 'failure' }, HAPPY],
    { state: 'failure', deliveries: ['success', 'failure callback', 'skipped chain_interrupted'] }, [1, 1, 0],
  ],
];
for (const [what, behaviours, expected, calls] of CASES) {
  testWith('skopeo')(`an image is pushed by skopeo, and ${what} its chain of three`, async (t) => {
    const hub = await startHubWithRegistry(t);
    const scenario = await buildScenario(t, hub.api, behaviours);
    const dir = await tempDir(t);
    const digest = await writeImage(join(dir, 'image'), ['one', 'two']);
    const target = `docker://${hub.door}/${scenario.repository.fullName}:1.0`;
    const args = ['--insecure-policy', 'copy', '--dest-tls-verify=false', '--dest-creds', ADMIN, `oci:${join(dir, 'image')}:latest`, target];
    const pushed = await runProgram('skopeo', args, { env: { HOME: dir } });
    t.is(pushed.code, 0, pushed.errors);
    t.deepEqual(summarize(await waitForRun(scenario, hub)), expected);
    t.deepEqual(scenario.calls(), calls);
    const { payload } = await scenario.receiver(1).request();
    t.like(payload.push_data, { tag: '1.0', digest, pusher: 'admin', images: [digest] });
    const tag = await pollUntil('the sizes of the tag', async () => {
      const found = await hub.api.get<TagView>(`${scenario.repository.path}/tags/1.0/`);
      return found.images[0]?.architecture === 'amd64' ? found : undefined;
    });
    t.like(tag, { digest, last_updater_username: 'admin' });
    t.true(tag.full_size > 0 && tag.full_size === tag.images[0]?.size);
  });
}

testWith('buildah')('podman logs in and pulls what buildah built and pushed, and the chain runs', async (t) => {
  const hub = await startHubWithRegistry(t);
  const scenario = await buildScenario(t, hub.api, [HAPPY]);
  const dir = await tempDir(t);
  const image = `${hub.door}/${scenario.repository.fullName}:2.0`;
  const env = { HOME: dir, XDG_RUNTIME_DIR: dir, REGISTRY_AUTH_FILE: join(dir, 'auth.json') };
  const storage = ['--storage-driver', 'vfs', '--root', join(dir, 'root'), '--runroot', join(dir, 'run')];
  const run = async (program: string, ...args: string[]) => {
    const { code, output, errors } = await runProgram(program, args, { env });
    t.is(code, 0, `${program} ${args.join(' ')}: ${errors}`);
    return output.trim();
  };
  const wrong = await runProgram('podman', [...storage, 'login', '--tls-verify=false', '-u', 'admin', '-p', 'wrong', hub.door], { env });
  t.not(wrong.code, 0);
  await run('podman', ...storage, 'login', '--tls-verify=false', '-u', 'admin', '-p', 'correct horse battery', hub.door);
  const container = await run('buildah', ...storage, 'from', 'scratch');
  await run('buildah', ...storage, 'config', '--label', 'made=here', container);
  await run('buildah', ...storage, 'commit', container, image);
  await run('buildah', ...storage, 'push', '--tls-verify=false', image);
  t.like(summarize(await waitForRun(scenario, hub)), { state: 'success' });
  await run('podman', ...storage, 'rmi', '--all', '--force');
  await run('podman', ...storage, 'pull', '--tls-verify=false', image);
  t.like((await scenario.receiver(1).request()).payload.push_data, { tag: '2.0', pusher: 'admin' });
});
