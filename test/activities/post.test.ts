import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import test, { type ExecutionContext } from 'ava';
import {
  createAddressGuard, HostLookupError, HostNotFoundError, type AddressGuard, type HostResolver,
} from '../../address.js';
import { createPoster, type PostResult } from '../../activities/post.js';
import { pollUntil } from '../helpers/poll.js';

const LOOPBACK: HostResolver = async () => [{ address: '127.0.0.1', family: 4 }];
/** Any call in here ends by itself well before this; only the deadline tests set a short one. */
const DEADLINE = 5_000;

async function listen(t: ExecutionContext, server: Server, host = '127.0.0.1'): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(0, host);
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}
const serve = (t: ExecutionContext, listener: RequestListener) => listen(t, createHttpServer(listener));
const serveRaw = (t: ExecutionContext, onSocket: (socket: Socket) => void) => listen(t, createTcpServer(onSocket));
/** Sends these bytes as the answer to whatever comes. */
const serveBytes = (t: ExecutionContext, bytes: string | Buffer, end = true) =>
  serveRaw(t, (socket) => void socket.once('data', () => (end ? socket.end(bytes) : socket.write(bytes))));

interface CallOptions {
  allow?: readonly string[];
  resolve?: HostResolver;
  guard?: AddressGuard;
  deadline?: number;
  headers?: Record<string, string>;
}
function openPoster(t: ExecutionContext, options: CallOptions) {
  const { allow = ['127.0.0.0/8'], resolve = LOOPBACK, guard, deadline = DEADLINE } = options;
  const poster = createPoster({ guard: guard ?? createAddressGuard({ allow, resolve }), deadline });
  t.teardown(() => poster.close());
  return poster;
}
const call = (t: ExecutionContext, url: string, options: CallOptions = {}): Promise<PostResult> =>
  openPoster(t, options).post({ url, headers: options.headers ?? {}, body: '{"a":1}' });
const toUrl = (port: number, host = '127.0.0.1', scheme = 'http') => `${scheme}://${host}:${port}/hook?x=1`;

/** A listener inside that no forbidden call may reach, on every address of this machine. */
async function startCanary(t: ExecutionContext) {
  const canary = { connections: 0, port: 0 };
  const server = createTcpServer((socket) => {
    canary.connections += 1;
    socket.destroy();
  });
  canary.port = await listen(t, server, '::').catch(() => listen(t, server, '0.0.0.0'));
  return canary;
}

test('an answer comes back with status, headers and body, and the request arrives as written', async (t) => {
  let seen: { message: IncomingMessage; body: string } | undefined;
  const port = await serve(t, (message, response) => {
    const chunks: Buffer[] = [];
    message.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => {
      seen = { message, body: Buffer.concat(chunks).toString() };
      response.writeHead(201, { 'set-cookie': ['a=1', 'b=2'], 'X-Name': 'v' }).end('done\0 é');
    });
  });
  const headers = { 'Content-Type': 'application/json', 'Accept-Encoding': 'gzip', Host: 'evil.example' };
  const result = await call(t, toUrl(port, 'hooks.test'), { headers });
  t.like(result, { kind: 'answered', status: 201, body: 'done é', truncated: false });
  t.like(result.kind === 'answered' && result.headers, { 'set-cookie': 'a=1, b=2', 'x-name': 'v' });
  t.true(Number.isInteger(result.duration_ms));
  t.is(seen?.body, '{"a":1}');
  t.like(seen?.message, { method: 'POST', url: '/hook?x=1' });
  t.like(seen?.message.headers, { 'accept-encoding': 'identity', host: `hooks.test:${port}`, 'content-length': '7' });
});

const INSIDE = [
  '127.0.0.1', '127.1', '2130706433', '0x7f000001', '017700000001', '①②⑦.⓪.⓪.①', '127。0。0。1', '127.0.0.1..',
  '0', '0.0.0.0', 'localhost', 'localhost.', 'name.test', '[::1]', '[::]', '[::ffff:127.0.0.1]',
  '[::127.0.0.1]', '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]', '169.254.169.254', '168.63.129.16', '100.64.0.1', '10.0.0.1', '192.168.0.1',
  '[fe80::1]', '[fd00::2]',
];
for (const host of INSIDE) {
  test(`a call to ${host} is refused and no connection is made`, async (t) => {
    const canary = await startCanary(t);
    for (const scheme of ['http', 'https']) {
      const result = await call(t, toUrl(canary.port, host, scheme), { allow: [] });
      t.is(result.kind, 'refused');
    }
    t.is(canary.connections, 0);
  });
}

