import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildPayload } from '../chain.js';
import { serveParent } from '../child.js';
import { post } from '../http.js';

/** Where the peer's packages lie, and a directory for its data. */
export interface PeerPlan {
  readonly packages: string;
  readonly dataDir: string;
}

/** Where the peer takes calls, its server's process, and what it says of itself. */
export interface PeerPlace {
  readonly ingress: string;
  readonly serverPid: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly durability: Readonly<Record<string, string>>;
}

/** Input of a chain. */
interface PeerChain {
  readonly digest: string;
  readonly hooks: readonly string[];
}

/** What of the SDK is used; its packages are no dependency of this repository. */
interface Context {
  awakeable<T>(): { readonly id: string; readonly promise: Promise<T> };
  run<T>(name: string, action: () => Promise<T>): Promise<T>;
}
interface Sdk {
  service(definition: { name: string; handlers: Record<string, (context: Context, input: PeerChain) => Promise<void>> }): unknown;
  serve(options: { services: unknown[]; port: number; hostname?: string }): Promise<unknown>;
}

const READY_MS = 60_000;
let server: ChildProcess | undefined;

/** A durable handler: per hop an awakeable, a POST that is remembered, and the wait for the awakeable. */
function createRun(ingress: string) {
  return async (context: Context, { digest, hooks }: PeerChain): Promise<void> => {
    for (const hook of hooks) {
      const { id, promise } = context.awakeable();
      await context.run('post', async () => {
        const { status } = await post(hook, buildPayload(digest, `${ingress}/restate/awakeables/${id}/resolve`));
        if (status >= 300) throw new Error(`the receiver answered ${status}`);
      });
      await promise;
    }
  };
}

async function start({ packages, dataDir }: PeerPlan): Promise<PeerPlace> {
  const load = createRequire(join(packages, 'package.json'));
  const sdk = load('@restatedev/restate-sdk') as Sdk;
  const binary = load.resolve(`@restatedev/restate-server-${process.platform}-${process.arch}/bin/restate-server`);
  const [ingressPort, adminPort, nodePort, servicePort] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const [ingress, admin] = [`http://127.0.0.1:${ingressPort}`, `http://127.0.0.1:${adminPort}`];
  const env = {
    ...process.env, RESTATE_DISABLE_TELEMETRY: 'true', RESTATE_BASE_DIR: dataDir, RESTATE_LOG_FILTER: 'error,octocrab=off', RESTATE_LISTEN_MODE: 'tcp',
    RESTATE_BIND_IP: '127.0.0.1', RESTATE_BIND_PORT: String(nodePort), RESTATE_ADVERTISED_HOST: '127.0.0.1', DO_NOT_TRACK: '1', RESTATE_ADMIN__DISABLE_WEB_UI: 'true',
    RESTATE_INGRESS__BIND_PORT: String(ingressPort), RESTATE_ADMIN__BIND_PORT: String(adminPort),
  };
  await sdk.serve({ services: [sdk.service({ name: 'chain', handlers: { run: createRun(ingress) } })], port: servicePort, hostname: '127.0.0.1' });
  server = spawn(binary, ['--no-logo'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  await register(admin, `http://127.0.0.1:${servicePort}`);
  const [version, settings] = await Promise.all([ask(binary, ['--version'], env), ask(binary, ['--no-logo', '--dump-config'], env)]);
  return {
    ingress, serverPid: server.pid ?? 0, durability: readDurability(settings),
    versions: { restate: version.trim(), 'restate sdk': (load('@restatedev/restate-sdk/package.json') as { version: string }).version, node: process.version },
  };
}

/** Tells the server where the handler is, as soon as it listens. */
async function register(admin: string, uri: string): Promise<void> {
  for (const end = Date.now() + READY_MS; Date.now() < end; await wait(200)) {
    const answer = await post(`${admin}/deployments`, { uri, force: true }).catch(() => undefined);
    if (answer && answer.status < 300) return;
    if (server?.exitCode !== null) break;
  }
  throw new Error('the peer did not start');
}

async function ask(binary: string, args: string[], env: NodeJS.ProcessEnv): Promise<string> {
  return (await promisify(execFile)(binary, args, { env })).stdout;
}

/** Of its configuration what decides when something is on disk: by section and name. */
function readDurability(settings: string): Record<string, string> {
  const found: Record<string, string> = {};
  let section = '';
  for (const line of settings.split('\n')) {
    section = /^\[(.+)\]$/.exec(line)?.[1] ?? section;
    const [, name = '', value = ''] = /^([a-z-]+) = (.+)$/.exec(line) ?? [];
    if (/^(rocksdb-disable-wal|rocksdb-disable-wal-fsync|default-provider|default-replication)$/.test(name)) found[section ? `${section}.${name}` : name] = value;
  }
  return found;
}

async function freePort(): Promise<number> {
  const socket = createServer().listen(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address() as AddressInfo;
  socket.close();
  await once(socket, 'close');
  return port;
}

async function stop(): Promise<void> {
  if (!server || server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.kill('SIGKILL');
  await ended;
}

process.once('exit', () => void server?.kill('SIGKILL'));
serveParent({ start }, stop);
