import { once } from 'node:events';
import { createServer, request as sendRequest, type ClientRequest, type IncomingMessage, type RequestListener, type RequestOptions } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import test, { type ExecutionContext } from 'ava';
import { openDoor, type DoorOptions } from '../../registry/door.js';
import { createIdentity } from '../clients/certificate.js';
import { pollUntil } from '../helpers/poll.js';
import { LOG } from './place.js';

const MIB = 1024 * 1024;
const BIG = 300;

interface Place {
  /** Of the door. */
  readonly port: number;
  /** What came to the registry, newest last. */
  readonly seen: IncomingMessage[];
}

type Options = Partial<Omit<DoorOptions, 'address'>>;

/** A door in front of a registry that answers like this. The hub behind it says what it was asked for. */
async function startPlace(t: ExecutionContext, answer: RequestListener, options: Options = {}): Promise<Place> {
  const seen: IncomingMessage[] = [];
  const upstream = createServer((request, response) => {
    seen.push(request);
    answer(request, response);
  });
  // What it waits for is its own to say.
  upstream.on('checkContinue', (request: IncomingMessage, response) => {
    seen.push(request);
    answer(request, response);
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  const door = await openDoor({
    address: { host: '127.0.0.1', port: 0 },
    publicUrl: 'https://images.example',
    upstream: { origin: () => `http://127.0.0.1:${port}`, keepsHost: true },
    hub: (request, response) => response.end(`hub ${request.url}`),
    findOfficial: async (name) => (name === 'alpine' ? { namespace: 'alice', name } : undefined),
    trustedProxies: 0,
    log: LOG,
    ...options,
  });
  t.teardown(async () => {
    upstream.closeAllConnections();
    upstream.close();
    await door.close();
  });
  return { port: door.port, seen };
}

function open(port: number, options: RequestOptions): ClientRequest {
  return sendRequest({ host: '127.0.0.1', port, agent: false, ...options });
}

async function readAll(message: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of message.setEncoding('utf8')) text += String(chunk);
  return text;
}

async function ask(port: number, options: RequestOptions & { body?: string }): Promise<{ answer: IncomingMessage; text: string }> {
  const sent = open(port, options);
  sent.end(options.body);
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { answer, text: await readAll(answer) };
}

const MANIFEST = '/v2/alice/app/manifests/1.0';

test('the path, the query, the host and the body reach the registry as they are, and so does its answer', async (t) => {
  const { port, seen } = await startPlace(t, (request, response) => {
    request.resume().on('end', () => response.writeHead(201, 'Made', [['Location', '/there'], ['X-Odd-Case', '1'], ['Set-Cookie', 'a'], ['Set-Cookie', 'b']].flat()).end('ok'));
  });
  const { answer, text } = await ask(port, { method: 'PUT', path: `${MANIFEST}?digest=sha256:a%2Bb&x=`, headers: { host: 'images.example:444', authorization: 'Bearer x' }, body: 'layer' });
  t.deepEqual([answer.statusCode, answer.statusMessage, text], [201, 'Made', 'ok']);
  t.deepEqual(answer.headers['set-cookie'], ['a', 'b']);
  t.true(answer.rawHeaders.includes('X-Odd-Case'));
  const [got] = seen;
  t.is(got?.url, `${MANIFEST}?digest=sha256:a%2Bb&x=`);
  t.like(got?.headers, { host: 'images.example:444', authorization: 'Bearer x', 'content-length': '5' });
});

test('what a client says of proxies is dropped, and the door says it itself', async (t) => {
  const { port, seen } = await startPlace(t, (_, response) => response.end());
  const lies = {
    'x-forwarded-for': '1.2.3.4', 'x-forwarded-proto': 'gopher', 'x-forwarded-host': 'evil.example', 'x-forwarded-port': '1', forwarded: 'for=1.2.3.4', 'x-real-ip': '1.2.3.4', via: '1.1 evil',
  };
  await ask(port, { path: MANIFEST, headers: lies });
  const headers = seen[0]?.headers;
  t.like(headers, { 'x-forwarded-for': '127.0.0.1', 'x-forwarded-proto': 'https' });
  for (const name of ['x-forwarded-host', 'x-forwarded-port', 'forwarded', 'x-real-ip', 'via']) t.is(headers?.[name], undefined, name);
});

test('behind proxies of the operator the client is the one that they name', async (t) => {
  const { port, seen } = await startPlace(t, (_, response) => response.end(), { trustedProxies: 2 });
  await ask(port, { path: MANIFEST, headers: { 'x-forwarded-for': '6.6.6.6, 9.9.9.9, 10.0.0.1' } });
  await ask(port, { path: MANIFEST });
  t.deepEqual(seen.map(({ headers }) => headers['x-forwarded-for']), ['9.9.9.9', '127.0.0.1']);
});

test('headers of one connection go no further, in either direction', async (t) => {
  const { port, seen } = await startPlace(t, (_, response) => {
    response.writeHead(200, { Connection: 'X-Hop, keep-alive', 'X-Hop': '1', 'Keep-Alive': 'timeout=1', 'Proxy-Authenticate': 'Basic', Upgrade: 'h2c', 'X-Stays': '1' }).end('text');
  });
  const { answer } = await ask(port, { path: MANIFEST, headers: { connection: 'close, X-Mine', 'x-mine': '1', te: 'trailers', 'proxy-authorization': 'Basic x', upgrade: 'h2c', 'x-stays': '1' } });
  for (const name of ['x-mine', 'te', 'proxy-authorization', 'upgrade']) t.is(seen[0]?.headers[name], undefined, name);
  t.is(seen[0]?.headers['x-stays'], '1');
  for (const name of ['x-hop', 'proxy-authenticate', 'upgrade']) t.is(answer.headers[name], undefined, name);
  t.is(answer.headers['x-stays'], '1');
  t.not(answer.headers['keep-alive'], 'timeout=1');
});

test('an upstream of the operator is asked by its own name', async (t) => {
  const place: { origin?: string } = {};
  const { port, seen } = await startPlace(t, (_, response) => response.end(), { upstream: { origin: () => place.origin, keepsHost: false } });
  const own = createServer((request, response) => { seen.push(request); response.end(); }).listen(0, '127.0.0.1');
  await once(own, 'listening');
  t.teardown(() => { own.close(); own.closeAllConnections(); });
  place.origin = `http://127.0.0.1:${(own.address() as AddressInfo).port}`;
  await ask(port, { path: MANIFEST, headers: { host: 'images.example' } });
  t.like(seen[0]?.headers, { host: new URL(place.origin).host, 'x-forwarded-host': 'images.example' });
});

test('HEAD has the length and no body, and a GET has no length of its own', async (t) => {
  const { port, seen } = await startPlace(t, (_, response) => response.writeHead(200, { 'Content-Length': '12345', 'Docker-Content-Digest': 'sha256:a' }).end());
  const { answer, text } = await ask(port, { method: 'HEAD', path: MANIFEST });
  t.deepEqual([answer.statusCode, answer.headers['content-length'], answer.headers['docker-content-digest'], text], [200, '12345', 'sha256:a', '']);
  t.deepEqual([seen[0]?.method, seen[0]?.headers['content-length'], seen[0]?.headers['transfer-encoding']], ['HEAD', undefined, undefined]);
});

test('chunks stay chunks, a length stays a length, and a POST without a body has the length 0', async (t) => {
  const { port, seen } = await startPlace(t, (request, response) => void request.resume().on('end', () => response.end()));
  const path = '/v2/alice/app/blobs/uploads/';
  const chunked = open(port, { method: 'PATCH', path, headers: { 'transfer-encoding': 'chunked' } });
  chunked.write('one');
  chunked.end('two');
  await once(chunked, 'response');
  await ask(port, { method: 'PATCH', path, headers: { 'content-length': '3' }, body: 'one' });
  const bare = connect(port, '127.0.0.1');
  bare.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  await once(bare, 'data');
  bare.destroy();
  t.deepEqual(seen.map(({ headers }) => [headers['transfer-encoding'], headers['content-length']]), [['chunked', undefined], [undefined, '3'], [undefined, '0']]);
});

test('a client that waits is told to continue when the registry says so', async (t) => {
  const { port } = await startPlace(t, (request, response) => {
    response.writeContinue();
    void readAll(request).then((text) => response.end(text));
  });
  const sent = open(port, { method: 'PUT', path: MANIFEST, headers: { expect: '100-continue', 'content-length': '4' } });
  sent.flushHeaders();
  await once(sent, 'continue');
  sent.end('body');
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  t.is(await readAll(answer), 'body');
});

test('a client that waits and is refused sends no body, and the connection ends', async (t) => {
  const { port } = await startPlace(t, (_, response) => response.writeHead(401, { 'Content-Length': '0' }).end());
  const sent = open(port, { method: 'PUT', path: MANIFEST, headers: { expect: '100-continue', 'content-length': String(BIG * MIB) } });
  sent.on('continue', () => t.fail('it was told to continue'));
  sent.on('error', () => undefined);
  sent.flushHeaders();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  t.deepEqual([answer.statusCode, answer.headers.connection], [401, 'close']);
  sent.destroy();
});

test('an answer before the end of a body reaches the client, and the rest of the body is not kept', async (t) => {
  const { port } = await startPlace(t, (_, response) => response.writeHead(401, { 'Content-Type': 'application/json' }).end('{"errors":[]}'));
  const sent = open(port, { method: 'PATCH', path: MANIFEST, headers: { 'content-length': String(4 * MIB) } });
  sent.write(Buffer.alloc(MIB));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  t.deepEqual([answer.statusCode, await readAll(answer)], [401, '{"errors":[]}']);
  sent.end(Buffer.alloc(3 * MIB));
  await once(sent, 'close');
});

/** The most that the resident memory grew while this ran, in bytes. The test process is client, door and registry in one. */
async function measureGrowth(action: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()); }, 20);
  await action();
  clearInterval(timer);
  return most - before;
}

