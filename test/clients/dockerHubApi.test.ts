// npm docker-hub-api 0.8.0: the package itself. Its address is fixed, so a proxy leads that address here.
import test from 'ava';
import { listFaults, tail } from '../helpers/hub.js';
import { findClient, findSource } from './cache.js';
import { converse } from './conversation.js';
import { closeAll, createRepository, inventName, startPlace, type Person, type Place } from './place.js';

let place: Place;
/** Two people for the tests that need no account of their own. */
let alice: Person;
let bob: Person;

test.before(async () => {
  place = await startPlace();
  [alice, bob] = [await place.createUser(), await place.createUser()];
});
test.after('the hub has logged no fault', async (t) => {
  await place.hub.process.stop();
  t.deepEqual(listFaults(place.hub.process.output), []);
});
test.after.always(closeAll);
test.afterEach.always((t) => {
  if (!t.passed) t.log(tail(place.hub.process.output));
});

type Call = <T = Record<string, unknown>>(method: string, ...args: unknown[]) => Promise<T>;

/** A function that calls a method of the package and answers what its promise holds. @throws Error with its reason. */
function load(t: { teardown(clean: () => Promise<void>): void }): Call {
  const env = { HTTPS_PROXY: place.proxy, NODE_EXTRA_CA_CERTS: place.certificate };
  const program = converse(process.execPath, ['--no-deprecation', findSource('npm/dockerHubApi.mjs'), findClient('npm')], env);
  t.teardown(() => program.end());
  return async <T>(...question: unknown[]) => {
    const { error, answer } = (await program.ask(question)) as { error?: string; answer?: T };
    if (error !== undefined) throw new Error(error);
    return answer as T;
  };
}

async function logIn(t: { teardown(clean: () => Promise<void>): void }, { username, password }: Person): Promise<Call> {
  const call = load(t);
  await call('login', username, password);
  return call;
}

test('login, loggedInUser, user, registrySettings, logout', async (t) => {
  const carol = await place.createUser();
  const call = load(t);
  await t.throwsAsync(call('login', carol.username, 'wrong password'), { message: /Incorrect authentication credentials/ });
  t.is(typeof (await call('login', carol.username, carol.password))['token'], 'string');
  const me = await call('loggedInUser');
  t.like(me, { username: carol.username, type: 'User' });
  t.like(await call('user', carol.username.toUpperCase()), { id: me['id'], username: carol.username });
  t.like(await call('registrySettings'), { private_repo_limit: 1, private_repo_used: 0, private_repo_available: 1 });
  await call('logout');
  await t.throwsAsync(call('loggedInUser'), { message: /log in again/ }, 'the session is over');
});

test('repositories: create, read, list, describe, delete', async (t) => {
  const carol = await place.createUser();
  const call = await logIn(t, carol);
  const name = inventName('app');
  const created = await call('createRepository', carol.username, name, { is_private: true, description: 'short', full_description: '# long' });
  t.like(created, { namespace: carol.username, name, is_private: true, description: 'short' });
  await t.throwsAsync(call('createRepository', carol.username, name, {}), { message: /taken/ });
  const changed = await call('setRepositoryDescription', carol.username, name, { full: '# longer', short: 'shorter' });
  t.like(changed, { description: 'shorter', full_description: '# longer' });
  t.like(await call('repository', carol.username, name), { name, full_description: '# longer', has_starred: false });
  const list = await call<{ results: { name: string }[] }>('repositories', carol.username);
  t.deepEqual(list.results.map((one) => one.name), [name]);
  await call('deleteRepository', carol.username, name);
  await t.throwsAsync(call('repository', carol.username, name), { message: /not found/i });
});

test('a private repository is not there for others', async (t) => {
  const { fullName } = await createRepository(alice, { is_private: true });
  const call = await logIn(t, bob);
  await t.throwsAsync(call('repository', ...fullName.split('/')), { message: /not found/i });
});

