import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Connection, type TLSConfig } from '@temporalio/client';
import { findProjectRoot } from '../../programs/root.js';
import { SERVER_VERSION } from '../../temporal/clusterPrograms.js';
import { pollUntil } from '../helpers/poll.js';
import { freePort } from '../helpers/ports.js';

const cached = (name: string) => join(homedir(), `.cache/hookline/${name}-${SERVER_VERSION}-${process.platform}-${process.arch}`, name);
/** The binaries that the tools found, or those that an earlier run has left in the cache. */
export const SERVER = process.env['TEMPORAL_SERVER_BINARY'] ?? cached('temporal-server');
const SQL_TOOL = process.env['TEMPORAL_SQL_TOOL'] ?? cached('temporal-sql-tool');

/** Whether both are there; a path that the tools have set is believed. */
export function isClusterThere(): boolean {
  return [SERVER, SQL_TOOL].every((file) => existsSync(file));
}

/** The folder that is shipped: its very files are what is started. */
export const DEPLOY = join(findProjectRoot(), 'deploy');
const READY_MS = 120_000;
/** Fixed for the life of a cluster, so it is drawn once per test. */
const SHARDS = '4';
const KEPT = 200_000;

/** Certificates of a cluster that speaks TLS alone. */
export interface ServerTls {
  /** Holds ca.pem, server.pem and server-key.pem. */
  readonly dir: string;
  readonly serverName: string;
  /** What a client shows and believes. */
  readonly client: TLSConfig;
}

export interface TemporalServerOptions {
  /** postgres:// URL of a role that may make databases. */
  readonly databaseUrl: string;
  readonly tls?: ServerTls;
}

/** The real server with all its services, over PostgreSQL, started with the files of deploy/. */
export class TemporalServer {
  private child: ChildProcess | undefined;
  private text = '';

  private constructor(private readonly env: Readonly<Record<string, string>>, readonly address: string, private readonly tls: TLSConfig | undefined) {
    opened.add(this);
  }

  /** Makes the schemas with the SQL tool, and starts it. */
  static async open({ databaseUrl, tls }: TemporalServerOptions): Promise<TemporalServer> {
    const ports: Record<string, string> = {};
    for (const name of ['FRONTEND', 'HISTORY', 'MATCHING', 'WORKER']) {
      ports[`${name}_GRPC_PORT`] = String(await freePort());
      ports[`${name}_MEMBERSHIP_PORT`] = String(await freePort());
    }
    const env = {
      PATH: process.env['PATH'] ?? '', ...describeDatabase(databaseUrl), ...ports, NUM_HISTORY_SHARDS: SHARDS, LOG_LEVEL: 'warn',
      DYNAMIC_CONFIG_FILE_PATH: join(DEPLOY, 'temporal/dynamic.yaml'), TEMPORAL_SQL_TOOL: SQL_TOOL,
      ...(tls ? { TEMPORAL_TLS_DIR: tls.dir, TEMPORAL_TLS_NAME: tls.serverName } : {}),
    };
    await promisify(execFile)(join(DEPLOY, 'temporal/schema.sh'), { env });
    const server = new TemporalServer(env, `127.0.0.1:${ports['FRONTEND_GRPC_PORT'] ?? ''}`, tls?.client);
    await server.start();
    return server;
  }

  /** The schemas once more: what is there must stay. */
  async prepareAgain(): Promise<void> {
    await promisify(execFile)(join(DEPLOY, 'temporal/schema.sh'), { env: this.env });
  }

  get pid(): number | undefined {
    return this.child?.exitCode === null && this.child.signalCode === null ? this.child.pid : undefined;
  }

  get output(): string {
    return this.text;
  }

  /** Starts it and waits until it answers. */
  async start(): Promise<void> {
    const child = spawn(SERVER, ['--config-file', join(DEPLOY, 'temporal/server.yaml'), '--allow-no-auth', 'start'], {
      env: this.env, stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => { this.text = (this.text + chunk).slice(-KEPT); });
    }
    await once(child, 'spawn');
    await pollUntil('an answer of temporal-server', async () => {
      if (this.pid === undefined) throw new Error(`temporal-server ended:\n${this.text.slice(-4000)}`);
      return this.isAnswering();
    }, READY_MS);
  }

  private async isAnswering(): Promise<boolean> {
    try {
      const connection = await Connection.connect({ address: this.address, connectTimeout: 2000, ...(this.tls ? { tls: this.tls } : {}) });
      await connection.close();
      return true;
    } catch (error) {
      if (error instanceof Error) return false;
      throw error;
    }
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || this.pid === undefined) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** At once, whatever it does. */
  destroy(): void {
    this.child?.kill('SIGKILL');
    opened.delete(this);
  }
}

const opened = new Set<TemporalServer>();

// However the tests end, nothing that they started outlives them.
process.once('exit', () => {
  for (const one of opened) one.destroy();
});

function describeDatabase(url: string): Record<string, string> {
  const { hostname, port, username, password } = new URL(url);
  return { SQL_HOST: hostname, SQL_PORT: port, SQL_USER: username, SQL_PASSWORD: password };
}
