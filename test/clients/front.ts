import { createServer as createHttpServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect, type Socket } from 'node:net';
import type { Identity } from './certificate.js';

/** The address that some clients cannot be talked out of. */
export const FIXED_HOST = 'hub.docker.com';

/** One request as a client sent it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  status: number;
}

/** Something that listens and can be closed with all its connections. */
export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

/** TLS in front of a hub, which passes everything on as it is and notes what it saw. */
export async function startFront(
  { certificate: cert, key }: Identity,
  { port, hubPort }: { port: number; hubPort: number },
): Promise<Listener & { readonly seen: SeenRequest[] }> {
  const seen: SeenRequest[] = [];
  const server = createHttpsServer({ cert, key }, (incoming, outgoing) => {
    const note: SeenRequest = { method: incoming.method ?? '', url: incoming.url ?? '', headers: incoming.headers, status: 0 };
    seen.push(note);
    passOn(incoming, outgoing, { hubPort, note });
  });
  return { ...(await listen(server, port)), seen };
}

function passOn(incoming: IncomingMessage, outgoing: ServerResponse, { hubPort, note }: { hubPort: number; note: SeenRequest }): void {
  const { method, url: path, headers } = incoming;
  const onward = request({ host: '127.0.0.1', port: hubPort, method, path, headers }, (answer) => {
    note.status = answer.statusCode ?? 0;
    outgoing.writeHead(note.status, answer.headers);
    answer.pipe(outgoing);
  });
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}

/** A proxy that leads the fixed address, and nothing else, to a front. */
export async function startProxy(frontPort: number): Promise<Listener> {
  const server = createHttpServer((_, answer) => answer.writeHead(405).end());
  server.on('connect', ({ url }: IncomingMessage, socket: Socket) => {
    if (url !== `${FIXED_HOST}:443`) return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    const front = connect(frontPort, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    socket.on('error', () => front.destroy());
    front.on('error', () => socket.destroy());
    front.pipe(socket).pipe(front);
  });
  return listen(server, 0);
}

type Server = ReturnType<typeof createHttpServer> | ReturnType<typeof createHttpsServer>;

async function listen(server: Server, port: number): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP port');
  const close = () => new Promise<void>((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
  return { port: address.port, close };
}
