import { once } from 'node:events';
import { createServer } from 'node:http';
import { runChecks } from '../../activities/registryChecks.js';
import type { RegistryHub } from '../../activities/registryHub.js';
import { createRegistryClient } from '../../registry/client.js';
import type { UserRow } from '../../db/users.js';
import { startApi, type ApiOptions, type TestApi } from './api.js';
import { buildUser, QUICK_HASH } from './builders.js';
import type { Cleaner } from './database.js';
import { pollUntil } from './poll.js';
import { freePort } from './ports.js';
import type { RegistryLine } from './registryLines.js';
import { prepareDistribution, trustTokens, type RegistryServer } from './registryServer.js';

export interface EventOptions {
  /** How long the registry waits for an answer to an event, in milliseconds. */
  readonly timeout?: number;
  /** How long whoever takes the events for the hub sits on an answer, in milliseconds. */
  readonly delay?: number;
  readonly api?: ApiOptions;
}

/** A hub's API and a registry that trusts its tokens and tells it what happens. */
export interface RegistryPlace {
  readonly api: TestApi;
  readonly hub: RegistryHub;
  readonly server: RegistryServer;
  /** Of the registry, as it stands before names. */
  readonly host: string;
  readonly owner: UserRow;
  readonly token: string;
  /** Looks at all that is to be looked at, until nothing is left. */
  settle(): Promise<void>;
  /** Turns the receiver of events off: connections are refused. */
  muteEvents(): Promise<void>;
}

/** Starts a hub's API and a registry under it. */
export async function startRegistryPlace(t: Cleaner, { file }: RegistryLine, options: EventOptions = {}): Promise<RegistryPlace> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // The keys that it signs with are those of the API that it is given to.
  const registry = createRegistryClient(() => url, { sign: async (grant) => api.hub.registryKeys.sign(grant) });
  const api: TestApi = await startApi(t, { ...options.api, registry });
  const receiver = await startReceiver(t, api, options.delay ?? 0);
  const server = await prepareRegistry(t, file, { port, api, eventsUrl: receiver.url, timeout: options.timeout ?? 5000 });
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
  readonly port: number;
  readonly api: TestApi;
  readonly eventsUrl: string;
  readonly timeout: number;
}

async function prepareRegistry(t: Cleaner, file: string, { port, api, eventsUrl, timeout }: Setup): Promise<RegistryServer> {
  const secret = api.hub.keyring.deriveSecret('registry events');
  const endpoint = {
    name: 'hub', url: eventsUrl, headers: { Authorization: [`Bearer ${secret}`] }, timeout: `${timeout}ms`, threshold: 5, backoff: '1s',
    ignore: { mediatypes: ['application/octet-stream'] },
  };
  const settings = {
    auth: trustTokens(`http://127.0.0.1:${api.port}/token`, api.hub.registryKeys.caFile),
    notifications: { events: { includereferences: true }, endpoints: [endpoint] },
  };
  return prepareDistribution(t, file, { port, settings, status: 401 });
}
