import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { openDatabase } from '../../db/connection.js';
import { createKeyring } from '../../keys.js';
import { destroyAll, HubProcess, startHub, tail, type Hub } from '../helpers/hub.js';
import { freePort, tempDir } from '../helpers/ports.js';
import { basic, type TokenBody } from '../helpers/registryTokens.js';
import { stopAll } from '../temporal/testServer.js';
import { buildScenario, getSecret, QUIET, type Scenario } from './scenario.js';

test.after.always(destroyAll);
test.after.always(stopAll);

const PASSWORD = 'canary admin password/äß';
const MASTER = Buffer.from('canary-master-key-of-32-bytes-or-more').toString('base64');
const QUERY = 'canary-query-string-7d2f';
/** Files of the data directory that hold secrets and say so: docs/operations.md. */
const EXEMPT = /^(secret\.key|registry\.yml|registry-keys)$/;
/** A secret, and in which files it may lie as it is: none where nothing is said. */
interface Canary {
  readonly name: string;
  readonly value: string;
  /** Of the record: what its owner wrote to be shown again. */
  readonly inDatabase?: true;
}

/** Every spelling in which a value might be written somewhere. */
function spell({ value }: Canary): string[] {
  const quoted = JSON.stringify(value).slice(1, -1);
  return [...new Set([value, quoted, encodeURIComponent(value), encodeURIComponent(value).replaceAll('%20', '+'), Buffer.from(value).toString('base64').replace(/=+$/, ''), Buffer.from(value).toString('base64url'), Buffer.from(value).toString('hex')])];
}

function findIn(bytes: Buffer | string, canaries: readonly Canary[]): string[] {
  return canaries.flatMap((canary) => spell(canary).filter((form) => bytes.includes(form)).map(() => canary.name));
}

/** Every file of a data directory but those that say what they hold, with the canaries in it. */
function searchFiles(dataDir: string, canaries: readonly Canary[]): string[] {
  const names = readdirSync(dataDir, { recursive: true, encoding: 'utf8', withFileTypes: true }).filter((entry) => entry.isFile());
  const files = names.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.slice(dataDir.length + 1).split('/').some((part) => EXEMPT.test(part)));
  return files.flatMap((path) => {
    const isRecord = /hookline\.db/.test(path);
    return findIn(readFileSync(path), canaries.filter(({ inDatabase }) => !(isRecord && inDatabase))).map((name) => `${name} in ${path.slice(dataDir.length + 1)}`);
  });
}

interface Sent {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A request as text; what came back, headers too. */
async function ask(hub: Pick<Hub, 'url'>, method: string, path: string, { token, headers, body }: Sent = {}): Promise<{ status: number; text: string }> {
  const answer = await fetch(hub.url + path, {
    method, headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers }, ...(body === undefined ? {} : { body }),
  });
  return { status: answer.status, text: JSON.stringify([...answer.headers]) + (await answer.text()) };
}

/** Makes one of every secret, and keeps it. */
async function plant(hub: Hub, { repository, chain }: Scenario): Promise<Canary[]> {
  const { api } = hub;
  const { token: session } = await api.post<{ token: string }>('/v2/users/login', { username: 'admin', password: PASSWORD });
  const { token: pat } = await api.post<{ token: string }>('/v2/access-tokens/', { token_label: 'ci' });
  const registry = (await (await fetch(`${hub.url}/token?offline_token=true&account=admin`, { headers: basic('admin', PASSWORD) })).json()) as TokenBody;
  await api.post('/v2/users/', { username: 'zoe', email: 'zoe@example.com', password: 'canary password of zoe' });
  const source = await api.call<{ secret: string; webhook_url: string }>('PUT', `${repository.path}/source/`, { provider: 'github', source: 'acme/app' });
  const inbound = await api.post<{ secret: string; url: string }>(`${repository.path}/inbound/`, { provider: 'harbor', upstream: 'acme/app' });
  const bare = await api.post<{ url: string }>(`${repository.path}/inbound/`, { provider: 'docker-hub', upstream: 'acme/app' });
  const rotated = await api.post<{ secret: string }>(`${repository.path}/webhooks/${chain.webhooks[1]?.id ?? ''}/rotate_secret`);
  const claim = await claimBuild(hub, repository.path, source);
  const made: Record<string, string> = {
    'password of the administrator': PASSWORD, 'password of a user': 'canary password of zoe', 'master key': MASTER, 'Basic header': basic('admin', PASSWORD)['authorization']?.slice(6) ?? '',
    'session token': session, 'access token': pat, 'token of the registry': registry.token, 'refresh token': registry.refresh_token ?? '', 'secret of a source': source.secret,
    'secret of an inbound address': inbound.secret, 'claim of a builder': claim, 'secret of a webhook': getSecret(chain, 1).slice(6), 'secret before its rotation': getSecret(chain, 2).slice(6), 'secret after its rotation': rotated.secret.slice(6),
  };
  const keyring = createKeyring([{ kid: 'k', key: Buffer.from(MASTER, 'base64') }]);
  const shared = (['registry events', 'registry http'] as const).map((purpose) => ({ name: `secret of ${purpose}`, value: keyring.deriveSecret(purpose) }));
  const addresses = [source.webhook_url, inbound.url, bare.url].map((url) => /(?:src|inb)_[0-9a-f]+/.exec(url)?.[0] ?? '');
  if (addresses.some((one) => one.length < 30)) throw new Error('an address is not what it was');
  return [
    ...Object.entries(made).map(([what, value]) => ({ name: what, value })),
    ...shared,
    ...addresses.map((value) => ({ name: 'address that others call', value, inDatabase: true as const })),
    { name: 'query of a webhook’s URL', value: QUERY, inDatabase: true },
  ];
}