test('URLs that are never called are refused', async (t) => {
  const canary = await startCanary(t);
  const target = `127.0.0.1:${canary.port}/`;
  for (const url of [`http://u:p@${target}`, `ftp://${target}`, 'file:///etc/passwd', 'javascript:1']) {
    t.is((await call(t, url)).kind, 'refused', url);
  }
  t.is(canary.connections, 0);
});

test('an answer of the name servers that changes after the saving is refused', async (t) => {
  const canary = await startCanary(t);
  const answers = ['93.184.216.34', '127.0.0.1'];
  const guard = createAddressGuard({ allow: [], resolve: async () => [{ address: answers.shift() ?? '', family: 4 }] });
  await guard.checkUrl(toUrl(canary.port, 'rebind.test'));
  t.like(await call(t, toUrl(canary.port, 'rebind.test'), { guard }), {
    kind: 'refused', detail: 'rebind.test resolves to a loopback address',
  });
  t.is(canary.connections, 0);
});

test('one forbidden address among allowed ones refuses the call', async (t) => {
  const canary = await startCanary(t);
  const resolve: HostResolver = async () => ['127.0.0.1', '10.0.0.1'].map((address) => ({ address, family: 4 }));
  t.is((await call(t, toUrl(canary.port, 'mixed.test'), { resolve })).kind, 'refused');
  t.is(canary.connections, 0);
});

test('an allowed port opens no other port', async (t) => {
  const canary = await startCanary(t);
  const port = await serve(t, (_, response) => response.end('in'));
  const allow = [`127.0.0.0/8:${port}`];
  t.is((await call(t, toUrl(port), { allow })).kind, 'answered');
  t.is((await call(t, toUrl(port, 'name.test'), { allow: [`name.test:${port}`] })).kind, 'answered');
  t.is((await call(t, toUrl(canary.port), { allow })).kind, 'refused');
  t.is(canary.connections, 0);
});

test('the socket is judged again once it stands', async (t) => {
  let bytes = 0;
  const port = await serveRaw(t, (socket) => void socket.on('data', (chunk) => (bytes += chunk.length)));
  // A guard whose resolution is fooled: only the check of the socket is left.
  const guard: AddressGuard = { ...createAddressGuard({ allow: [] }), resolveAllowed: LOOPBACK };
  const result = await call(t, toUrl(port, 'fooled.test'), { guard });
  t.like(result, { kind: 'refused', detail: '127.0.0.1 is a loopback address' });
  t.is(bytes, 0);
});

test('the next address is tried when one refuses', async (t) => {
  const port = await serve(t, (_, response) => response.end('second'));
  const resolve: HostResolver = async () => ['127.0.0.2', '127.0.0.1'].map((address) => ({ address, family: 4 }));
  t.like(await call(t, toUrl(port, 'two.test'), { resolve }), { kind: 'answered', body: 'second' });
});

for (const status of [301, 302, 303, 307, 308]) {
  test(`a ${status} is an answer and is not followed`, async (t) => {
    const canary = await startCanary(t);
    const location = `http://127.0.0.1:${canary.port}/`;
    const port = await serve(t, (_, response) => response.writeHead(status, { location }).end());
    t.like(await call(t, toUrl(port)), { kind: 'answered', status, headers: { location } });
    t.is(canary.connections, 0);
  });
}

test.serial('a proxy in the environment is not used', async (t) => {
  const canary = await startCanary(t);
  const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
  const saved = names.map((name) => [name, process.env[name]] as const);
  for (const name of names) process.env[name] = `http://127.0.0.1:${canary.port}`;
  t.teardown(() => {
    for (const [name] of saved) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, Object.fromEntries(saved.filter(([, value]) => value !== undefined)));
  });
  const port = await serve(t, (_, response) => response.end());
  t.is((await call(t, toUrl(port))).kind, 'answered');
  t.is(canary.connections, 0);
});

test('64 KiB of an endless body are kept, then the socket is destroyed', async (t) => {
  let closed = false;
  const port = await serve(t, (_, response) => {
    response.on('close', () => (closed = true));
    const pour = (): void => {
      if (!response.destroyed) response.write('é'.repeat(8192), pour);
    };
    pour();
  });
  const result = await call(t, toUrl(port));
  t.like(result, { kind: 'answered', status: 200, truncated: true });
  t.is(result.kind === 'answered' && Buffer.byteLength(result.body), 65_536);
  await pollUntil('the socket to be destroyed', async () => closed, DEADLINE);
});

