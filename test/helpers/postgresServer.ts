import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chown, mkdtemp, open, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { pollUntil } from './poll.js';
import { freePort } from './ports.js';
import { findPostgres, findServerAccount, type Account } from './postgresPrograms.js';
import { watch } from './postgresWatchdog.js';

const READY_MS = 60_000;
/** A whole `npm test` holds pools for several test files at once. Commits reach the disk: fsync is on by default. */
const SETTINGS = { listen_addresses: '127.0.0.1', unix_socket_directories: '', max_connections: '300', fsync: 'on' };
const ADMIN = 'admin';
const OWNER = 'hookline';

/** A PostgreSQL server of the tests alone, on loopback, with a data directory of its own. */
export interface PostgresServer {
  /** postgres:// URL of an empty database, as the role that owns it and no more. */
  readonly url: string;
  /** The same database as the server's superuser. */
  readonly adminUrl: string;
  readonly dataDir: string;
  /** The postmaster's process; undefined while it does not run. */
  readonly pid: number | undefined;
  /** Ends it with a signal (`SIGKILL`: a crash; `SIGINT`: a fast shutdown) and waits for its end. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts it again on the same port and files, and waits until it answers. */
  start(): Promise<void>;
  /** A fast shutdown; all is kept, and `start` goes on from there. */
  stop(): Promise<void>;
}

/**
 * Makes and starts a server; it stops and its files go when the test ends, or else with this process, however that
 * ends. As root it runs as another account.
 * @throws Error where PostgreSQL is not on this machine (`findPostgres()` tells), or does not start
 */
export async function startPostgres(t?: { teardown(clean: () => Promise<void>): void }): Promise<PostgresServer> {
  const bin = findPostgres();
  if (bin === undefined) throw new Error('there is no PostgreSQL server on this machine');
  const account = await findServerAccount();
  const home = await mkdtemp(join(tmpdir(), 'hookline-postgres-'));
  const remove = watch(home);
  t?.teardown(remove);
  if (account.uid !== undefined && account.gid !== undefined) await chown(home, account.uid, account.gid);
  const password = randomBytes(12).toString('hex');
  const server = new Server({ bin, home, account, port: await freePort(), password });
  await server.create();
  return server;
}

interface Place {
  readonly bin: string;
  readonly home: string;
  readonly account: Account;
  readonly port: number;
  readonly password: string;
}

class Server implements PostgresServer {
  readonly dataDir: string;
  private child: ChildProcess | undefined;

  constructor(private readonly place: Place) {
    this.dataDir = join(place.home, 'data');
  }

  get url(): string {
    return this.describe(OWNER, OWNER);
  }

  get adminUrl(): string {
    return this.describe(ADMIN, OWNER);
  }

  get pid(): number | undefined {
    return isRunning(this.child) ? this.child?.pid : undefined;
  }

  private describe(user: string, database: string): string {
    const { password, port } = this.place;
    return `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
  }

  async create(): Promise<void> {
    const { bin, home, account, password } = this.place;
    const passwordFile = join(home, 'password');
    await writeFile(passwordFile, password, { mode: 0o644 });
    const flags = ['--username', ADMIN, '--pwfile', passwordFile, '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--locale', 'C.UTF-8', '--no-sync'];
    await promisify(execFile)(join(bin, 'initdb'), ['--pgdata', this.dataDir, ...flags], { ...account, cwd: '/' });
    await this.launch(this.describe(ADMIN, 'postgres'));
    await query(this.describe(ADMIN, 'postgres'), [
      `CREATE ROLE ${OWNER} LOGIN PASSWORD '${password}'`, `CREATE DATABASE ${OWNER} OWNER ${OWNER}`,
    ]);
  }

  start(): Promise<void> {
    return this.launch(this.adminUrl);
  }

  /** After a crash the first tries may fail: what was left of the old processes holds its memory for a moment. */
  private async launch(url: string): Promise<void> {
    if (this.pid !== undefined) throw new Error('PostgreSQL runs already');
    try {
      await pollUntil('an answer of PostgreSQL', async () => {
        if (!isRunning(this.child)) await this.spawn();
        return isAnswering(url);
      }, READY_MS);
    } catch (error) {
      throw new Error(`PostgreSQL does not start:\n${await readFile(join(this.place.home, 'log'), 'utf8')}`, { cause: error });
    }
  }

  private async spawn(): Promise<void> {
    const { bin, home, account, port } = this.place;
    const settings = Object.entries({ ...SETTINGS, port: String(port) }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const log = await open(join(home, 'log'), 'a');
    // A session of its own: Ctrl-C in a terminal is for the tests, and they end the server.
    this.child = spawn(join(bin, 'postgres'), ['-D', this.dataDir, ...settings], {
      ...account, cwd: '/', detached: true, stdio: ['ignore', log.fd, log.fd],
    });
    this.child.unref();
    await once(this.child, 'spawn').finally(() => log.close());
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || !isRunning(child)) return;
    child.ref();
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  stop(): Promise<void> {
    return this.kill('SIGINT');
  }
}

function isRunning(child: ChildProcess | undefined): boolean {
  return child !== undefined && child.exitCode === null && child.signalCode === null;
}

async function isAnswering(url: string): Promise<boolean> {
  return query(url, ['SELECT 1']).then(() => true, () => false);
}

async function query(connectionString: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString });
  // A connection that breaks fails the statement under way, which is what is thrown.
  client.on('error', () => undefined);
  try {
    await client.connect();
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