async function claimBuild(hub: Hub, path: string, source: { secret: string; webhook_url: string }): Promise<string> {
  const body = readFileSync(new URL('../../../test/fixtures/sources/github-push.json', import.meta.url), 'utf8');
  const signature = `sha256=${createHmac('sha256', source.secret).update(body).digest('hex')}`;
  const { status } = await ask(hub, 'POST', new URL(source.webhook_url).pathname, { body, headers: { 'x-github-event': 'push', 'x-github-delivery': 'one', 'x-hub-signature-256': signature } });
  if (status >= 300) throw new Error(`the source's call was answered ${status}`);
  return (await hub.api.post<{ claim: string }>(`${path}/builds/claim`)).claim;
}

/** Everything that a caller may ask or get wrong; the answers. */
async function provoke(hub: Hub, { repository: { path } }: Scenario, canaries: readonly Canary[], runId: string): Promise<string[]> {
  const get = (name: string) => canaries.find((one) => one.name === name)?.value ?? '';
  const [token, pat, refresh] = [get('session token'), get('access token'), get('refresh token')];
  const shown = [
    '', '/webhook_pipeline/', '/webhooks/', '/source/', '/inbound/', '/builds/', '/runs/', `/runs/${runId}/`, '/pushes/', '/collaborators/', '/tags/',
  ].map((rest) => ask(hub, 'GET', path + rest, { token }));
  const others = ['/openapi.json', '/docs', '/readyz', '/healthz', '/version', '/metrics', '/v2/user/', '/v2/access-tokens/', '/v2/user/registry-logins/', '/v2/admin/auditlogs/', '/v2/admin/users/', '/v2/auditlogs/admin/', '/v2/_catalog'].map((one) => ask(hub, 'GET', one, { token }));
  const login = (body: string) => ask(hub, 'POST', '/v2/users/login', { body });
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const wrong = [
    login(JSON.stringify({ username: 'admin', password: `${PASSWORD}x` })), login(`{"username":"admin","password":"${PASSWORD}"`), login(JSON.stringify({ username: 'admin', password: [PASSWORD] })),
    login(PASSWORD), login(JSON.stringify({ username: 'admin', password: PASSWORD, extra: PASSWORD })),
    ask(hub, 'GET', `/v2/user/?token=${encodeURIComponent(pat)}&password=${encodeURIComponent(PASSWORD)}`, {}), ask(hub, 'GET', '/v2/user/', { token: `${token}x` }), ask(hub, 'GET', '/v2/user/', { token: pat }),
    ask(hub, 'GET', '/v2/user/', { headers: basic('admin', PASSWORD) }), ask(hub, 'GET', `/nowhere?password=${encodeURIComponent(PASSWORD)}`), ask(hub, 'GET', '/token', { headers: basic('admin', `${PASSWORD}x`) }),
    ask(hub, 'POST', '/token', { headers: form, body: `grant_type=refresh_token&refresh_token=${refresh}x&service=x` }), ask(hub, 'POST', '/token', { headers: form, body: `grant_type=password&username=admin&password=${encodeURIComponent(PASSWORD)}x&service=x` }),
    ask(hub, 'POST', '/events', { headers: { authorization: `Bearer ${get('secret of an inbound address')}` }, body: '{"events":[]}' }),
    ask(hub, 'POST', '/events', { headers: { authorization: `Bearer ${get('secret of registry events')}` }, body: '{"events":[{' }),
    ask(hub, 'POST', `${path}/webhook_pipeline/`, { token, body: JSON.stringify({ name: 'x', webhooks: [{ name: 'x', hook_url: `http://127.0.0.1:25/?t=${QUERY}`, secret: `whsec_${get('secret of a webhook')}!` }] }) }),
    ask(hub, 'POST', `${path}/builds/x/finish`, { token, body: JSON.stringify({ claim: get('claim of a builder'), state: 'success' }) }),
    ask(hub, 'POST', '/v2/user/password', { token, body: JSON.stringify({ current_password: `${PASSWORD}x`, new_password: PASSWORD }) }),
    ...canaries.filter(({ name }) => name.startsWith('address')).map(({ value }) => ask(hub, 'POST', `/v2/${value.startsWith('src') ? 'sources' : 'inbound'}/${value}${value.startsWith('src') ? '/hook' : '/'}`, { headers: { authorization: get('secret of an inbound address') }, body: '{"a":' })),
  ];
  const answers = await Promise.all([...shown, ...others, ...wrong]);
  return answers.map(({ status, text }) => `${status} ${text}`);
}

