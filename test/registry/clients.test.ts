// Clients' own programs at the token server and a registry that trusts it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { UserRow } from '../../db/users.js';
import { openDocker } from '../clients/dockerDaemon.js';
import { runProgram, type Outcome } from '../clients/program.js';
import { startApi, type ApiOptions, type TestApi } from '../helpers/api.js';
import { buildCollaborator, buildRepository, buildUser, QUICK_HASH } from '../helpers/builders.js';
import { packFile, writeImage } from '../helpers/ociImage.js';
import { tempDir } from '../helpers/ports.js';
import { testWithRegistries } from '../helpers/registryLines.js';
import { startRegistryServer } from '../helpers/registryServer.js';

const engine = await openDocker();

interface Place {
  readonly api: TestApi;
  /** The registry's host and port. */
  readonly host: string;
  readonly dir: string;
  readonly owner: UserRow;
}

test.after.always(() => engine.daemon.stop());

/** A hub, a registry whose tokens come from it, and somebody with the password `password`. */
async function startPlace(t: ExecutionContext, file: string, options?: ApiOptions): Promise<Place> {
  const api = await startApi(t, options);
  const server = await startRegistryServer(t, file, api.hub.registryKeys.caFile, `http://127.0.0.1:${api.port}/token`);
  return { api, host: new URL(server.url).host, dir: await tempDir(t), owner: await buildUser(api.db, { password_hash: QUICK_HASH }) };
}

function creds(user: UserRow | undefined, secret = 'password'): string[] {
  return user ? ['--creds', `${user.username}:${secret}`] : ['--no-creds'];
}

const SKOPEO = ['skopeo'];

/** skopeo by somebody, or by nobody. */
function useSkopeo({ host, dir }: Place) {
  // skopeo does not write into a directory that another one has begun.
  let count = 0;
  const run = async (...args: string[]): Promise<Outcome> => runProgram('skopeo', ['--insecure-policy', ...args], { env: { HOME: dir, REGISTRY_AUTH_FILE: join(dir, 'auth.json') } });
  const direct = (user: UserRow | undefined, way: 'src' | 'dest') => creds(user).map((word) => word.replace(/^--/, `--${way}-`));
  return {
    run,
    push: async (name: string, user?: UserRow) => run('copy', '--dest-tls-verify=false', ...direct(user, 'dest'), `oci:${join(dir, 'image')}:latest`, `docker://${host}/${name}`),
    pull: async (name: string, user?: UserRow) => run('copy', '--src-tls-verify=false', ...direct(user, 'src'), `docker://${host}/${name}`, `dir:${join(dir, `pulled${(count += 1)}`)}`),
    remove: async (name: string, user?: UserRow) => run('delete', '--tls-verify=false', ...creds(user), `docker://${host}/${name}`),
    login: async (username: string, password: string) => run('login', '--tls-verify=false', '-u', username, '-p', password, host),
  };
}

testWithRegistries('skopeo: login with the right password, and not with a wrong one', async (t, { file }) => {
  const place = await startPlace(t, file);
  const { login } = useSkopeo(place);
  const wrong = await login(place.owner.username, 'wrong');
  t.not(wrong.code, 0);
  t.regex(wrong.errors, /invalid username\/password/);
  t.is((await login(place.owner.username, 'password')).code, 0);
}, SKOPEO);

testWithRegistries('skopeo: a push into one’s own namespace passes before there is a repository, elsewhere it does not', async (t, { file }) => {
  const place = await startPlace(t, file);
  const { push } = useSkopeo(place);
  await writeImage(join(place.dir, 'image'), ['one', 'two']);
  const pushed = await push(`${place.owner.username}/new:1.0`, place.owner);
  t.is(pushed.code, 0, pushed.errors);
  const stranger = await buildUser(place.api.db, { password_hash: QUICK_HASH });
  for (const user of [stranger, undefined]) t.not((await push(`${place.owner.username}/other:1.0`, user)).code, 0);
}, SKOPEO);

