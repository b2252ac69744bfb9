// docker/hub-tool v0.4.6, built from its Go module: the program itself, pointed here by its two variables.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'ava';
import { listFaults, tail } from '../helpers/hub.js';
import { findClient } from './cache.js';
import { closeAll, createOrganization, createRepository, inventHome, startPlace, type Person, type Place } from './place.js';
import { readOutput, runProgram, type Outcome } from './program.js';

let place: Place;
/** Two people for the tests that need no account of their own: a password costs both sides time. */
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

/** hub-tool with a home of its own. */
class HubTool {
  private constructor(private readonly env: Readonly<Record<string, string>>) {}

  static async create(): Promise<HubTool> {
    const home = inventHome(place);
    await mkdir(home);
    // An entry of any name keeps Docker's configuration from looking for the keyring of this machine.
    await writeFile(join(home, 'config.json'), JSON.stringify({ auths: { none: {} } }));
    return new HubTool({
      HOME: home, DOCKER_CONFIG: home, SSL_CERT_FILE: place.certificate, DOCKER_HUB_API_URL: place.url, DOCKER_REGISTRY_URL: place.host,
    });
  }

  /** Logs in on a terminal, which `script` provides: from a pipe hub-tool takes no password. */
  async login(username: string, password: string): Promise<Outcome> {
    const command = `'${findClient('hub-tool')}' login ${username}`;
    return runProgram('script', ['-qec', command, '/dev/null'], { env: this.env, input: `${password}\n`, prompt: 'Password: ' });
  }

  run(...args: string[]): Promise<Outcome> {
    return runProgram(findClient('hub-tool'), args, { env: this.env });
  }

  /** What a command prints. @throws Error where it fails. */
  say(...args: string[]): Promise<string> {
    return readOutput(findClient('hub-tool'), args, { env: this.env });
  }

  /** What a command prints as JSON, with the names that Go gives the fields. */
  async list<T = Record<string, unknown>>(...args: string[]): Promise<T> {
    return JSON.parse(await this.say(...args, '--format', 'json')) as T;
  }
}

async function logIn(person: Person): Promise<HubTool> {
  const tool = await HubTool.create();
  const { code, output } = await tool.login(person.username, person.password);
  if (code !== 0 || !output.includes('Login Succeeded')) throw new Error(`hub-tool login ended with ${code}: ${output}`);
  return tool;
}

test('login says what is wrong with a password', async (t) => {
  const { code, output } = await (await HubTool.create()).login(alice.username, 'wrong password');
  t.is(code, 1);
  t.regex(output, /Incorrect authentication credentials/);
});

test('account info shows the user, the plan and what is used of it', async (t) => {
  const carol = await place.createUser();
  const tool = await logIn(carol);
  await createRepository(carol, { is_private: true });
  await createRepository(carol);
  const info = await tool.list<{ Account: object; Plan: { Limits: object }; Consumption: object }>('account', 'info');
  t.like(info.Account, { Name: carol.username });
  t.like(info.Plan.Limits, { PrivateRepos: 1 });
  t.deepEqual(info.Consumption, { Seats: 1, PrivateRepositories: 1, Teams: 0 });
  t.regex(await tool.say('account', 'info'), /Private repositories:\S*\s+1\/1/);
});

test('repo ls lists by last update, --all follows every page', async (t) => {
  const carol = await place.createUser();
  const tool = await logIn(carol);
  t.deepEqual(await tool.list('repo', 'ls'), null, 'Go’s empty list');
  const names = Array.from({ length: 103 }, (_, nth) => `app-${String(nth).padStart(3, '0')}`);
  for (const name of names) await createRepository(carol, { name, description: `number ${name}` });
  const all = await tool.list<{ Name: string; Description: string }[]>('repo', 'ls', '--all');
  t.deepEqual(all.map(({ Name }) => Name).sort(), names.map((name) => `${carol.username}/${name}`));
  t.true(all.every(({ Name, Description }) => Description === `number ${Name.split('/')[1]}`));
  t.regex(await tool.say('repo', 'ls'), /100\/103 listed/);
});

test('repo rm removes a repository, and only for who may', async (t) => {
  const { fullName } = await createRepository(alice);
  const refused = await (await logIn(bob)).run('repo', 'rm', '--force', fullName);
  t.is(refused.code, 1);
  t.regex(refused.errors, /operation not permitted/);
  const tool = await logIn(alice);
  t.regex(await tool.say('repo', 'rm', '--force', fullName), /was successfully deleted/);
  const again = await tool.run('repo', 'rm', '--force', fullName);
  t.regex(again.errors, /resource not found/);
});

