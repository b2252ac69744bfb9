// What the README shows of docker: an unmodified client's login, push and search, and the chain that runs by it.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openDocker, testWithDocker } from '../clients/dockerDaemon.js';
import { readOutput } from '../clients/program.js';
import { destroyAll } from '../helpers/hub.js';
import { packFile } from '../helpers/ociImage.js';
import { pollUntil } from '../helpers/poll.js';
import { tempDir } from '../helpers/ports.js';
import { ADMIN, startRegistryHub, type RegistryHub } from '../helpers/registryHub.js';
import { startReceiver, type Receiver } from '../helpers/receiver.js';
import { summarize, type RunView } from './api.js';
import { HUB, listBlocks, runShell } from './readme.js';
import { HAPPY } from './scenario.js';

const PASSWORD = ADMIN.slice('admin:'.length);
const DOOR = '127.0.0.1:5000';
/** What is another each time, or is told of the terminal's own affairs: a login's file, the progress of layers. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/sha256:[0-9a-f]{8,64}…?/g, 'sha256:DIGEST'], [/^[0-9a-f]{12}: /gm, 'LAYER: '], [/size: \d+/g, 'size: N'], [/"(pushed_at|full_size)":\d+/g, '"$1":0'],
];
const CHATTER = /^(Password:|WARNING!|Configure a credential helper|https:\/\/docs\.docker\.com\/|LAYER: (Preparing|Waiting|Pushing))/;

const docker = await openDocker();

test.after.always(() => docker.daemon.stop());
test.after.always(destroyAll);

function mask(text: string): string {
  return MASKS.reduce((masked, [pattern, word]) => masked.replaceAll(pattern, word), text);
}

/** Lines of a client, without its chatter. */
function readLines(text: string): string[] {
  return mask(text.replaceAll('\r', '')).split('\n').map((line) => line.trim()).filter((line) => line !== '' && !CHATTER.test(line));
}

/** Cells of a table by its header: older clients show a column more. */
function readTable(lines: readonly string[], wanted: readonly string[]): string[][] {
  const [header = '', ...rows] = lines;
  const starts = wanted.map((name) => header.indexOf(name));
  const ends = starts.map((start) => /^\S+\s*/.exec(header.slice(start))?.[0].length ?? 0).map((width, index) => (starts[index] ?? 0) + width);
  return rows.map((row) => starts.map((start, index) => row.slice(start, start + (ends[index] ?? 0) - start).trim()));
}

/** Makes the repository and the chain of the chapter before; the receivers are ours. */
async function makeChain(t: ExecutionContext, { url, dataDir }: RegistryHub): Promise<Receiver[]> {
  const [tests, deploy] = [await startReceiver(t, HAPPY), await startReceiver(t, HAPPY)];
  const [prelude] = await listBlocks('A first chain by curl');
  const text = (prelude?.text ?? '').replaceAll(HUB, url).replace('"password":"…"', `"password":"${PASSWORD}"`)
    .replace('http://127.0.0.1:9000/tests', tests.url).replace('http://127.0.0.1:9000/deploy', deploy.url);
  t.regex(await runShell([text], { cwd: dataDir }), /"slug":"ship"/);
  return [tests, deploy];
}

/** A docker client with a home of its own, and the image that the README's reader has. */
async function prepareClient(t: ExecutionContext): Promise<{ dir: string; env: Record<string, string> }> {
  const dir = await tempDir(t);
  const env = { HOME: dir, DOCKER_CONFIG: join(dir, '.docker'), DOCKER_HOST: docker.daemon.socket };
  await mkdir(env.DOCKER_CONFIG);
  await writeFile(join(dir, 'layer.tar'), packFile('busybox', 'not really'));
  await readOutput('docker', ['import', join(dir, 'layer.tar'), 'busybox'], { env });
  return { dir, env };
}

testWithDocker(docker)('docker login, push and search of the README come about as they are shown there, and the chain runs', async (t) => {
  t.timeout(600_000);
  const hub = await startRegistryHub(t);
  const [tests, deploy] = await makeChain(t, hub);
  const { dir, env } = await prepareClient(t);
  const [commands, output, payload, search] = (await listBlocks('docker push')).map(({ text }) => text.replaceAll(DOOR, hub.door));
  const [login = '', ...rest] = (commands ?? '').trim().split('\n');

  // The password is asked for at a terminal alone.
  const greeted = await readOutput('script', ['-qec', login, '/dev/null'], { env, input: `${PASSWORD}\n`, prompt: 'Password:' });
  const pushed = await runShell(rest, { cwd: dir, env: { ...process.env, ...env } });
  t.deepEqual([...readLines(greeted), ...readLines(pushed)], readLines(output ?? ''));

  const run = await pollUntil('the end of the chain', async () => {
    const { results: [first] } = await hub.api.get<{ results: RunView[] }>('/v2/repositories/admin/app/runs/');
    return first?.finished ? first : undefined;
  });
  t.deepEqual(summarize(run), { state: 'success', deliveries: ['success', 'success'] });
  t.deepEqual([tests?.requests.length, deploy?.requests.length], [1, 1]);
  const { push_data } = (await tests?.request())?.payload ?? {};
  t.deepEqual(JSON.parse(mask(JSON.stringify({ push_data }))), JSON.parse(`{${mask(payload ?? '')}}`));
  t.regex(pushed, new RegExp(`1.0: digest: ${push_data?.digest ?? 'none'} size: `));

  t.log(pushed, JSON.stringify({ push_data }));
  const [command = '', ...table] = (search ?? '').trim().split('\n');
  const found = (await runShell([command.replace(/^\$ /, '')], { cwd: dir, env: { ...process.env, ...env } })).trim().split('\n');
  const columns = ['NAME', 'DESCRIPTION', 'STARS', 'OFFICIAL'];
  t.deepEqual(readTable(found, columns), readTable(table, columns));
  t.is(table.length, 2);
});