test('a body of exactly 64 KiB is whole, one byte more is cut, and a cut character is left out', async (t) => {
  const bodies = ['a'.repeat(65_536), 'a'.repeat(65_537), `${'a'.repeat(65_535)}é`];
  const port = await serve(t, (request, response) => response.end(bodies[Number(request.headers['x-case'])]));
  const calls = bodies.map((_, index) => call(t, toUrl(port), { headers: { 'x-case': `${index}` } }));
  const results = await Promise.all(calls);
  t.deepEqual(results.map((result) => result.kind === 'answered' && [result.truncated, result.body.length]),
    [[false, 65_536], [true, 65_536], [true, 65_535]]);
});

test('a gzip bomb is not inflated', async (t) => {
  const bomb = gzipSync(Buffer.alloc(20_000_000));
  const port = await serve(t, (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb));
  const result = await call(t, toUrl(port));
  t.true(result.kind === 'answered' && result.status === 200 && result.body.length <= 65_536);
});

test('a body that is not UTF-8 is decoded with replacement characters', async (t) => {
  const port = await serve(t, (_, response) => response.end(Buffer.from([0x61, 0xff, 0x00, 0x62])));
  t.like(await call(t, toUrl(port)), { body: 'a\ufffdb' });
});

test('a trickling body ends at the deadline, with the status', async (t) => {
  const port = await serve(t, (_, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write('.'), 20);
    response.on('close', () => clearInterval(drip));
  });
  const result = await call(t, toUrl(port), { deadline: 3000 });
  t.like(result, { kind: 'failed', error: 'timeout', status: 200, truncated: true });
  t.regex(String(result.kind === 'failed' && result.body), /^\.+$/);
  t.true(result.duration_ms >= 2990);
});

test('trickling headers, no headers, hanging names and silent TLS end in time', async (t) => {
  const drip = (socket: Socket) => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const timer = setInterval(() => socket.write('a: b\r\n'), 20);
    socket.on('close', () => clearInterval(timer));
  };
  const dripping = await serveRaw(t, drip);
  const silent = await serveRaw(t, () => undefined);
  const hang: HostResolver = () => new Promise(() => undefined);
  const timeout = { kind: 'failed', error: 'timeout', detail: 'The call did not end within 300 ms.' } as const;
  t.like(await call(t, toUrl(dripping), { deadline: 300 }), timeout);
  t.like(await call(t, toUrl(silent), { deadline: 300 }), timeout);
  t.like(await call(t, toUrl(silent, 'hang.test'), { deadline: 300, resolve: hang }), timeout);
  // undici's timer of a connection, a third of the deadline, is exact to half a second only.
  const handshake = await call(t, toUrl(silent, 'tls.test', 'https'), { deadline: 3000 });
  t.like(handshake, { kind: 'failed', error: 'connect_timeout' });
});

test('a call that was given up is not sent later', async (t) => {
  let hits = 0;
  const port = await serve(t, (_, response) => void ((hits += 1), response.end()));
  const { promise, release } = createGate();
  const poster = openPoster(t, { resolve: (host) => promise.then(() => LOOPBACK(host)), deadline: 3000 });
  const request = { url: toUrl(port, 'late.test'), headers: {}, body: '' };
  t.like(await poster.post(request), { kind: 'failed', error: 'timeout' });
  release();
  t.is((await poster.post(request)).kind, 'answered');
  t.is(hits, 1);
});
function createGate() {
  let release = () => {};
  const promise = new Promise<void>((resolve) => (release = resolve));
  return { promise, release: () => release() };
}

test('faults of the name are told apart', async (t) => {
  const reject = (error: Error) => ({ resolve: () => Promise.reject(error) });
  t.like(await call(t, 'http://a.test/', reject(new HostNotFoundError('a.test'))), {
    kind: 'failed', error: 'dns_not_found', detail: 'The host a.test has no address.',
  });
  t.like(await call(t, 'http://a.test/', reject(new HostLookupError('a.test', 'ETIMEOUT'))), { error: 'dns_failed' });
});

test('a closed port refuses', async (t) => {
  const server = createTcpServer();
  const port = await listen(t, server);
  server.close();
  await once(server, 'close');
  t.like(await call(t, toUrl(port)), {
    kind: 'failed', error: 'connect_refused', detail: 'The connection was refused (ECONNREFUSED).',
  });
});

