// docker/terraform-provider-docker (a15631f): what its resources and data sources ask, in their order, with their bodies.
import test from 'ava';
import { listFaults, tail } from '../helpers/hub.js';
import { findClient } from './cache.js';
import { converse, type Conversation } from './conversation.js';
import { closeAll, createOrganization, createRepository, inventName, startPlace, type Person, type Place } from './place.js';

interface Step {
  /** What the provider decodes of the answer, by a name of terraform/answers.go; nothing where it reads nothing. */
  readonly as?: string;
  readonly body?: object;
  readonly pages?: boolean;
}

/** The provider as one person has configured it. */
class Provider {
  constructor(private readonly program: Conversation) {}

  /** The bodies of the answers, one a page. @throws Error as the provider reports it. */
  async call<T = unknown>(method: string, path: string, step: Step = {}): Promise<T[]> {
    const { error, bodies } = (await this.program.ask({ method, path, ...step })) as { error?: string; bodies?: T[] };
    if (error !== undefined) throw new Error(error);
    return bodies ?? [];
  }

  /** The one body of an answer that the provider decodes. */
  async read<T = Record<string, unknown>>(method: string, path: string, step: Step & { as: string }): Promise<T> {
    const [body] = await this.call<T>(method, path, step);
    if (body === undefined) throw new Error('no body');
    return body;
  }
}

const programs: Conversation[] = [];
let place: Place;
/** Two people for the tests that need no account of their own. */
let alice: Person;
let bob: Person;
/** The provider as they have configured it. */
let byAlice: Provider;
let byBob: Provider;

test.before(async () => {
  place = await startPlace();
  [alice, bob] = [await place.createUser(), await place.createUser()];
  [byAlice, byBob] = [configure(alice), configure(bob)];
});
test.after('the hub has logged no fault', async (t) => {
  await place.hub.process.stop();
  t.deepEqual(listFaults(place.hub.process.output), []);
});
test.after.always(async () => {
  for (const program of programs) await program.end();
});
test.after.always(closeAll);
test.afterEach.always((t) => {
  if (!t.passed) t.log(tail(place.hub.process.output));
});

function configure({ username, password }: Pick<Person, 'username' | 'password'>): Provider {
  const env = { HUB: place.host, SSL_CERT_FILE: place.certificate, DOCKER_USERNAME: username, DOCKER_PASSWORD: password };
  const program = converse(findClient('terraform'), [], env);
  programs.push(program);
  return new Provider(program);
}

test.serial('one login serves all requests, since the token says when it runs out', async (t) => {
  const before = place.seen.length;
  for (let nth = 0; nth < 3; nth += 1) await byBob.call('GET', `/repositories/${bob.username}/`, { as: 'repositories', pages: true });
  const logins = place.seen.slice(before).filter(({ url, headers }) => url === '/v2/users/login' && headers['user-agent'] === 'terraform-provider-docker/dev');
  t.is(logins.length, 1);
});

test('a wrong password is refused in words', async (t) => {
  const provider = configure({ username: alice.username, password: 'wrong password' });
  await t.throwsAsync(provider.call('GET', '/access-tokens', { as: 'access_tokens' }), { message: /401 .*Incorrect authentication credentials/ });
});

test('docker_hub_repository: create, read, update, privacy, delete', async (t) => {
  const name = inventName('app');
  const id = `${bob.username}/${name}`;
  const created = await byBob.read('POST', `/namespaces/${bob.username}/repositories`, {
    as: 'repository', body: { name, description: '', full_description: '', registry: '', is_private: false },
  });
  t.like(created, { namespace: bob.username, name, is_private: false, pull_count: 0, description: '', full_description: '' });
  t.like(await byBob.read('GET', `/repositories/${id}/`, { as: 'repository' }), {
    permissions: { read: true, write: true, admin: true }, immutable_tags_settings: { enabled: false, rules: [] }, status: 1,
  });
  const change = { description: 'a tool', full_description: '# A tool', immutable_tags: false };
  t.like(await byBob.read('PATCH', `/repositories/${id}/`, { as: 'repository', body: change }), {
    description: 'a tool', full_description: '# A tool', immutable_tags_settings: { enabled: false, rules: [] },
  });
  await byBob.call('POST', `/repositories/${id}/privacy`, { body: { is_private: true } });
  t.like(await byBob.read('GET', `/repositories/${id}/`, { as: 'repository' }), { is_private: true, description: 'a tool' });
  await byBob.call('DELETE', `/repositories/${id}/`);
  await t.throwsAsync(byBob.call('GET', `/repositories/${id}/`, { as: 'repository' }), { message: /404 .*not found/i });
});

test('immutable tags are refused in words, and nothing else of that update is taken', async (t) => {
  const repository = await createRepository(alice);
  const body = { description: 'changed', full_description: '', immutable_tags: true, immutable_tags_rules: '.*' };
  await t.throwsAsync(byAlice.call('PATCH', `/repositories/${repository.fullName}/`, { as: 'repository', body }), { message: /400 .*immutable_tags/ });
  t.like(await byAlice.read('GET', `/repositories/${repository.fullName}/`, { as: 'repository' }), { description: '' });
});

