// What the whole is for: an image is pushed by a client that knows nothing of us, and its chain runs.
import { join } from 'node:path';
import test from 'ava';
import { runProgram } from '../clients/program.js';
import { destroyAll, type Hub } from '../helpers/hub.js';
import { layOutImage, layOutIndex } from '../helpers/ociImage.js';
import { pollUntil } from '../helpers/poll.js';
import { tempDir } from '../helpers/ports.js';
import { testWith } from '../helpers/programs.js';
import type { Behaviour } from '../helpers/receiver.js';
import { ADMIN, startRegistryHub } from '../helpers/registryHub.js';
import { startSkopeo } from '../helpers/skopeo.js';
import { summarize, type RunView } from './api.js';
import { buildScenario, HAPPY, type Scenario } from './scenario.js';

test.after.always(destroyAll);

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

/** A tag, once its platforms are read. */
async function waitForTag({ repository }: Scenario, hub: Hub, name: string): Promise<TagView> {
  return pollUntil('the platforms of the tag', async () => {
    const tag = await hub.api.get<TagView>(`${repository.path}/tags/${name}/`);
    return tag.images[0]?.architecture === 'amd64' && tag;
  });
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
    const hub = await startRegistryHub(t);
    const scenario = await buildScenario(t, hub.api, behaviours);
    const skopeo = await startSkopeo(t, hub.door);
    const { digest, loaded } = await layOutImage(join(skopeo.dir, 'layout'), ['one', 'two']);
    const pushed = await skopeo.pushLayout(`${scenario.repository.fullName}:1.0`, ADMIN, join(skopeo.dir, 'layout'));
    t.is(pushed.code, 0, pushed.errors);
    t.deepEqual(summarize(await waitForRun(scenario, hub)), expected);
    t.deepEqual(scenario.calls(), calls);
    const { payload } = await scenario.receiver(1).request();
    t.like(payload.push_data, { tag: '1.0', digest, pusher: 'admin', images: [digest], full_size: loaded });
    const tag = await waitForTag(scenario, hub, '1.0');
    t.like(tag, { digest, last_updater_username: 'admin', full_size: loaded });
    t.deepEqual(tag.images.map(({ architecture, size }) => [architecture, size]), [['amd64', loaded]]);
  });
}

testWith('skopeo')('an index of two platforms is one push, with the images and sizes that the registry has', async (t) => {
  const hub = await startRegistryHub(t);
  const scenario = await buildScenario(t, hub.api, [HAPPY]);
  const skopeo = await startSkopeo(t, hub.door);
  const { digest, mediaType, images } = await layOutIndex(join(skopeo.dir, 'layout'), ['amd64', 'arm64']);
  const pushed = await skopeo.pushLayout(`${scenario.repository.fullName}:multi`, ADMIN, join(skopeo.dir, 'layout'));
  t.is(pushed.code, 0, pushed.errors);
  t.like(summarize(await waitForRun(scenario, hub)), { state: 'success' });
  t.deepEqual(scenario.calls(), [1]);
  const digests = images.map((image) => image.digest);
  const { payload } = await scenario.receiver(1).request();
  t.like(payload.push_data, { tag: 'multi', digest, media_type: mediaType, pusher: 'admin', images: digests });
  // It may have been read before the call was made, or not.
  t.true([null, images[0]?.loaded].includes(payload.push_data.full_size));
  const tag = await waitForTag(scenario, hub, 'multi');
  t.like(tag, { digest, full_size: images[0]?.loaded });
  t.deepEqual(tag.images.map(({ architecture, size }) => [architecture, size]), [['amd64', images[0]?.loaded], ['arm64', images[1]?.loaded]]);
});

testWith('buildah')('podman logs in and pulls what buildah built and pushed, and the chain runs', async (t) => {
  const hub = await startRegistryHub(t);
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