test('tag ls shows sizes, platforms and who pushed; tag rm removes one', async (t) => {
  const repository = await createRepository(alice);
  const tool = await logIn(alice);
  const images = [
    { digest: `sha256:${'1'.repeat(64)}`, os: 'linux', architecture: 'amd64', size: 2_000_000 },
    { digest: `sha256:${'2'.repeat(64)}`, os: 'linux', architecture: 'arm', variant: 'v7', size: 1_000_000 },
  ];
  await repository.push({ tag: '1.0', digest: `sha256:${'a'.repeat(64)}`, images });
  await repository.push({ tag: '2.0' });
  const tags = await tool.list<Record<string, unknown>[]>('tag', 'ls', repository.fullName);
  t.deepEqual(tags.map(({ Name }) => Name), [`${repository.fullName}:2.0`, `${repository.fullName}:1.0`], 'the newest first');
  t.like(tags[1], {
    FullSize: 3_000_000, LastUpdaterUserName: alice.username, Status: 'active',
    Images: [{ Architecture: 'amd64', Os: 'linux', Size: 2_000_000 }, { Architecture: 'arm', Variant: 'v7', Size: 1_000_000 }],
  });
  t.regex(await tool.say('tag', 'ls', '--platforms', repository.fullName), /3MB\s+linux\/amd64,linux\/arm\/v7/);
  for (const [sort, names] of [['name', ['1.0', '2.0']], ['name=desc', ['2.0', '1.0']], ['updated=desc', ['1.0', '2.0']]] as const) {
    const sorted = await tool.list<{ Name: string }[]>('tag', 'ls', '--sort', sort, repository.fullName);
    t.deepEqual(sorted.map(({ Name }) => Name.split(':')[1]), names, sort);
  }
  t.regex(await tool.say('tag', 'rm', '--force', `${repository.fullName}:1.0`), /Deleted/);
  t.is((await tool.list<unknown[]>('tag', 'ls', repository.fullName)).length, 1);
});

test('token create, ls, inspect, deactivate, activate, rm: a token logs in while it is active', async (t) => {
  const carol = await place.createUser();
  const tool = await logIn(carol);
  const secret = (await tool.say('token', 'create', '--description', 'laptop', '--quiet')).trim();
  const works = async () => (await (await HubTool.create()).login(carol.username, secret)).code === 0;
  t.true(await works());
  const [token, ...others] = await tool.list<{ UUID: string; Description: string; IsActive: boolean; Token: string }[]>('token', 'ls');
  if (!token) throw new Error('no token');
  t.deepEqual(others, []);
  t.like(token, { Description: 'laptop', IsActive: true, Token: '' });
  t.regex(await tool.say('token', 'inspect', token.UUID), /By hub-tool/);
  t.regex(await tool.say('token', 'deactivate', token.UUID), /is inactive/);
  t.false(await works());
  t.like(await tool.list('token', 'inspect', token.UUID), { Description: 'laptop', IsActive: false });
  await tool.say('token', 'activate', token.UUID);
  t.true(await works());
  await tool.say('token', 'rm', '--force', token.UUID);
  t.false(await works());
  t.regex((await tool.run('token', 'inspect', token.UUID)).errors, /resource not found/);
});

test('token create without a description', async (t) => {
  const tool = await logIn(bob);
  t.regex(await tool.say('token', 'create'), /successfully created/);
});

test('org ls, members, teams, and account info of an organization', async (t) => {
  const org = await createOrganization(alice, { full_name: 'Acme' });
  await alice.api.post(`/v2/orgs/${org}/groups/`, { name: 'devs', description: 'who build' });
  await alice.api.post(`/v2/orgs/${org}/groups/devs/members/`, { member: bob.username });
  await createRepository(alice, { namespace: org, is_private: true });
  const tool = await logIn(alice);
  const both = [alice.username, bob.username].sort();
  const [listed, ...others] = await tool.list<{ Namespace: string; FullName: string; Role: string; Teams: object[]; Members: object[] }[]>('org', 'ls');
  t.deepEqual(others, []);
  t.like(listed, { Namespace: org, FullName: 'Acme', Role: 'Owner' });
  t.deepEqual([listed?.Teams.length, listed?.Members.length], [2, 2]);
  const members = await tool.list<{ username: string }[]>('org', 'members', org);
  t.deepEqual(members.map(({ username }) => username).sort(), both);
  const teams = await tool.list<{ Name: string; Members: { username: string }[] }[]>('org', 'teams', org);
  t.deepEqual(teams.map(({ Name, Members }) => [Name, Members.map(({ username }) => username)]), [['devs', [bob.username]], ['owners', [alice.username]]]);
  const info = await tool.list<{ Account: object; Consumption: object }>('account', 'info', org);
  t.like(info.Account, { Name: org, FullName: 'Acme' });
  t.deepEqual(info.Consumption, { Seats: 2, PrivateRepositories: 1, Teams: 2 });
  t.deepEqual((await (await logIn(bob)).list<{ Namespace: string }[]>('org', 'ls')).map(({ Namespace }) => Namespace), [org]);
});