testWithRegistries('skopeo: anybody pulls what is public, and what is private answers like what does not exist', async (t, { file }) => {
  const place = await startPlace(t, file);
  const { owner, api } = place;
  const { push, pull } = useSkopeo(place);
  await writeImage(join(place.dir, 'image'), ['one', 'two']);
  const [open, hidden] = [await buildRepository(api.db, { owner }), await buildRepository(api.db, { owner, is_private: true })];
  for (const { name } of [open, hidden]) t.is((await push(`${owner.username}/${name}:1.0`, owner)).code, 0);
  const stranger = await buildUser(api.db, { password_hash: QUICK_HASH });
  t.is((await pull(`${owner.username}/${open.name}:1.0`)).code, 0);
  t.is((await pull(`${owner.username}/${hidden.name}:1.0`, owner)).code, 0);
  for (const user of [undefined, stranger]) {
    const answers = await Promise.all([hidden.name, 'missing'].map(async (name) => ({ name, ...(await pull(`${owner.username}/${name}:1.0`, user)) })));
    const [one, other] = answers.map(({ name, code, errors }) => ({ code, errors: errors.replace(/time="[^"]*"/, '').replaceAll(name, 'NAME') }));
    t.not(one?.code, 0);
    t.deepEqual(one, other);
  }
}, SKOPEO);

testWithRegistries('skopeo: a collaborator pushes and deletes nothing, its owner deletes', async (t, { file }) => {
  const place = await startPlace(t, file);
  const { owner, api } = place;
  const { push, remove, pull } = useSkopeo(place);
  await writeImage(join(place.dir, 'image'), ['one', 'two']);
  const repository = await buildRepository(api.db, { owner, is_private: true });
  const collaborator = await buildCollaborator(api.db, repository);
  await api.db('users').where({ id: collaborator.id }).update({ password_hash: QUICK_HASH });
  const name = `${owner.username}/${repository.name}:1.0`;
  const pushed = await push(name, collaborator);
  t.is(pushed.code, 0, pushed.errors);
  t.not((await remove(name, collaborator)).code, 0);
  t.is((await pull(name, collaborator)).code, 0);
  const removed = await remove(name, owner);
  t.is(removed.code, 0, removed.errors);
  t.not((await pull(name, owner)).code, 0);
}, SKOPEO);

testWithRegistries('docker: login keeps no password, a push without a free slot says why, and an ended login is over', async (t, { file }) => {
  const { api, host, dir, owner } = await startPlace(t, file, { privateLimits: { user: 1, organization: 0 } });
  await mkdir(join(dir, 'home'));
  const env = { HOME: join(dir, 'home'), DOCKER_CONFIG: join(dir, 'home') };
  const docker = async (args: readonly string[], input = '') => runProgram('docker', ['-H', engine.daemon.socket, ...args], { env, input });
  const login = async (password: string) => docker(['login', '--username', owner.username, '--password-stdin', host], password);
  const wrong = await login('wrong');
  t.regex(wrong.errors, /unauthorized: Incorrect authentication credentials/);
  t.is((await login('password')).code, 0);
  const config = await readFile(join(dir, 'home', 'config.json'), 'utf8');
  t.regex(config, /identitytoken/);
  t.false(config.includes(Buffer.from(`${owner.username}:password`).toString('base64')));
  await writeFile(join(dir, 'layer.tar'), packFile('file', 'text'));
  const [first, second] = [`${host}/${owner.username}/first:1.0`, `${host}/${owner.username}/second:1.0`];
  for (const name of [first, second]) t.is((await docker(['import', join(dir, 'layer.tar'), name])).code, 0);
  const pushed = await docker(['push', first]);
  t.is(pushed.code, 0, pushed.errors);
  await buildRepository(api.db, { owner, name: 'first', is_private: true });
  const refused = await docker(['push', second]);
  t.regex(refused.errors, /denied: .*second would be a new private repository, and .* uses 1 of 1/);
  t.is((await docker(['pull', first])).code, 0);
  await api.db('registry_logins').delete();
  const over = await docker(['push', first]);
  t.not(over.code, 0);
  t.regex(over.errors, /unauthorized: The registry login has ended: log in again/);
}, [], engine.fault);