test('docker_hub_repositories follows the pages of the list by its own base URL', async (t) => {
  const carol = await place.createUser();
  const names = Array.from({ length: 23 }, (_, nth) => `app-${String(nth).padStart(2, '0')}`);
  for (const name of names) await createRepository(carol, { name });
  const pages = await configure(carol).call<{ count: number; results: { name: string }[] }>(
    'GET', `/repositories/${carol.username}/`, { as: 'repositories', pages: true },
  );
  t.deepEqual(pages.map(({ count, results }) => [count, results.length]), [[23, 10], [23, 10], [23, 3]]);
  t.deepEqual(pages.flatMap(({ results }) => results.map(({ name }) => name)).sort(), names);
});

test('docker_hub_repository_tags decodes every tag, pushed with images or without', async (t) => {
  const repository = await createRepository(alice);
  const images = [
    { digest: `sha256:${'1'.repeat(64)}`, os: 'linux', architecture: 'amd64', size: 2_219_949 },
    { digest: `sha256:${'2'.repeat(64)}`, os: 'linux', architecture: 'arm', variant: 'v7', size: 1_000_000 },
  ];
  await repository.push({ tag: 'full', digest: `sha256:${'a'.repeat(64)}`, media_type: 'application/vnd.oci.image.index.v1+json', images });
  await repository.push({ tag: 'bare' });
  for (let nth = 0; nth < 10; nth += 1) await repository.push({ tag: `v${nth}`, images: [`sha256:${String(nth).repeat(64)}`] });
  const [namespace, name] = repository.fullName.split('/');
  const pages = await byAlice.call<{ results: { name: string }[] }>('GET', `/namespaces/${namespace}/repositories/${name}/tags`, { as: 'tags', pages: true });
  t.deepEqual(pages.map(({ results }) => results.length), [10, 2]);
  const full = await byAlice.read('GET', `/repositories/${repository.fullName}/tags/full`, { as: 'tag' });
  t.like(full, {
    name: 'full', digest: `sha256:${'a'.repeat(64)}`, full_size: 3_219_949, last_updater_username: alice.username, v2: true, tag_status: 'active',
    images: [{ architecture: 'amd64', os: 'linux', size: 2_219_949 }, { architecture: 'arm', variant: 'v7', size: 1_000_000 }],
  });
  t.like(await byAlice.read('GET', `/repositories/${repository.fullName}/tags/bare`, { as: 'tag' }), { name: 'bare', full_size: 0, digest: null });
});

test('docker_access_token: create, read, list, rename and switch off, delete', async (t) => {
  const carol = await place.createUser();
  const provider = configure(carol);
  // Terraform refuses an answer that differs from its plan: scopes in their order, the moment as it was written.
  const body = { token_label: 'ci', scopes: ['repo:read', 'repo:write'], expires_at: '2099-01-02T03:04:05.520861Z' };
  const created = await provider.read<{ uuid: string; token: string }>('POST', '/access-tokens', { as: 'access_token', body });
  t.like(created, { ...body, is_active: true });
  t.not(created.token, '');
  const path = `/access-tokens/${created.uuid}`;
  t.like(await provider.read('GET', path, { as: 'access_token' }), { ...body, token: '' }, 'a token is shown once');
  const [list] = await provider.call<{ count: number }>('GET', '/access-tokens', { as: 'access_tokens', pages: true });
  t.is(list?.count, 1);
  const change = { token_label: 'old ci', is_active: false };
  t.like(await provider.read('PATCH', path, { as: 'access_token', body: change }), { ...change, token: '' });
  await t.throwsAsync(configure({ ...carol, password: created.token }).call('GET', path), { message: /401/ }, 'switched off');
  await provider.call('PATCH', path, { as: 'access_token', body: { token_label: 'ci', is_active: true } });
  await t.notThrowsAsync(configure({ ...carol, password: created.token }).call('GET', `/repositories/${carol.username}/`, { as: 'repositories' }));
  await provider.call('DELETE', path);
  await t.throwsAsync(provider.call('GET', path, { as: 'access_token' }), { message: /not found/i });
});

