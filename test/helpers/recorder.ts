import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cleaner } from './database.js';

/** What a recorder answers on a path. */
export interface Served {
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Buffer;
}

/** A server on 127.0.0.1 that keeps count of who comes to it. */
export interface Recorder {
  readonly port: number;
  /** Paths that were asked for. */
  readonly paths: readonly string[];
  /** TCP connections, whatever came over them. */
  countConnections(): number;
  /** What a path answers; every other one is a 404. */
  serve(path: string, served: Served): void;
}

/** Starts a recorder on a free port. */
export async function startRecorder(t: Cleaner): Promise<Recorder> {
  const paths: string[] = [];
  const served = new Map<string, Served>();
  let connections = 0;
  const server = createServer(({ url = '' }, response) => {
    paths.push(url);
    const { headers, body } = served.get(url) ?? { headers: {}, body: '' };
    response.writeHead(served.has(url) ? 200 : 404, headers).end(body);
  });
  server.on('connection', () => void (connections += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    paths,
    countConnections: () => connections,
    serve: (path, answer) => void served.set(path, answer),
  };
}
