// Mistakes that other registries and token servers have made, a test each, against the program itself where it decides.
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { decodeJwt, SignJWT } from 'jose';
import { updateAccessToken } from '../../db/accessTokens.js';
import { insertCollaborator } from '../../db/collaborators.js';
import { setPermission } from '../../db/permissions.js';
import { listRegistryLogins } from '../../db/registryLogins.js';
import { deleteTeamMember } from '../../db/teams.js';
import type { UserRow } from '../../db/users.js';
import { createRegistryClient, RegistryAwayError } from '../../registry/client.js';
import { startApi, type TestApi } from '../helpers/api.js';
import { buildAccessToken, buildOrganization, buildRegistryLogin, buildRepository, buildTeam, buildUser, pick, uniqueName, QUICK_HASH } from '../helpers/builders.js';
import { testWithRegistries } from '../helpers/registryLines.js';
import { digestOf, Pusher } from '../helpers/registryPusher.js';
import { startRegistryServer, type RegistryServer } from '../helpers/registryServer.js';
import { basic, getToken, postToken, readAccess, type TokenBody } from '../helpers/registryTokens.js';

async function start(t: ExecutionContext, file: string): Promise<{ api: TestApi; server: RegistryServer; owner: UserRow }> {
  const api = await startApi(t);
  const server = await startRegistryServer(t, file, api.hub.registryKeys.caFile);
  return { api, server, owner: await buildUser(api.db, { password_hash: QUICK_HASH }) };
}

async function ask({ url }: RegistryServer, token: string, path: string, method = 'GET'): Promise<number> {
  return (await fetch(url + path, { method, headers: { authorization: `Bearer ${token}` } })).status;
}

async function tokenFor(api: TestApi, user: UserRow, ...scopes: string[]): Promise<string> {
  const answer = await getToken(api, scopes.map((scope) => ['scope', scope] as const), basic(user.username));
  return (answer.body as TokenBody).token;
}

testWithRegistries('CVE-2025-24976: a key that comes with the token counts for nothing, whatever its kid', async (t, { file }) => {
  const { api, server, owner } = await start(t, file);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const claims = decodeJwt(await tokenFor(api, owner));
  const jwk = { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid: 'hookline' };
  const token = await new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: 'hookline', jwk }).sign(privateKey);
  t.is(await ask(server, token, '/v2/'), 401);
  t.is((await api.request('GET', '/v1/search', { token })).status, 401);
});

test('CVE-2026-33540: what a registry names as its token server is sent nothing', async (t) => {
  const asked: string[] = [];
  const secrets: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.headers.host ?? ''} ${request.url ?? ''}`);
    secrets.push(request.headers.authorization);
    const realm = `http://localhost:${port}/evil`;
    const isRedirect = !request.url?.includes('/manifests/');
    response.writeHead(isRedirect ? 307 : 401, { 'WWW-Authenticate': `Bearer realm="${realm}",service="hookline-registry"`, ...(isRedirect ? { location: realm } : {}) }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const { hub } = await startApi(t);
  const client = createRegistryClient(() => `http://127.0.0.1:${port}`, hub.registryKeys);
  await t.throwsAsync(client.findManifest('alice/app', 'latest'), { instanceOf: RegistryAwayError });
  await t.throwsAsync(client.listTags('alice/app'), { instanceOf: RegistryAwayError });
  t.deepEqual(asked.splice(0), [`127.0.0.1:${port} /v2/alice/app/manifests/latest`, `127.0.0.1:${port} /v2/alice/app/tags/list`]);
  // To its blobs a registry may lead, as one over S3 does; our token does not go along.
  secrets.splice(0);
  await t.throwsAsync(client.findDocument('alice/app', 'sha256:a'), { instanceOf: RegistryAwayError });
  t.is(asked[1], `localhost:${port} /evil`);
  t.deepEqual(secrets.map(Boolean), [true, ...asked.slice(1).map(() => false)]);
});

