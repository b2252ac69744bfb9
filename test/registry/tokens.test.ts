import { openRegistryKeys, type RegistryKeys } from '../../registry/keys.js';
import { forgeTokens } from '../helpers/forgedTokens.js';
import { tempDir } from '../helpers/ports.js';
import { testWithRegistries } from '../helpers/registryLines.js';
import { startRegistryServer, type RegistryServer } from '../helpers/registryServer.js';

/** What the registry itself makes of our tokens. */

async function ask({ url }: RegistryServer, token: string, { method = 'GET', path = '/v2/' } = {}): Promise<number> {
  const { status } = await fetch(url + path, { method, headers: { authorization: `Bearer ${token}` } });
  return status;
}

async function signFor({ sign }: RegistryKeys, name: string, actions: readonly string[]): Promise<string> {
  return (await sign({ subject: 'alice', access: [{ type: 'repository', name, actions }] })).token;
}

testWithRegistries('the registry takes our tokens and no forged one', async (t, { file, major }) => {
  const dir = await tempDir(t);
  const keys = await openRegistryKeys(dir);
  const server = await startRegistryServer(t, file, keys.caFile);
  t.is(await ask(server, await signFor(keys, 'alice/app', ['pull'])), 200);
  for (const { what, token, isTakenBy3 } of await forgeTokens(dir, keys)) {
    t.is(await ask(server, token), major >= 3 && isTakenBy3 ? 200 : 401, what);
  }
});

testWithRegistries('the registry takes a new leaf without being told, and the one before', async (t, { file }) => {
  const dir = await tempDir(t);
  const keys = await openRegistryKeys(dir);
  const server = await startRegistryServer(t, file, keys.caFile);
  const before = await signFor(keys, 'alice/app', ['pull']);
  await keys.rotate();
  const after = await signFor(keys, 'alice/app', ['pull']);
  t.deepEqual([await ask(server, before), await ask(server, after)], [200, 200]);
});

testWithRegistries('each action does what is its own: a right to push deletes nothing, and no token shows the catalog', async (t, { file }) => {
  const keys = await openRegistryKeys(await tempDir(t));
  const server = await startRegistryServer(t, file, keys.caFile);
  const manifest = `/v2/alice/app/manifests/sha256:${'0'.repeat(64)}`;
  const uploads = '/v2/alice/app/blobs/uploads/';
  const may = async (actions: readonly string[]) => {
    const token = await signFor(keys, 'alice/app', actions);
    const requests = [{ path: manifest }, { method: 'POST', path: uploads }, { method: 'DELETE', path: manifest }, { path: '/v2/alice/other/tags/list' }];
    return (await Promise.all(requests.map((request) => ask(server, token, request)))).map((status) => (status === 401 ? 'no' : 'yes'));
  };
  t.deepEqual(await may([]), ['no', 'no', 'no', 'no']);
  t.deepEqual(await may(['pull']), ['yes', 'no', 'no', 'no']);
  t.deepEqual(await may(['pull', 'push']), ['yes', 'yes', 'no', 'no']);
  t.deepEqual(await may(['pull', 'push', 'delete']), ['yes', 'yes', 'yes', 'no']);
  const { token } = await keys.sign({ subject: 'alice', access: [{ type: 'registry', name: 'catalog', actions: ['search'] }] });
  t.is(await ask(server, token, { path: '/v2/_catalog' }), 401);
});
