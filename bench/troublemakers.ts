import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server as TcpServer, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A receiver that nobody wishes for. */
export interface Troublemaker {
  readonly name: string;
  /** The URLs of its webhooks, each of a chain of its own. */
  readonly urls: readonly string[];
  /** Seconds that a call may still be under way when its phase is over. */
  readonly lingers: number;
}

/** Longer than any call of the hub. */
const HANGS = 17;
const BOMB_BYTES = 200_000_000;

async function listen(server: TcpServer): Promise<string> {
  server.listen(0, '127.0.0.1');
  server.unref();
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

const serveSockets = (onSocket: (socket: Socket) => void) =>
  listen(createTcpServer((socket) => onSocket(socket.on('error', () => undefined))));
const serve = (server: Server) => listen(server);

/** One that was there a moment ago. */
async function findClosedPort(): Promise<string> {
  const server = createTcpServer();
  const url = await listen(server);
  server.close();
  return url;
}

/** A byte of the answer's body a second. */
function trickle(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n');
  const timer = setInterval(() => socket.write('.'), 1000);
  socket.on('close', () => clearInterval(timer));
}

const pourEndlessly = createServer((request, response) => {
  request.resume();
  const chunk = Buffer.alloc(65_536, 'a');
  const pour = (): void => {
    if (!response.destroyed) response.write(chunk, pour);
  };
  pour();
});

function dropBombs(): Server {
  const bomb = gzipSync(Buffer.alloc(BOMB_BYTES));
  return createServer((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length }).end(bomb);
  });
}

const askForPatience = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(429, { 'retry-after': '7' }).end());
});

/** All of them; `hangingDomain` is one whose name server never answers, where there is one. */
export async function startTroublemakers(hangingDomain: string | undefined): Promise<Troublemaker[]> {
  const names = hangingDomain === undefined ? [] : Array.from({ length: 50 }, (_, index) => `http://h${index}.${hangingDomain}/`);
  const all = [
    { name: 'nobody (the noise)', urls: [], lingers: 0 },
    { name: 'nobody listens', urls: [await findClosedPort()], lingers: 1 },
    { name: 'never answers', urls: [await serveSockets(() => undefined)], lingers: HANGS },
    { name: 'a byte a second', urls: [await serveSockets(trickle)], lingers: HANGS },
    { name: 'an endless body', urls: [await serve(pourEndlessly)], lingers: 1 },
    { name: 'gzip of 200 MB', urls: [await serve(dropBombs())], lingers: 1 },
    { name: '429, Retry-After: 7', urls: [await serve(askForPatience)], lingers: 1 },
    { name: '50 names that hang', urls: names, lingers: 8 },
  ];
  return all.filter(({ name, urls }) => urls.length > 0 || name.startsWith('nobody ('));
}