test('an official repository is found in the namespace library, by itself and by its tags', async (t) => {
  const repository = await createRepository(alice);
  const [, name = ''] = repository.fullName.split('/');
  const call = load(t);
  await t.throwsAsync(call('repository', name), { message: /not found/i }, 'not official yet');
  await place.hub.api.call('PATCH', `/v2/admin/repositories/${repository.fullName}`, { is_official: true });
  await repository.push({ tag: '1.0' });
  t.like(await call('repository', name), { namespace: alice.username, name, is_official: true });
  t.like(await call('repository', '_', name), { name });
  t.deepEqual((await call<{ name: string }[]>('tags', name)).map((tag) => tag.name), ['1.0']);
});

test('tags and deleteTag', async (t) => {
  const repository = await createRepository(alice);
  for (const tag of ['1.0', '2.0', '3.0']) await repository.push({ tag });
  const call = await logIn(t, alice);
  const name = repository.fullName.split('/');
  const list = async (options?: object) => (await call<{ name: string }[]>('tags', ...name, ...(options ? [options] : []))).map((tag) => tag.name);
  t.deepEqual(await list(), ['3.0', '2.0', '1.0']);
  t.deepEqual(await list({ page: 2, perPage: 2 }), ['1.0']);
  await call('deleteTag', ...name, '2.0');
  t.deepEqual(await list(), ['3.0', '1.0']);
});

test('collaborators', async (t) => {
  const { fullName } = await createRepository(alice);
  const call = await logIn(t, alice);
  const name = fullName.split('/');
  t.like(await call('addCollaborator', ...name, bob.username.toUpperCase()), { user: bob.username });
  t.deepEqual((await call<{ user: string }[]>('collaborators', ...name)).map(({ user }) => user), [bob.username]);
  await call('deleteCollaborator', ...name, bob.username);
  t.deepEqual(await call('collaborators', ...name), []);
});

test('stars', async (t) => {
  const carol = await place.createUser();
  const { fullName } = await createRepository(alice);
  const name = fullName.split('/');
  const call = await logIn(t, carol);
  await call('starRepository', ...name);
  await call('starRepository', ...name);
  t.like(await call('repository', ...name), { star_count: 1, has_starred: true });
  const starred = await call<{ namespace: string; name: string }[]>('repositoriesStarred', carol.username);
  t.deepEqual(starred.map((one) => [one.namespace, one.name]), [name]);
  await call('unstarRepository', ...name);
  t.like(await call('repository', ...name), { star_count: 0, has_starred: false });
  t.deepEqual(await call('repositoriesStarred', carol.username), []);
});

test('comments', async (t) => {
  const repository = await createRepository(alice);
  for (const comment of ['first', 'second']) await bob.api.post(`${repository.path}/comments/`, { comment });
  const call = await logIn(t, alice);
  const comments = await call<{ user: string; comment: string }[]>('comments', ...repository.fullName.split('/'));
  t.deepEqual(comments.map(({ user, comment }) => [user, comment]), [[bob.username, 'second'], [bob.username, 'first']]);
});

test('webhooks of the older shape: made, given a URL and deleted by number', async (t) => {
  const repository = await createRepository(alice);
  const name = repository.fullName.split('/');
  const call = await logIn(t, alice);
  const made = await call<{ id: number }>('createWebhook', ...name, 'ci');
  t.like(made, { name: 'ci' });
  const url = 'https://receiver.example/hook';
  t.like(await call('createWebhookHook', ...name, made.id, url), { hook_url: url });
  const list = () => alice.api.get<{ results: { id: number; name: string; hooks: { hook_url: string }[] }[] }>(`${repository.path}/webhooks/`);
  const [webhook] = (await list()).results;
  t.like(webhook, { id: made.id, name: 'ci' });
  t.deepEqual(webhook?.hooks.map(({ hook_url }) => hook_url), [url]);
  await call('deleteWebhook', ...name, made.id);
  t.deepEqual((await list()).results, []);
});