test.serial('300 MB up, to a registry slower than the client, in flat memory', async (t) => {
  let got = 0;
  const { port } = await startPlace(t, (request, response) => {
    request.on('data', (chunk: Buffer) => {
      got += chunk.length;
      request.pause();
      setImmediate(() => request.resume());
    }).on('end', () => response.writeHead(202).end());
  });
  const growth = await measureGrowth(async () => {
    const sent = open(port, { method: 'PATCH', path: MANIFEST, headers: { 'transfer-encoding': 'chunked' } });
    const chunk = Buffer.alloc(MIB, 7);
    for (let count = 0; count < BIG; count += 1) if (!sent.write(chunk)) await once(sent, 'drain');
    sent.end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    t.is(answer.statusCode, 202);
  });
  t.is(got, BIG * MIB);
  t.log(`resident memory grew by ${Math.round(growth / MIB)} MB`);
  t.true(growth < 120 * MIB, `${growth}`);
});

test.serial('300 MB down, to a client slower than the registry, in flat memory', async (t) => {
  const chunk = Buffer.alloc(MIB, 7);
  const { port } = await startPlace(t, (_, response) => {
    void (async () => {
      response.writeHead(200, { 'Content-Length': String(BIG * MIB) });
      for (let count = 0; count < BIG; count += 1) if (!response.write(chunk)) await once(response, 'drain');
      response.end();
    })();
  });
  let got = 0;
  const growth = await measureGrowth(async () => {
    const sent = open(port, { path: '/v2/alice/app/blobs/sha256:a' });
    sent.end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    for await (const part of answer) {
      got += (part as Buffer).length;
      await new Promise(setImmediate);
    }
  });
  t.is(got, BIG * MIB);
  t.log(`resident memory grew by ${Math.round(growth / MIB)} MB`);
  t.true(growth < 120 * MIB, `${growth}`);
});

