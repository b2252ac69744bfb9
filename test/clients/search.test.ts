// `podman search` and `docker search`, the programs themselves, against the plain address of a hub.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { destroyAll, listFaults, startHub, tail, type Hub } from '../helpers/hub.js';
import { tempDir } from '../helpers/ports.js';
import { testWith } from '../helpers/programs.js';
import { openDocker, testWithDocker } from './dockerDaemon.js';
import { createRepository, createUser, inventName, type Person } from './place.js';
import { readOutput } from './program.js';

/** A word that only the repositories of this test have. */
const WORD = inventName('word');

const docker = await openDocker();

let hub: Hub;
let host: string;
let dir: string;
let alice: Person;
/** Pull names: one that is starred, one that is official and has the word in its description alone, one that is private. */
let names: { starred: string; official: string; hidden: string };

test.before(async () => {
  hub = await startHub();
  host = new URL(hub.url).host;
  dir = await tempDir();
  alice = await createUser(hub.api);
  const starred = await createRepository(alice, { name: WORD, description: 'a fine tool' });
  await hub.api.post(`${starred.path}/stars/`);
  const official = await createRepository(alice, { description: `like ${WORD}` });
  await hub.api.call('PATCH', `/v2/admin/repositories/${official.fullName}`, { is_official: true });
  const hidden = await createRepository(alice, { name: `${WORD}-hidden`, is_private: true });
  names = { starred: starred.fullName, official: official.fullName.split('/')[1] ?? '', hidden: hidden.fullName };
});
test.after('the hub has logged no fault', async (t) => {
  await hub.process.stop();
  t.deepEqual(listFaults(hub.process.output), []);
});
test.after.always(destroyAll);
test.after.always(async () => {
  await docker.daemon.stop();
  await rm(dir, { recursive: true, force: true });
});
test.afterEach.always((t) => {
  if (!t.passed) t.log(tail(hub.process.output));
});

/** Rows of a table whose columns a tab separates. */
function readRows(text: string): string[][] {
  return text.split('\n').filter((line) => line.trim() !== '').map((line) => line.split('\t').map((cell) => cell.trim()));
}

async function searchByPodman(...args: string[]): Promise<string[][]> {
  const storage = ['--root', join(dir, 'podman'), '--runroot', join(dir, 'podman-run'), '--storage-driver', 'vfs'];
  const format = '{{.Name}}\t{{.Description}}\t{{.Stars}}\t{{.Official}}';
  return readRows(await readOutput('podman', [...storage, 'search', '--tls-verify=false', '--no-trunc', '--format', format, ...args], { env: { HOME: dir } }));
}

testWith('podman')('podman search finds names and descriptions, the best first, and nothing private', async (t) => {
  const found = await searchByPodman(`${host}/${WORD}`);
  t.deepEqual(found, [[`${host}/${names.starred}`, 'a fine tool', '1', ''], [`${host}/${names.official}`, `like ${WORD}`, '0', '[OK]']]);
  t.deepEqual(await searchByPodman('--limit', '1', `${host}/${WORD}`), found.slice(0, 1));
  t.deepEqual(await searchByPodman('--filter', 'stars=1', `${host}/${WORD}`), found.slice(0, 1));
  t.deepEqual((await searchByPodman(`${host}/${names.starred}`))[0], found[0], 'by the whole name');
  t.deepEqual(await searchByPodman(`${host}/${inventName('nothing')}`), []);
});

/** `docker search` of somebody who has logged in to this hub, or of nobody. */
async function searchByDocker(args: readonly string[], login?: Person): Promise<string[][]> {
  const home = join(dir, inventName('home'));
  await mkdir(home);
  // What `docker login` leaves behind.
  const auth = login && Buffer.from(`${login.username}:${login.password}`).toString('base64');
  await writeFile(join(home, 'config.json'), JSON.stringify({ auths: auth ? { [host]: { auth } } : {} }));
  const format = '{{.Name}}\t{{.Description}}\t{{.StarCount}}\t{{.IsOfficial}}';
  return readRows(await readOutput('docker', ['-H', docker.daemon.socket, 'search', '--no-trunc', '--format', format, ...args], { env: { HOME: home, DOCKER_CONFIG: home } }));
}

testWithDocker(docker)('docker search finds the same, and for its owner what is private', async (t) => {
  const found = await searchByDocker([`${host}/${WORD}`]);
  t.deepEqual(found, [[names.starred, 'a fine tool', '1', ''], [names.official, `like ${WORD}`, '0', '[OK]']]);
  t.deepEqual(await searchByDocker(['--limit', '1', `${host}/${WORD}`]), found.slice(0, 1));
  t.deepEqual(await searchByDocker(['--filter', 'stars=1', `${host}/${WORD}`]), found.slice(0, 1));
  t.deepEqual(await searchByDocker(['--filter', 'is-official=true', `${host}/${WORD}`]), found.slice(1));
  t.deepEqual((await searchByDocker([`${host}/${names.starred}`]))[0], found[0], 'by the whole name');
  const own = await searchByDocker([`${host}/${WORD}`], alice);
  t.deepEqual(own.map(([name]) => name).sort(), Object.values(names).sort());
  const wrong = { ...alice, password: 'wrong password' };
  await t.throwsAsync(searchByDocker([`${host}/${WORD}`], wrong), { message: /401/ });
});

test('what dockerd asks (moby daemon/pkg/registry/search.go), so that it is asked where dockerd cannot run', async (t) => {
  const ping = await fetch(`${hub.url}/v1/_ping`);
  t.is(ping.status, 200);
  const ask = async (headers: Record<string, string> = {}) => {
    const response = await fetch(`${hub.url}/v1/search?q=${WORD}&n=25`, { headers: { 'X-Docker-Token': 'true', ...headers } });
    t.is(response.status, 200);
    return (await response.json()) as { query: string; num_results: number; results: Record<string, unknown>[] };
  };
  const answer = await ask();
  t.like(answer, { query: WORD, num_results: 2 });
  t.like(answer.results[0], { name: names.starred, description: 'a fine tool', star_count: 1, is_official: false, is_automated: false });
  const Authorization = `Basic ${Buffer.from(`${alice.username}:${alice.password}`).toString('base64')}`;
  t.is((await ask({ Authorization })).num_results, 3);
});