test('docker_org, docker_org_team and docker_org_team_member', async (t) => {
  const org = await createOrganization(alice, { full_name: 'Acme', company: 'Acme Inc' });
  t.like(await byAlice.read('GET', `/orgs/${org}/`, { as: 'organization' }), { orgname: org, full_name: 'Acme', company: 'Acme Inc' });
  const body = { id: 0, uuid: '', name: 'devs', description: 'who build', member_count: 0 };
  const team = await byAlice.read<{ id: number; uuid: string }>('POST', `/orgs/${org}/groups/`, { as: 'team', body });
  t.like(team, { name: 'devs', description: 'who build', member_count: 0 });
  t.true(Number.isInteger(team.id) && team.id > 0);
  t.not(team.uuid, '');
  const members = `/orgs/${org}/groups/devs/members/`;
  await byAlice.call('POST', members, { body: { member: bob.username } });
  const [page] = await byAlice.call<{ results: object[] }>('GET', members, { as: 'members', pages: true });
  t.is(page?.results.length, 1);
  t.like(page?.results[0], { username: bob.username });
  t.like(await byAlice.read('GET', `/orgs/${org}/groups/devs/`, { as: 'team' }), { id: team.id, member_count: 1 });
  const renamed = { id: 0, uuid: '', name: 'builders', description: '', member_count: 0 };
  t.like(await byAlice.read('PATCH', `/orgs/${org}/groups/devs/`, { as: 'team', body: renamed }), { id: team.id, name: 'builders', description: '', member_count: 1 });
  await byAlice.call('DELETE', `/orgs/${org}/groups/builders/members/${bob.username}`);
  t.like(await byAlice.read('GET', `/orgs/${org}/groups/builders/`, { as: 'team' }), { member_count: 0 });
  await byAlice.call('DELETE', `/orgs/${org}/groups/builders/`);
  await t.throwsAsync(byAlice.call('GET', `/orgs/${org}/groups/builders/`, { as: 'team' }), { message: /not found/i });
});

test('docker_hub_repository_team_permission: the number of a team is its name in paths and bodies', async (t) => {
  const org = await createOrganization(alice);
  const repository = await createRepository(alice, { namespace: org, is_private: true });
  const team = await byAlice.read<{ id: number }>('POST', `/orgs/${org}/groups/`, { as: 'team', body: { id: 0, uuid: '', name: 'devs', description: '', member_count: 0 } });
  await byAlice.call('POST', `/orgs/${org}/groups/devs/members/`, { body: { member: bob.username } });
  const path = `/repositories/${repository.fullName}/groups/`;
  const granted = { group_id: team.id, group_name: 'devs', permission: 'read' };
  t.like(await byAlice.read('POST', path, { as: 'permission', body: { group_id: team.id, group_name: '', permission: 'read' } }), granted);
  t.like(await byAlice.read('GET', `${path}${team.id}/`, { as: 'permission' }), granted);
  const seen = await byBob.read('GET', `/repositories/${repository.fullName}/`, { as: 'repository' });
  t.deepEqual(seen['permissions'], { read: true, write: false, admin: false });
  const body = { group_id: 0, group_name: '', permission: 'write' };
  t.like(await byAlice.read('PATCH', `${path}${team.id}/`, { as: 'permission', body }), { ...granted, permission: 'write' });
  await byAlice.call('DELETE', `${path}${team.id}/`);
  await t.throwsAsync(byAlice.call('GET', `${path}${team.id}/`, { as: 'permission' }), { message: /not found/i });
  await t.throwsAsync(byBob.call('GET', `/repositories/${repository.fullName}/`, { as: 'repository' }), { message: /not found/i });
});

test('docker_org_member: invite, find by name, withdraw; a member’s role, and the end of it', async (t) => {
  const org = await createOrganization(alice);
  const listMembers = async () => {
    const pages = await byAlice.call<{ results: { username: string; role: string }[] }>('GET', `/orgs/${org}/members`, { as: 'members', pages: true });
    return pages.flatMap(({ results }) => results.map(({ username, role }) => [username, role.toLowerCase()]));
  };
  t.deepEqual(await listMembers(), [[alice.username, 'owner']]);
  const body = { org, team: '', invitees: [bob.username], role: 'member', dry_run: false };
  const invite = async () => {
    const { invitees } = await byAlice.read<{ invitees: { invite: { id: string } }[] }>('POST', '/invites/bulk', { as: 'invitees', body });
    t.is(invitees.length, 1);
    return invitees[0]?.invite.id ?? '';
  };
  const id = await invite();
  t.not(id, '');
  const { data } = await byAlice.read<{ data: object[] }>('GET', `/orgs/${org}/invites`, { as: 'invites' });
  t.is(data.length, 1);
  t.like(data[0], { id, invitee: bob.username, org, role: 'member' });
  await byAlice.call('DELETE', `/invites/${id}`);
  t.deepEqual((await byAlice.read<{ data: object[] }>('GET', `/orgs/${org}/invites`, { as: 'invites' })).data, []);
  const again = await invite();
  await bob.api.post(`/v2/invites/${again}/accept`);
  t.deepEqual((await listMembers()).sort(), [[alice.username, 'owner'], [bob.username, 'member']].sort());
  await byAlice.call('PUT', `/orgs/${org}/members/${bob.username}/`, { body: { role: 'editor' } });
  t.deepEqual((await listMembers()).find(([name]) => name === bob.username), [bob.username, 'editor']);
  await byAlice.call('DELETE', `/orgs/${org}/members/${bob.username}/`);
  t.deepEqual(await listMembers(), [[alice.username, 'owner']]);
});