test('broken connections before the status', async (t) => {
  const reset = { kind: 'failed', error: 'connection_reset' } as const;
  const receivers: ((socket: Socket) => void)[] = [
    (socket) => void socket.resetAndDestroy(),
    (socket) => void socket.once('data', () => socket.resetAndDestroy()),
    (socket) => void socket.once('data', () => socket.end()),
  ];
  for (const receiver of receivers) t.like(await call(t, toUrl(await serveRaw(t, receiver))), reset);
});

const INVALID_ANSWERS = {
  'a bad status line': 'HTTP/1.1 abc OK\r\n\r\n',
  'no HTTP at all': 'SSH-2.0-OpenSSH_9.2\r\n',
  'header overflow': `HTTP/1.1 200 OK\r\n${`x: ${'y'.repeat(1000)}\r\n`.repeat(40)}\r\n`,
  'one header too long': `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
  'a NUL in a header': 'HTTP/1.1 200 OK\r\nx: a\0b\r\ncontent-length: 0\r\n\r\n',
  'both lengths': 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
};
for (const [name, bytes] of Object.entries(INVALID_ANSWERS)) {
  test(`an answer with ${name} is a protocol error`, async (t) => {
    t.like(await call(t, toUrl(await serveBytes(t, bytes, false))), { kind: 'failed', error: 'protocol_error' });
  });
}

test('a body that breaks off keeps the status', async (t) => {
  const port = await serveBytes(t, 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart');
  t.like(await call(t, toUrl(port)), { kind: 'answered', status: 200, body: 'part', truncated: true });
  const bytes = 'HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\n4\r\npart\r\nzz\r\n';
  const chunked = await serveBytes(t, bytes, false);
  t.like(await call(t, toUrl(chunked)), { kind: 'answered', status: 500, body: 'part', truncated: true });
});

test('a header named __proto__ is a name like any other', async (t) => {
  const port = await serveBytes(t, 'HTTP/1.1 200 OK\r\n__proto__: x\r\nconstructor: y\r\ncontent-length: 0\r\n\r\n');
  const result = await call(t, toUrl(port));
  t.deepEqual(result.kind === 'answered' && JSON.parse(JSON.stringify(result.headers)),
    JSON.parse('{"__proto__":"x","constructor":"y","content-length":"0"}'));
});

test('TLS to a plain port, and an untrusted certificate', async (t) => {
  const plain = await serve(t, (_, response) => response.end());
  t.like(await call(t, toUrl(plain, '127.0.0.1', 'https')), { kind: 'failed', error: 'tls_error' });
  const names: unknown[] = [];
  const SNICallback = (name: string, done: (error: null) => void) => (names.push(name), done(null));
  const server = createTlsServer({ ...makeCertificate(t), SNICallback });
  const port = await listen(t, server);
  t.like(await call(t, toUrl(port, 'hooks.test.', 'https'), { headers: { host: 'other.test' } }), {
    kind: 'failed', error: 'tls_error', detail: 'TLS could not be set up (DEPTH_ZERO_SELF_SIGNED_CERT).',
  });
  t.deepEqual(names, ['hooks.test']);
});
function makeCertificate(t: ExecutionContext) {
  const folder = mkdtempSync(join(tmpdir(), 'hookline-tls-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const options = [...curve, '-days', '1', '-subj', '/CN=hooks.test'];
  execFileSync('openssl', ['req', '-x509', ...options, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

test('connections are kept, and their name is not resolved again', async (t) => {
  const ports = new Set<number | undefined>();
  let resolved = 0;
  const port = await serve(t, (request, response) => void (ports.add(request.socket.remotePort), response.end('ok')));
  const poster = openPoster(t, { resolve: (host) => ((resolved += 1), LOOPBACK(host)) });
  for (let turn = 0; turn < 6; turn += 1) {
    t.is((await poster.post({ url: toUrl(port, 'keep.test'), headers: {}, body: '' })).kind, 'answered');
  }
  // undici opens a second one when the next call comes before the first has settled down.
  t.true(ports.size <= 2);
  t.is(resolved, ports.size);
});

test('faults of ours are thrown, not recorded as the receiver\'s', async (t) => {
  const port = await serve(t, (_, response) => response.end());
  const poster = openPoster(t, {});
  const injected = { url: toUrl(port), headers: { a: 'x\r\ny: z' }, body: '' };
  await t.throwsAsync(poster.post(injected), { code: 'UND_ERR_INVALID_ARG' });
  await poster.close();
  await t.throwsAsync(poster.post({ url: toUrl(port), headers: {}, body: '' }));
});