testWithRegistries('CVE-2026-35172: a blob that was deleted is not read again', async (t, { file }) => {
  const { api, server, owner } = await start(t, file);
  const name = `${owner.username}/app`;
  await buildRepository(api.db, { owner, name: 'app' });
  const image = await new Pusher(api, server.url, owner.username).push(name, '1.0');
  const path = `/v2/${name}/blobs/${digestOf(pick(image.blobs))}`;
  const token = await tokenFor(api, owner, `repository:${name}:pull,push,delete`);
  t.is(await ask(server, token, path), 200);
  t.is(await ask(server, token, path, 'DELETE'), 202);
  for (const method of ['GET', 'HEAD']) t.is(await ask(server, token, path, method), 404);
});

testWithRegistries('CVE-2026-32589: an upload that somebody has begun is of no use in another repository', async (t, { file }) => {
  const { api, server, owner } = await start(t, file);
  const other = await buildUser(api.db, { password_hash: QUICK_HASH });
  const token = await tokenFor(api, owner, `repository:${owner.username}/app:pull,push`);
  const begun = await fetch(`${server.url}/v2/${owner.username}/app/blobs/uploads/`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  const place = new URL(begun.headers.get('location') ?? '', server.url);
  const theirs = await tokenFor(api, other, `repository:${other.username}/app:pull,push`);
  const send = async (url: URL, bearer: string) => (await fetch(url, { method: 'PATCH', body: 'bytes', headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/octet-stream' } })).status;
  t.is(await send(place, theirs), 401, 'where it was begun they may not push');
  const moved = new URL(place.href.replace(`/v2/${owner.username}/`, `/v2/${other.username}/`));
  t.true([400, 404].includes(await send(moved, theirs)), 'its state is signed, and names the repository');
  const forged = new URL(moved);
  const state = Buffer.from(forged.searchParams.get('_state') ?? '', 'base64url');
  const text = state.subarray(32).toString().replaceAll(owner.username, other.username);
  forged.searchParams.set('_state', Buffer.concat([state.subarray(0, 32), Buffer.from(text)]).toString('base64url'));
  t.true(text.includes(other.username));
  t.true([400, 404].includes(await send(forged, theirs)), 'and no other name can be written into it');
  t.is(await send(place, token), 202);
});

testWithRegistries('CVE-2026-41888, GHSA-qg67-7m6v-qg25: whoever may only push deletes nothing', async (t, { file }) => {
  const { api, server } = await start(t, file);
  const repository = await buildRepository(api.db);
  const collaborator = await buildUser(api.db, { password_hash: QUICK_HASH });
  await insertCollaborator(api.db, repository.id, collaborator.id);
  const name = `${repository.namespace}/${repository.name}`;
  const token = await tokenFor(api, collaborator, `repository:${name}:*`, `repository:${name}:delete`);
  t.is(await ask(server, token, `/v2/${name}/blobs/uploads/`, 'POST'), 202);
  for (const reference of ['latest', `sha256:${'0'.repeat(64)}`]) t.is(await ask(server, token, `/v2/${name}/manifests/${reference}`, 'DELETE'), 401);
});

testWithRegistries('CVE-2026-31801: who may only pull writes no tag, new or old, though everything was asked for', async (t, { file }) => {
  const { api, server } = await start(t, file);
  const { namespace, name } = await buildRepository(api.db);
  const token = await tokenFor(api, await buildUser(api.db, { password_hash: QUICK_HASH }), `repository:${namespace}/${name}:*`);
  t.is(await ask(server, token, `/v2/${namespace}/${name}/tags/list`), 404);
  for (const method of ['PUT', 'DELETE']) t.is(await ask(server, token, `/v2/${namespace}/${name}/manifests/latest`, method), 401);
});

test('GHSA-c9p4-xwr9-rfhx: who has left the team has left its rights', async (t) => {
  const api = await startApi(t);
  const member = await buildUser(api.db, { password_hash: QUICK_HASH });
  const organization = await buildOrganization(api.db);
  const repository = await buildRepository(api.db, { namespace: organization.name, is_private: true });
  const team = await buildTeam(api.db, organization, [member]);
  await setPermission(api.db, repository.id, { team, permission: 'write' });
  const scope = `repository:${organization.name}/${repository.name}:*`;
  const refresh = (await buildRegistryLogin(api.db, member)).token;
  const ask = async () => [await getToken(api, [['scope', scope]], basic(member.username)), await postToken(api, [['grant_type', 'refresh_token'], ['refresh_token', refresh], ['scope', scope]])].map(readAccess);
  const held = [`repository ${organization.name}/${repository.name} pull,push`];
  t.deepEqual(await ask(), [held, held]);
  await deleteTeamMember(api.db, team, member.id);
  t.deepEqual(await ask(), [[], []]);
});

testWithRegistries('CVE-2024-39897: no blob comes over from a repository that the caller may not pull', async (t, { file }) => {
  const { api, server, owner } = await start(t, file);
  const hidden = await buildRepository(api.db, { is_private: true });
  const { name } = await buildRepository(api.db, { owner });
  const [own, other] = [`${owner.username}/${name}`, `${hidden.namespace}/${hidden.name}`];
  const token = await tokenFor(api, owner, `repository:${own}:pull,push`, `repository:${other}:pull`);
  const query = new URLSearchParams({ mount: `sha256:${'0'.repeat(64)}`, from: other });
  t.is(await ask(server, token, `/v2/${own}/blobs/uploads/?${query.toString()}`, 'POST'), 401);
  t.is(await ask(server, token, `/v2/${other}/blobs/sha256:${'0'.repeat(64)}`), 401);
});

test('CVE-2022-31667: nobody ends or sees a login of somebody else by its id', async (t) => {
  const api = await startApi(t);
  const [victim, other] = [await buildUser(api.db), await buildUser(api.db)];
  const { id } = await buildRegistryLogin(api.db, victim);
  const token = await api.login(other);
  t.is((await api.request('DELETE', `/v2/user/registry-logins/${id}`, { token })).status, 404);
  t.deepEqual((await api.request('GET', '/v2/user/registry-logins', { token })).body, { count: 0, next: null, previous: null, results: [] });
  t.is((await listRegistryLogins(api.db, victim.id, { limit: 1, offset: 0 })).count, 1);
});

test('Gitea #28875: nobody is nobody, not a user without a name', async (t) => {
  const api = await startApi(t);
  const { token } = (await getToken(api, [['scope', 'registry:catalog:*']])).body as TokenBody;
  t.is(decodeJwt(token).sub, '');
  const word = uniqueName('w');
  await buildRepository(api.db, { name: word, is_private: true });
  const found = await api.request('GET', `/v1/search?q=${word}`, { token });
  t.deepEqual([found.status, (found.body as { results: unknown[] }).results], [200, []]);
  t.is((await getToken(api, [['offline_token', 'true']], basic('', ''))).status, 401);
});

test('CVE-2026-6515: credentials that were ended get no further token', async (t) => {
  const api = await startApi(t);
  const user = await buildUser(api.db);
  const { row, secret } = await buildAccessToken(api.db, user);
  const { token } = await buildRegistryLogin(api.db, user, { access_token_id: row.id });
  const ask = async () => [await getToken(api, [], basic(user.username, secret)), await postToken(api, [['grant_type', 'refresh_token'], ['refresh_token', token]])].map(({ status }) => status);
  t.deepEqual(await ask(), [200, 200]);
  await updateAccessToken(api.db, { userId: user.id, id: row.id }, { is_active: false });
  t.deepEqual(await ask(), [401, 401]);
});

test('docker_auth: the audience is ours whatever the client names, account proves nothing, and an empty password nobody', async (t) => {
  const api = await startApi(t);
  const { username } = await buildUser(api.db);
  t.is((await api.request('GET', '/token?service=evil.example')).status, 400);
  const { token } = (await getToken(api, [['account', username]])).body as TokenBody;
  const { aud, sub } = decodeJwt(token);
  t.deepEqual([aud, sub], ['hookline-registry', '']);
  for (const secret of ['', ' ']) t.is((await getToken(api, [['account', username]], basic(username, secret))).status, 401);
});
