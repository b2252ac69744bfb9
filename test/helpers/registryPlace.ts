import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { runChecks } from '../../activities/registryChecks.js';
import type { RegistryHub } from '../../activities/registryHub.js';
import { createRegistryClient } from '../../registry/client.js';
import type { UserRow } from '../../db/users.js';
import { startApi, type ApiOptions, type TestApi } from './api.js';
import { buildUser, QUICK_HASH } from './builders.js';
import type { Cleaner } from './database.js';
import { pollUntil } from './poll.js';
import { freePort, tempDir } from './ports.js';
import { findProgram } from './programs.js';

/** Both lines of Distribution, by the names of their programs: 2.8 as Debian has it, 3 as it is built. */
const PROGRAMS = ['docker-registry', 'registry'] as const;

export interface EventOptions {
  /** How long the registry waits for an answer to an event, in milliseconds. */
  readonly timeout?: number;
  /** How long whoever takes the events for the hub sits on an answer, in milliseconds. */
  readonly delay?: number;
  readonly api?: ApiOptions;
}

/** A registry's process on files of its own. */
export interface RegistryProcess {
  readonly url: string;
  start(): Promise<void>;
  /** Ends it at once: what it has not told yet is lost. */
  kill(): Promise<void>;
}

/** A hub's API and a registry that trusts its tokens and tells it what happens. */
export interface RegistryPlace {
  readonly api: TestApi;
  readonly hub: RegistryHub;
  readonly server: RegistryProcess;
  /** Of the registry, as it stands before names. */
  readonly host: string;
  readonly owner: UserRow;
  readonly token: string;
  /** Looks at all that is to be looked at, until nothing is left. */
  settle(): Promise<void>;
  /** Turns the receiver of events off: connections are refused. */
  muteEvents(): Promise<void>;
}

/** Declares a test for each line of Distribution that needs these programs too; where one is not there it is skipped by name. */
export function testWithRegistries(title: string, body: (t: ExecutionContext, program: string) => Promise<void>, needs: readonly string[] = []): void {
  for (const program of PROGRAMS) {
    const missing = [program, ...needs].filter((needed) => findProgram(needed) === undefined);
    if (missing.length > 0) test.skip(`${program}: ${title} (not run: there is no ${missing.join(', no ')})`, () => undefined);
    else test(`${program}: ${title}`, (t) => body(t, program));
  }
}

/** Starts a hub's API and a registry under it. */
export async function startRegistryPlace(t: Cleaner, program: string, options: EventOptions = {}): Promise<RegistryPlace> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // The keys that it signs with are those of the API that it is given to.
  const registry = createRegistryClient(() => url, { sign: async (grant) => api.hub.registryKeys.sign(grant) });
  const api: TestApi = await startApi(t, { ...options.api, registry });
  const receiver = await startReceiver(t, api, options.delay ?? 0);
  const server = await prepareRegistry(t, { program, port, api, eventsUrl: receiver.url, timeout: options.timeout ?? 5000 });
  await server.start();
  const owner = await buildUser(api.db, { password_hash: QUICK_HASH });
  const { db, temporal, config, log } = api.hub;
  const hub = { db, temporal, config, log, registry };
  return {
    api, hub, server, owner, host: `127.0.0.1:${port}`, token: await api.login(owner), muteEvents: receiver.close,
    async settle() {
      await pollUntil('all checks are done', async () => {
        await db('registry_checks').update({ due: '' });
        return (await runChecks(hub)) === 0;
      });
    },
  };
}

function fail(): never {
  throw new Error('the API has not started yet');
}

/** What stands between registry and hub: it may sit on answers that the hub gave at once. */
async function startReceiver(t: Cleaner, api: TestApi, delay: number): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void forward(Buffer.concat(chunks)));
    const forward = async (body: Buffer): Promise<void> => {
      const { authorization = '', 'content-type': type = '' } = request.headers;
      const { status } = await fetch(`http://127.0.0.1:${api.port}/events`, { method: 'POST', headers: { authorization, 'content-type': type }, body: new Uint8Array(body) });
      setTimeout(() => response.writeHead(status).end(), delay);
    };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    if (server.listening) await new Promise((closed) => server.close(closed));
  };
  t.teardown(close);
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' && address ? address.port : fail()}/events`, close };
}

interface Setup {
  readonly program: string;
  readonly port: number;
  readonly api: TestApi;
  readonly eventsUrl: string;
  readonly timeout: number;
}

async function prepareRegistry(t: Cleaner, { program, port, api, eventsUrl, timeout }: Setup): Promise<RegistryProcess> {
  const dir = await tempDir(t);
  const file = join(dir, 'config.json');
  const secret = api.hub.keyring.deriveSecret('registry events');
  const [realm, rootcertbundle] = [`http://127.0.0.1:${api.port}/token`, api.hub.registryKeys.caFile];
  // JSON is YAML.
  await writeFile(file, JSON.stringify({
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(dir, 'data') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: 'of this test' },
    auth: { token: { realm, service: 'hookline-registry', issuer: 'hookline', rootcertbundle } },
    notifications: {
      events: { includereferences: true },
      endpoints: [{
        name: 'hub', url: eventsUrl, headers: { Authorization: [`Bearer ${secret}`] }, timeout: `${timeout}ms`, threshold: 5, backoff: '1s',
        ignore: { mediatypes: ['application/octet-stream'] },
      }],
    },
  }));
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  t.teardown(kill);
  const url = `http://127.0.0.1:${port}`;
  const start = async (): Promise<void> => {
    child = spawn(findProgram(program) ?? program, ['serve', file], { stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '', OTEL_TRACES_EXPORTER: 'none' } });
    await pollUntil('the registry asks for a token', async () => (await fetch(`${url}/v2/`).catch(() => undefined))?.status === 401);
  };
  return { url, start, kill };
}