test('when the client goes, the registry sees the request break off: an upload does not end as if it were whole', async (t) => {
  const { port, seen } = await startPlace(t, (request) => void request.resume());
  const upload = open(port, { method: 'PATCH', path: MANIFEST, headers: { 'transfer-encoding': 'chunked' } });
  upload.on('error', () => undefined);
  upload.write('some');
  await pollUntil('the upload', async () => seen.length === 1);
  upload.destroy();
  await pollUntil('its end', async () => seen[0]?.destroyed);
  t.false(seen[0]?.complete);
});

test('when the client goes during a download, the registry stops sending', async (t) => {
  const ended: boolean[] = [];
  const { port } = await startPlace(t, (_, response) => {
    response.on('close', () => ended.push(response.writableFinished)).writeHead(200).write('some');
  });
  const download = open(port, { path: MANIFEST });
  download.on('error', () => undefined).end();
  await once(download, 'response');
  download.destroy();
  await pollUntil('its end', async () => ended.length === 1);
  t.deepEqual(ended, [false]);
});

test('when the registry breaks off an answer, the client sees it broken off', async (t) => {
  const { port } = await startPlace(t, (_, response) => {
    response.writeHead(200, { 'Content-Length': '100' }).write('some');
    setImmediate(() => response.destroy());
  });
  await t.throwsAsync(ask(port, { path: MANIFEST }));
  const { port: chunked } = await startPlace(t, (_, response) => {
    response.writeHead(200).write('some');
    setImmediate(() => response.destroy());
  });
  await t.throwsAsync(ask(chunked, { path: MANIFEST }));
});

const AWAY = { code: 'UNAVAILABLE', detail: null };

test('a registry that is down or breaks off is said in its own form of errors', async (t) => {
  const down = await startPlace(t, () => undefined, { upstream: { origin: () => undefined, keepsHost: true } });
  const refused = await startPlace(t, () => undefined, { upstream: { origin: () => 'http://127.0.0.1:9', keepsHost: true } });
  const broken = await startPlace(t, (_, response) => void response.destroy());
  for (const [{ port }, status] of [[down, 503], [refused, 503], [broken, 502]] as const) {
    const { answer, text } = await ask(port, { path: MANIFEST });
    t.is(answer.statusCode, status);
    t.like(answer.headers, { 'content-type': 'application/json', 'docker-distribution-api-version': 'registry/2.0' });
    t.like((JSON.parse(text) as { errors: unknown[] }).errors[0], AWAY);
    t.is(answer.headers['retry-after'], status === 503 ? '2' : undefined);
    const head = await ask(port, { method: 'HEAD', path: MANIFEST });
    t.deepEqual([head.answer.statusCode, head.text], [status, '']);
  }
});

