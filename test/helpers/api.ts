import { once } from 'node:events';
import { request as sendRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { ExecutionContext } from 'ava';
import { createAddressGuard, type AddressGuard } from '../../address.js';
import { createApp } from '../../api/app.js';
import { createSession } from '../../api/auth.js';
import { nameCookie } from '../../api/cookies.js';
import type { Hub } from '../../api/hub.js';
import { listen } from '../../api/listen.js';
import { createChangeFeed } from '../../api/live/feed.js';
import { createLoginLimits } from '../../api/loginLimits.js';
import type { ResponseFault } from '../../api/mount.js';
import type { Db } from '../../db/connection.js';
import type { RepositoryRow } from '../../db/repositories.js';
import { HUB_TIMEOUTS, type Timeouts } from '../../edge.js';
import type { UserRow } from '../../db/users.js';
import { createLog } from '../../log.js';
import type { RegistryClient } from '../../registry/client.js';
import { openRegistryKeys } from '../../registry/keys.js';
import { createTemporal } from '../../temporal/client.js';
import { createWaitingRoom } from '../../waiting.js';
import {
  buildRepository, buildUser, DEFAULT_TIMEOUT_MS, PLENTY, TEST_KEYRING, uniqueName, type RepositoryOptions,
} from './builders.js';
import { ENGINES, type Cleaner } from './database.js';
import { tempDir } from './ports.js';

/** An address that is nobody's and that the guard takes for a public one. */
const PUBLIC_ADDRESS = '93.184.216.34';

export interface ApiOptions {
  readonly signup?: 'closed' | 'open';
  readonly publicUrl?: string;
  readonly privateLimits?: { readonly user: number; readonly organization: number };
  readonly remoteImages?: 'off' | 'on';
  readonly trustedProxies?: number;
  readonly autoCreate?: boolean;
  readonly registry?: RegistryClient;
  /** In place of one to which every name outside `.internal` is public. */
  readonly guard?: AddressGuard;
  /** How soon slow senders are cut. */
  readonly timeouts?: Timeouts;
  /** How often streams show that they live, in milliseconds. */
  readonly heartbeat?: number;
  /** A folder with pages. */
  readonly pages?: string;
}

/** No registry: routes read the rest all the same. */
const REGISTRY = { mode: 'off', address: { host: '127.0.0.1', port: 0 }, publicUrl: 'https://images.example' } as const;

/** What a request sends. An object as `body` goes as JSON, text and bytes as they are. */
export interface RequestOptions {
  readonly token?: string | undefined;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The text as JSON; undefined where it is something else. */
  readonly body: unknown;
}

/** A hub's API that listens, over a database of its own, while Temporal is away. */
export interface TestApi {
  readonly db: Db;
  readonly hub: Hub;
  readonly port: number;
  readonly publicUrl: string;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** What the server answers to these bytes, which ask it to close the connection. */
  sendRaw(bytes: Buffer): Promise<string>;
  /** A session token of a user, without the slow check of a password. */
  login(user: UserRow): Promise<string>;
}

const throwFault: ResponseFault = ({ method, path }, status, fault) => {
  throw new Error(`the answer ${status} of ${method} ${path} does not fit its schema: ${fault}`);
};

/** Names under `.internal` lead to a private address, all others to a public one: no test asks a name server. */
async function resolveName(host: string) {
  return [{ address: host.endsWith('.internal') ? '10.0.0.7' : PUBLIC_ADDRESS, family: 4 }];
}

/**
 * Starts the real app on a free port, on the engine that TEST_API_ENGINE names, else on PostgreSQL where the tests have one and on SQLite in memory otherwise. There
 * is no Temporal: whatever is accepted is accepted without it. An answer that does not fit its schema is a 500.
 */
export async function startApi(t: Cleaner, { autoCreate = true, registry, guard, timeouts = HUB_TIMEOUTS, pages, heartbeat = 15_000, ...options }: ApiOptions = {}): Promise<TestApi> {
  const defaults = { signup: 'closed', publicUrl: 'https://hub.example', privateLimits: PLENTY, remoteImages: 'off', trustedProxies: 0 } as const;
  const config = { ...defaults, ...options, registry: { ...REGISTRY, autoCreate }, callbackTimeout: DEFAULT_TIMEOUT_MS };
  const db = await (ENGINES.find(({ name }) => name === process.env['TEST_API_ENGINE']) ?? ENGINES.at(-1) ?? missingEngine()).open(t);
  const log = createLog('silent', 'test');
  const changes = createChangeFeed({ db, log, heartbeat });
  t.teardown(() => changes.stop());
  const hub: Hub = {
    db,
    temporal: createTemporal({ connection: () => undefined, namespace: 'none', taskQueue: 'none', eager: false, localFirst: true }),
    config,
    keyring: TEST_KEYRING,
    guard: guard ?? createAddressGuard({ allow: [], resolve: resolveName, publicUrl: config.publicUrl }),
    logins: createLoginLimits(),
    waiting: createWaitingRoom(),
    registryKeys: await openRegistryKeys(await tempDir(t)),
    registry,
    changes,
    log,
  };
  const { port, close } = await listen(createApp({ ...hub, onResponseFault: throwFault, ...(pages === undefined ? {} : { pages }) }), { host: '127.0.0.1', port: 0 }, timeouts);
  t.teardown(close);
  return {
    db,
    hub,
    port,
    publicUrl: config.publicUrl,
    request: (method, path, options) => request(port, { method, path, ...options }),
    sendRaw: (bytes) => sendRaw(port, bytes),
    login: (user) => createSession(hub, user),
  };
}

function missingEngine(): never {
  throw new Error('there is no database to test on');
}

async function request(port: number, { method, path, token, body, headers }: RequestOptions & { method: string; path: string }): Promise<Answer> {
  const payload = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const sent = sendRequest({
    host: '127.0.0.1',
    port,
    method,
    path,
    agent: false,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(payload === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
      ...headers,
    },
  });
  sent.end(payload);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const text = await readText(response);
  const isJson = text !== '' && /json/.test(response.headers['content-type'] ?? '');
  return { status: response.statusCode ?? 0, headers: response.headers, text, body: isJson ? (JSON.parse(text) as unknown) : undefined };
}

/** All that comes; of a stream without an end nothing. */
async function readText(response: IncomingMessage): Promise<string> {
  if (/event-stream/.test(response.headers['content-type'] ?? '')) {
    response.destroy();
    return '';
  }
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

async function sendRaw(port: number, bytes: Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The headers of a page of the hub's own that is signed in: the session's token as a cookie, and what goes with it. */
export function fromPage({ hub }: Pick<TestApi, 'hub'>, token: string | undefined): Record<string, string> {
  const cookie: Record<string, string> = token === undefined ? {} : { cookie: `${nameCookie(hub.config)}=${token}` };
  return { ...cookie, 'x-hookline-request': '1', 'sec-fetch-site': 'same-origin', origin: new URL(hub.config.publicUrl).origin };
}

/** A repository, its owner, and the owner's token. */
export interface Place {
  readonly owner: UserRow;
  readonly token: string;
  readonly repository: RepositoryRow;
  /** `/v2/repositories/NAMESPACE/NAME` */
  readonly path: string;
}

/** A repository with an owner who is logged in. */
export async function buildPlace(api: TestApi, options: RepositoryOptions = {}): Promise<Place> {
  const owner = options.owner ?? (await buildUser(api.db));
  const repository = await buildRepository(api.db, { ...options, owner });
  return { owner, token: await api.login(owner), repository, path: pathOf(repository) };
}

/** The path of a repository in the API. */
export function pathOf({ namespace, name }: Pick<RepositoryRow, 'namespace' | 'name'>): string {
  return `/v2/repositories/${namespace}/${name}`;
}

/** The path that a receiver of this delivery posts its callback to. */
export function callbackPath({ namespace, name }: Pick<RepositoryRow, 'namespace' | 'name'>, deliveryId: string): string {
  return `/u/${namespace}/${name}/hook/${TEST_KEYRING.mintCallbackToken(deliveryId)}/`;
}

/** The body of a webhook in a request. */
export function describeHook(options: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  const name = uniqueName('hook');
  return { name, hook_url: `https://${name}.example/`, ...options };
}

/** That an answer is this error, in the one shape that errors have, and names exactly these fields. */
export function assertError(t: ExecutionContext, answer: Answer, expected: { status: number; code: string; fields?: readonly string[] }): void {
  const { code, message, detail, fields } = answer.body as Record<string, unknown>;
  t.deepEqual({ status: answer.status, code }, { status: expected.status, code: expected.code }, answer.text);
  t.deepEqual([typeof message, typeof detail], ['string', 'string'], answer.text);
  t.deepEqual(Object.keys(fields ?? {}), expected.fields ?? [], answer.text);
}
