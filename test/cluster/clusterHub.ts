import { randomBytes } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Api } from '../e2e/api.js';
import { destroy, HubProcess, tail } from '../e2e/hubProcess.js';
import { prepare, WORKER_RUNS } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import { startPostgres, type PostgresServer } from '../helpers/postgresServer.js';
import { Proxy } from './proxy.js';
import { TemporalServer, type ServerTls } from './temporalServer.js';
import { describeTls } from './tls.js';

/** A machine under load starts processes slowly: milliseconds. */
const READY_MS = 300_000;
const NODES = ['a', 'b'] as const;

/** What a process of a cluster is. */
export type ClusterRole = 'all' | 'api' | 'worker';

export interface ClusterOptions {
  /** `apart`: two APIs and two workers. `whole`: two processes of role all, each named to the proxy. */
  readonly shape: 'apart' | 'whole';
  readonly env?: Readonly<Record<string, string>>;
  /** Certificates, for a Temporal that speaks TLS alone. */
  readonly tls?: ServerTls;
  readonly namespace?: string;
  /** One whose PostgreSQL, Temporal and keys are used, and which is closed last. */
  readonly beside?: ClusterHub;
}

/** PostgreSQL, temporal-server, a proxy, and processes of one hub, each of which can be ended and started alone. */
export class ClusterHub {
  readonly api: Api;

  constructor(
    readonly postgres: PostgresServer,
    readonly temporal: TemporalServer,
    readonly proxy: Proxy,
    readonly processes: Readonly<Record<string, HubProcess>>,
    private readonly starts: ReadonlyMap<string, { readonly url: string; readonly role: ClusterRole }>,
    readonly env: Readonly<Record<string, string>>,
  ) {
    this.api = new Api(proxy.url);
  }

  /** Where all clients go. */
  get url(): string {
    return this.proxy.url;
  }

  get output(): string {
    return Object.values(this.processes).map((one) => one.output).join('\n');
  }

  /** Where one process listens itself. */
  urlOf(name: string): string {
    return this.starts.get(name)?.url ?? '';
  }

  /** Starts a process and waits until it serves, with whatever else is down. */
  async start(name: string): Promise<void> {
    const one = this.processes[name];
    one?.start();
    await (this.starts.get(name)?.role === 'worker' ? one?.said(WORKER_RUNS, READY_MS) : this.waitServing(name));
  }

  /** All at once, on a database that may be empty. */
  async startAll(): Promise<void> {
    await Promise.all(Object.keys(this.processes).map((name) => this.start(name)));
  }

  private async waitServing(name: string): Promise<void> {
    await this.waitStatus(this.urlOf(name), ['ok', 'degraded'], [name]);
  }

  /** Until every API says that all is well, by itself and through the proxy. */
  async settle(): Promise<void> {
    const names = Object.keys(this.processes).filter((name) => this.starts.get(name)?.role !== 'worker');
    for (const name of names) await this.waitStatus(this.urlOf(name), ['ok'], Object.keys(this.processes));
    await this.waitStatus(this.url, ['ok'], []);
  }

  private async waitStatus(url: string, accepted: readonly string[], alive: readonly string[]): Promise<void> {
    await pollUntil(`/readyz saying ${accepted.join(' or ')}`, async () => {
      const dead = alive.find((name) => !this.processes[name]?.isRunning);
      if (dead !== undefined) throw new Error(`${dead} ended:\n${tail(this.processes[dead]?.output ?? '')}`);
      const status = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(5000) }).then(readStatus, () => undefined);
      return (status !== undefined && accepted.includes(status)) || wait(50, false);
    }, READY_MS);
  }

  async close(): Promise<void> {
    for (const one of Object.values(this.processes)) await destroy(one);
    this.proxy.destroy();
  }

  /** With all that is not its alone. */
  async closeAll(): Promise<void> {
    await this.close();
    this.temporal.destroy();
    await this.postgres.stop();
  }
}

/** A proxy that found nobody says so in HTML. */
async function readStatus(response: Response): Promise<string | undefined> {
  const text = await response.text();
  return text.startsWith('{') ? (JSON.parse(text) as { status?: string }).status : undefined;
}

/** Opens everything but the processes of the hub, which are to be started. */
export async function openCluster(options: ClusterOptions): Promise<ClusterHub> {
  const { shape, beside, tls } = options;
  const postgres = beside?.postgres ?? (await startPostgres());
  const temporal = beside?.temporal ?? (await TemporalServer.open({ databaseUrl: postgres.adminUrl, ...(tls ? { tls } : {}) }));
  const common = { ...(beside?.env ?? describeCommon(options, postgres, temporal)), ...options.env };
  const places = await prepareProcesses(shape, common);
  const [a, b] = places.map(({ place }) => place.env.HOOKLINE_ADDRESS);
  const proxy = await Proxy.prepare([a ?? '', b ?? '']);
  await proxy.start().catch(async (error: unknown) => {
    if (!beside) temporal.destroy();
    throw error;
  });
  const processes = places.map(({ role, name, node, place }) => {
    const own = { ...place.env, HOOKLINE_PUBLIC_URL: proxy.url, ...(role === 'all' ? { HOOKLINE_NODE: node } : {}) };
    return [name, new HubProcess(`main.js ${role}`, own, place.dataDir)] as const;
  });
  const starts = new Map(places.map(({ name, role, place: { url } }) => [name, { url, role }]));
  return new ClusterHub(postgres, temporal, proxy, Object.fromEntries(processes), starts, common);
}

/** What all processes of the hub are told. */
function describeCommon({ tls, namespace = 'default' }: ClusterOptions, postgres: PostgresServer, temporal: TemporalServer): Record<string, string> {
  return {
    HOOKLINE_DATABASE_URL: postgres.url,
    HOOKLINE_SECRET_KEYS: `main:${randomBytes(32).toString('base64')}`,
    HOOKLINE_TRUSTED_PROXIES: '1',
    TEMPORAL_ADDRESS: temporal.address,
    TEMPORAL_NAMESPACE: namespace,
    ...(tls ? describeTls(tls) : {}),
  };
}

/** The first two are those that the proxy knows. */
async function prepareProcesses(shape: ClusterOptions['shape'], env: Readonly<Record<string, string>>) {
  const roles: readonly ClusterRole[] = shape === 'apart' ? ['api', 'api', 'worker', 'worker'] : ['all', 'all'];
  return Promise.all(roles.map(async (role, index) => {
    const name = `${role} ${(index % 2) + 1}`;
    return { role, name, node: NODES[index % 2] ?? '', place: await prepare({ env }) };
  }));
}