test('a registry over https whose certificate nobody vouches for gets no request', async (t) => {
  const { key, certificate: cert } = createIdentity('registry.example');
  let asked = 0;
  const server = createHttpsServer({ key, cert }, (_, response) => { asked += 1; response.end(); }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  const { port } = await startPlace(t, () => undefined, { upstream: { origin: () => `https://127.0.0.1:${(server.address() as AddressInfo).port}`, keepsHost: false } });
  t.is((await ask(port, { path: MANIFEST, headers: { authorization: 'Bearer x' } })).answer.statusCode, 502);
  t.is(asked, 0);
});

for (const path of ['/v1/_ping', '/v1/search?q=a&n=25', '/v2/_catalog', '/v2/_catalog/?n=1', '/v2/%5Fcatalog', '/v2//_catalog', '//v2/_catalog', '/v2/x/../_catalog', '/v2/x/%2e%2e/_catalog', '/v2/./_catalog']) {
  test(`${path} is the hub's to answer`, async (t) => {
    const { port, seen } = await startPlace(t, (_, response) => response.end('registry'));
    t.is((await ask(port, { path })).text, `hub ${path}`);
    t.is(seen.length, 0);
  });
}

for (const path of ['/', '/v1/repositories/x', '/v2x/', '/token', '/v3/', '/v2/%zz', '*', 'http://evil.example/v2/']) {
  test(`${path} is nobody's`, async (t) => {
    const { port, seen } = await startPlace(t, (_, response) => response.end('registry'));
    const { answer, text } = await ask(port, { path });
    t.is(answer.statusCode, 404);
    t.like((JSON.parse(text) as { errors: unknown[] }).errors[0], { code: 'NOT_FOUND' });
    t.is(seen.length, 0);
  });
}

const TARGETS = [
  ['/v2/', '/v2/'],
  ['/v2', '/v2'],
  ['/v2/alpine/manifests/3.8?x=1', '/v2/alice/alpine/manifests/3.8?x=1'],
  ['/v2/library/alpine/manifests/3.8', '/v2/alice/alpine/manifests/3.8'],
  ['/v2/alpine/blobs/sha256:ab', '/v2/alice/alpine/blobs/sha256:ab'],
  ['/v2/alpine/blobs/uploads/', '/v2/alice/alpine/blobs/uploads/'],
  ['/v2/alpine/tags/list?n=1', '/v2/alice/alpine/tags/list?n=1'],
  ['/v2/missing/manifests/1', '/v2/missing/manifests/1'],
  ['/v2/alpine/manifests/tags/list', '/v2/alpine/manifests/tags/list'],
  ['/v2/bob/alpine/manifests/1', '/v2/bob/alpine/manifests/1'],
] as const;

test('an official repository is asked for by its name alone, and lies in the registry under its namespace', async (t) => {
  const { port, seen } = await startPlace(t, (_, response) => response.end());
  for (const [path] of TARGETS) await ask(port, { path });
  t.deepEqual(seen.map(({ url }) => url), TARGETS.map(([, target]) => target));
});

test('a name that cannot be looked up is a 503, and a taken address is said in one sentence', async (t) => {
  const { port } = await startPlace(t, (_, response) => response.end(), { findOfficial: async () => { throw new Error('the database is away'); } });
  t.is((await ask(port, { path: '/v2/alpine/manifests/1' })).answer.statusCode, 503);
  const options = { publicUrl: 'http://x', upstream: { origin: () => undefined, keepsHost: true }, hub: () => undefined, findOfficial: async () => undefined, trustedProxies: 0, log: LOG };
  const { message } = await t.throwsAsync(openDoor({ ...options, address: { host: '127.0.0.1', port } }));
  t.regex(message, new RegExp(`127\\.0\\.0\\.1:${port} is in use: .*HOOKLINE_REGISTRY_ADDRESS`));
});

test('a connection carries several requests, and one after a refused upload too', async (t) => {
  const { port } = await startPlace(t, (request, response) => response.writeHead(request.method === 'PATCH' ? 404 : 200).end(request.method === 'PATCH' ? 'no' : 'yes'));
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => socket.destroy());
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
  socket.write(`PATCH ${MANIFEST} HTTP/1.1\r\nHost: x\r\nContent-Length: ${2 * MIB}\r\n\r\n`);
  await pollUntil('the refusal', async () => text.includes('404'));
  socket.write(Buffer.alloc(2 * MIB));
  socket.write(`GET ${MANIFEST} HTTP/1.1\r\nHost: x\r\n\r\n`);
  await pollUntil('the second answer', async () => text.includes('yes'));
  t.pass();
});