/** A database that does not answer: what its errors say must not tell what was to be written. */
async function lockDatabase(hub: Hub, action: () => Promise<unknown>): Promise<void> {
  const db = openDatabase(`sqlite:${join(hub.dataDir, 'hookline.db')}`);
  await db.raw('BEGIN EXCLUSIVE');
  await action();
  await db.raw('COMMIT');
  await db.destroy();
}

async function assertClean(t: ExecutionContext, hub: Hub, canaries: readonly Canary[]): Promise<void> {
  t.deepEqual(findIn(hub.process.output, canaries), [], 'the log');
  t.deepEqual(searchFiles(hub.dataDir, canaries), [], 'the data directory');
}

test('no secret stands in logs at trace, in the database, in Temporal’s files, in errors or in answers that do not make it', async (t) => {
  const env = { HOOKLINE_LOG_LEVEL: 'trace', HOOKLINE_ADMIN_PASSWORD: PASSWORD, HOOKLINE_SECRET_KEYS: `k:${MASTER}`, HOOKLINE_REGISTRY: 'embedded', HOOKLINE_REGISTRY_ADDRESS: `127.0.0.1:${await freePort()}` };
  const hub = await startHub(t, { env, password: PASSWORD });
  const failing = { statuses: [503, 200], path: `/hook?token=${QUERY}` };
  const scenario = await buildScenario(t, hub.api, [failing, QUIET, QUIET]);
  const canaries = await plant(hub, scenario);
  const { repository, receiver } = scenario;
  const id = await repository.pushOnce();
  const first = await receiver(1).request(2);
  await repository.waitForDelivery(id, 1, 'waiting');
  const secrets = [...canaries, { name: 'token of a callback', value: first.payload.callback_url.split('/').at(-2)?.split('.')[2] ?? '' }];
  t.true(readFileSync(join(hub.dataDir, 'registry.yml'), 'utf8').includes(canaries.find(({ name }) => name === 'secret of registry events')?.value ?? 'none'), 'it lies where it is said to lie');
  t.true(secrets.every(({ value }) => value.length >= 12), JSON.stringify(secrets.filter(({ value }) => value.length < 12)));
  t.is((await receiver(1).callBack('success', 2)).status, 200);
  await repository.waitForDelivery(id, 2, 'waiting');
  const answers = await provoke(hub, scenario, canaries, id);
  const shown = canaries.filter(({ inDatabase }) => !inDatabase);
  t.deepEqual(answers.flatMap((answer) => findIn(answer, shown).map((name) => `${name}: ${answer.slice(0, 200)}`)), []);
  await lockDatabase(hub, async () => {
    const { status } = await hub.api.ask('PATCH', `${repository.path}/`, { description: `see ${QUERY}` });
    t.is(status, 503);
  });
  await hub.process.kill('SIGKILL');
  await assertClean(t, hub, secrets);
  await hub.restart();
  t.is((await receiver(2).callBack('failure')).status, 200);
  await repository.waitForEnd(id);
  await hub.process.stop();
  await assertClean(t, hub, secrets);
  t.true(hub.process.output.includes('"path":"/v2/users/login"') && hub.process.output.includes('database is not available'), tail(hub.process.output));
  const power = [{ name: 'the run', value: id }];
  t.true(searchFiles(hub.dataDir, power).some((one) => one.includes('temporal.db')), 'the texts of Temporal are readable at all');
  t.true(searchFiles(hub.dataDir, power).some((one) => one.includes('hookline.db')), 'the record is readable at all');
});

test('what a process cannot reach is named without the password or key for it', async (t) => {
  const secrets = { 'password of the database': 'canary-database-password', 'key of Temporal': 'canary-temporal-api-key' };
  const dataDir = await tempDir(t);
  const base = { PATH: process.env['PATH'] ?? '', HOOKLINE_LOG_LEVEL: 'trace', HOOKLINE_DATA_DIR: dataDir, HOOKLINE_ADDRESS: `127.0.0.1:${await freePort()}`, TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}`, TEMPORAL_API_KEY: secrets['key of Temporal'] };
  const canaries = Object.entries(secrets).map(([name, value]) => ({ name, value }));
  const cut = new HubProcess('api/server.js', { ...base, HOOKLINE_DATABASE_URL: `postgres://hub:${secrets['password of the database']}@127.0.0.1:${await freePort()}/hub` }, dataDir);
  t.not(await cut.start().ended(), 0);
  t.true(cut.output.length > 0);
  t.deepEqual(findIn(cut.output, canaries), [], cut.output);
  const away = new HubProcess('main.js', base, dataDir);
  away.start();
  await away.said('pushes are accepted and run when it does');
  await away.stop();
  t.deepEqual(findIn(away.output, canaries), [], tail(away.output));
  t.deepEqual(searchFiles(dataDir, canaries), []);
});
