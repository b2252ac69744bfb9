import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { ProgramUnavailableError } from '../../programs/errors.js';
import { describeEmbedded, writeConfiguration } from '../../registry/configuration.js';
import { locateConfiguration } from '../../registry/embedded.js';
import { pollUntil } from '../helpers/poll.js';
import { tempDir } from '../helpers/ports.js';
import { testWithRegistries } from '../helpers/registryLines.js';
import { isAlive } from '../temporal/testServer.js';
import { startTestRegistry } from './place.js';

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

type Place = Awaited<ReturnType<typeof startTestRegistry>>;

async function putBlob({ origin, authorize }: Place, name: string, text: string): Promise<{ location: string; status: number }> {
  const headers = await authorize(name, ['pull', 'push']);
  const begun = await fetch(`${origin()}/v2/${name}/blobs/uploads/`, { method: 'POST', headers });
  const location = begun.headers.get('location') ?? '';
  // The address of the door: here there is none.
  const { pathname, searchParams } = new URL(location);
  searchParams.set('digest', digestOf(text));
  const put = await fetch(`${origin()}${pathname}?${searchParams.toString()}`, { method: 'PUT', headers, body: text });
  return { location, status: put.status };
}

/** Pushes an image without layers; answers the status of its manifest. */
async function pushImage(place: Place, name: string): Promise<number> {
  const config = '{"architecture":"amd64","os":"linux"}';
  await putBlob(place, name, config);
  const body = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(config), size: config.length }, layers: [] });
  const headers = { ...(await place.authorize(name, ['pull', 'push'])), 'content-type': MANIFEST };
  return (await fetch(`${place.origin()}/v2/${name}/manifests/1.0`, { method: 'PUT', headers, body })).status;
}

/** Takes events as the hub does; answers what came, with the header that says who sent it. */
async function startReceiver(t: ExecutionContext) {
  const got: { authorization: string | undefined; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => { body += chunk; }).on('end', () => {
      got.push({ authorization: request.headers.authorization, body });
      response.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { got, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events` };
}

testWithRegistries('takes our configuration: challenge, tokens, events with the secret, addresses of the door', async (t, { file: binary }) => {
  const receiver = await startReceiver(t);
  const place = await startTestRegistry(t, { binary, eventsUrl: receiver.url });
  const challenge = await fetch(`${place.origin()}/v2/alice/app/tags/list`);
  t.is(challenge.status, 401);
  const header = challenge.headers.get('www-authenticate') ?? '';
  t.regex(header, /^Bearer realm="https:\/\/hub\.example\/token",service="hookline-registry",scope="repository:alice\/app:pull"/);
  const { location, status } = await putBlob(place, 'alice/app', 'a layer');
  t.is(status, 201);
  t.regex(location, /^https:\/\/images\.example\/v2\/alice\/app\/blobs\/uploads\//);
  t.is(await pushImage(place, 'alice/app'), 201);
  const event = await pollUntil('the event of the tag', async () => receiver.got.find(({ body }) => /"tag": ?"1.0"/.test(body)));
  t.is(event.authorization, 'Bearer events-secret');
  t.regex(event.body, /"references": ?\[/);
  t.regex(event.body, /"url": ?"https:\/\/images\.example\/v2\//);
  // No blob stands among the events.
  t.false(receiver.got.some(({ body }) => body.includes('octet-stream')));
  const { token } = await place.keys.sign({ subject: 'alice', access: [{ type: 'registry', name: 'catalog', actions: ['search'] }] });
  t.is((await fetch(`${place.origin()}/v2/_catalog`, { headers: { authorization: `Bearer ${token}` } })).status, 401);
});

testWithRegistries('takes a new leaf of our keys without being started again', async (t, { file: binary }) => {
  const place = await startTestRegistry(t, { binary });
  const pid = place.registry.pid();
  const ask = async () => (await fetch(`${place.origin()}/v2/`, { headers: await place.authorize('alice/app', ['pull']) })).status;
  t.is(await ask(), 200);
  await place.keys.rotate();
  t.is(await ask(), 200);
  t.is(place.registry.pid(), pid);
});

testWithRegistries('comes back on the same files when it is killed, and is gone after a stop', async (t, { file: binary }) => {
  const states: string[] = [];
  const place = await startTestRegistry(t, { binary, onState: (state) => states.push(state) });
  t.is(await pushImage(place, 'alice/app'), 201);
  const first = place.registry.pid() ?? 0;
  process.kill(first, 'SIGKILL');
  await pollUntil('its end', async () => place.registry.origin() === undefined);
  await pollUntil('another one', async () => place.registry.pid() !== undefined);
  const list = await fetch(`${place.origin()}/v2/alice/app/tags/list`, { headers: await place.authorize('alice/app', ['pull']) });
  t.deepEqual(await list.json(), { name: 'alice/app', tags: ['1.0'] });
  const second = place.registry.pid() ?? 0;
  await place.registry.stop();
  t.deepEqual([isAlive(first), isAlive(second)], [false, false]);
  t.deepEqual(states, ['ready', 'down', 'ready', 'stopped']);
  t.false(existsSync(join(place.dataDir, 'registry.pid')));
  t.is(place.registry.origin(), undefined);
});

testWithRegistries('of a killed hub is stopped by the next one; that of a living hub is not', async (t, { file: binary }) => {
  const dataDir = await tempDir(t);
  const owner = fork(fileURLToPath(new URL('./ownRegistry.js', import.meta.url)), [dataDir, binary]);
  t.teardown(() => owner.kill('SIGKILL'));
  await once(owner, 'message');
  const [orphan = 0] = readFileSync(join(dataDir, 'registry.pid'), 'utf8').split('\n').map(Number);
  const refused = await t.throwsAsync(startTestRegistry(t, { binary, dataDir }), { instanceOf: ProgramUnavailableError });
  t.regex(refused.message, new RegExp(`in use by another Hookline \\(process ${owner.pid}\\)`));
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  t.true(isAlive(orphan));
  const { registry } = await startTestRegistry(t, { binary, dataDir });
  t.false(isAlive(orphan));
  t.not(registry.pid(), orphan);
});

testWithRegistries('reads nothing of its configuration from the environment', async (t, { file: binary }) => {
  process.env['REGISTRY_HTTP_ADDR'] = '0.0.0.0:1';
  process.env['REGISTRY_AUTH'] = 'none';
  t.teardown(() => {
    delete process.env['REGISTRY_HTTP_ADDR'];
    delete process.env['REGISTRY_AUTH'];
  });
  const { origin } = await startTestRegistry(t, { binary });
  t.is((await fetch(`${origin()}/v2/`)).status, 401);
});

test('the configuration is written whole, for its owner alone, and leaves no draft', async (t) => {
  const dataDir = await tempDir(t);
  const file = locateConfiguration(dataDir);
  const agreement = { publicUrl: 'https://i.example', realm: 'https://h.example/token', caFile: '/ca', eventsUrl: 'http://h/events', eventsSecret: 's: "1"', httpSecret: '#2' };
  await Promise.all(Array.from({ length: 8 }, () => writeConfiguration(file, describeEmbedded(agreement, { address: '127.0.0.1:1', directory: dataDir }))));
  t.is(statSync(file).mode & 0o777, 0o600);
  t.deepEqual(await readdir(dataDir), ['registry.yml']);
  await t.throwsAsync(writeConfiguration(join(dataDir, 'missing', 'x.yml'), {}), { code: 'ENOENT' });
});
