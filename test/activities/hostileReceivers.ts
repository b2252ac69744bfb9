import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** What a delivery to such a receiver leaves in the history. */
export interface Expected {
  readonly status: number | null;
  readonly error: string | null;
  /** A class of retry: tried again, or closed with a reason. */
  readonly after: 'retry' | 'gone' | 'success';
}

export interface HostileReceiver {
  readonly name: string;
  readonly server: () => Server;
  readonly scheme?: 'https';
  readonly expected: Expected;
}

const TIMEOUT = { status: null, error: 'timeout', after: 'retry' } as const;
const LATE_BODY = { status: 200, error: 'timeout', after: 'retry' } as const;
const PROTOCOL = { status: null, error: 'protocol_error', after: 'retry' } as const;
const RESET = { status: null, error: 'connection_reset', after: 'retry' } as const;
/** More was sent than is kept: it is a 2xx all the same. */
const TAKEN = { status: 200, error: null, after: 'success' } as const;

const quiet = (socket: Socket) => void socket.on('error', () => undefined);
const onSocket = (act: (socket: Socket) => void) => () =>
  createTcpServer({ allowHalfOpen: true }, (socket) => {
    quiet(socket);
    act(socket);
  });
/** Acts once the request has begun to arrive. */
const onRequest = (act: (socket: Socket) => void) => onSocket((socket) => void socket.once('data', () => act(socket)));
const sending = (text: string) => onRequest((socket) => void socket.write(text));

function drip(socket: Socket, piece: string): void {
  const timer = setInterval(() => socket.write(piece), 50);
  socket.on('close', () => clearInterval(timer));
}

const CHUNK = Buffer.alloc(65_536, 'a');
function pour(socket: Socket): void {
  const next = (): void => {
    if (!socket.destroyed) socket.write(CHUNK, next);
  };
  next();
}

/** 200 MB once inflated, in members of ten: making it in one piece would take as much. */
const BOMB = Buffer.concat(Array<Buffer>(20).fill(gzipSync(Buffer.alloc(10_000_000))));
const dropBomb = () => createHttpServer((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB));

const answering = (status: number, headers: Record<string, string> = {}) => () =>
  createHttpServer((_, response) => response.writeHead(status, headers).end());
const refusing = (status: number): HostileReceiver => ({
  name: `answers ${status}`, server: answering(status, { location: 'http://127.0.0.1:1/', 'retry-after': '1' }),
  expected: { status, error: null, after: status === 410 ? 'gone' : 'retry' },
});

/** Every receiver that does what it should not, and what comes of it. */
export const HOSTILE_RECEIVERS: readonly HostileReceiver[] = [
  { name: 'takes the connection and never answers', server: onSocket(() => undefined), expected: TIMEOUT },
  { name: 'lets headers trickle', server: onRequest((socket) => { socket.write('HTTP/1.1 200 OK\r\n'); drip(socket, 'a: b\r\n'); }), expected: TIMEOUT },
  { name: 'lets its body trickle', server: onRequest((socket) => { socket.write('HTTP/1.1 200 OK\r\n\r\n'); drip(socket, '.'); }), expected: LATE_BODY },
  { name: 'promises a body and stays silent', server: sending('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n'), expected: LATE_BODY },
  { name: 'pours an endless body', server: onRequest((socket) => { socket.write('HTTP/1.1 200 OK\r\n\r\n'); pour(socket); }), expected: TAKEN },
  { name: 'pours endless headers', server: onRequest((socket) => { socket.write('HTTP/1.1 200 OK\r\nx: '); pour(socket); }), expected: PROTOCOL },
  { name: 'sends thousands of headers', server: sending(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(20_000)}\r\n`), expected: PROTOCOL },
  { name: 'sends 100 Continue for ever', server: onRequest((socket) => drip(socket, 'HTTP/1.1 100 Continue\r\n\r\n')), expected: RESET },
  { name: 'sends gzip of 200 MB', server: dropBomb, expected: TAKEN },
  { name: 'sends a bad status line', server: sending('HTTP/1.1 two hundred\r\n\r\n'), expected: PROTOCOL },
  { name: 'speaks another protocol', server: sending('220 mail.example ESMTP\r\n'), expected: PROTOCOL },
  { name: 'resets at once', server: onSocket((socket) => void socket.resetAndDestroy()), expected: RESET },
  { name: 'resets when the request comes', server: onRequest((socket) => void socket.resetAndDestroy()), expected: RESET },
  { name: 'closes its half without a word', server: onRequest((socket) => void socket.end()), expected: RESET },
  { name: 'closes its half in the headers', server: onRequest((socket) => void socket.end('HTTP/1.1 200 OK\r\nx:')), expected: RESET },
  { name: 'speaks plain HTTP where TLS is expected', server: answering(200), scheme: 'https', expected: { status: null, error: 'tls_error', after: 'retry' } },
  ...[301, 302, 303, 307, 308, 400, 401, 404, 408, 409, 410, 425, 429, 500, 502, 503, 504].map(refusing),
];
