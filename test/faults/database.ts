import { findPostgres } from '../helpers/postgresPrograms.js';
import { startPostgres } from '../helpers/postgresServer.js';

/** The database of a run under faults. */
export interface Database {
  /** Empty for the hub's own SQLite file. */
  readonly env: Readonly<Record<string, string>>;
  /** Password within its URL: must stand in no log. */
  readonly secrets: readonly string[];
  /** Undefined where it is not ours to kill. */
  readonly server: { kill(): Promise<void>; start(): Promise<void> } | undefined;
  close(): Promise<void>;
}

/** The hub's own SQLite file. */
export const OWN_FILE: Database = { env: {}, secrets: [], server: undefined, close: async () => undefined };

/**
 * `sqlite`: the hub's own file. `postgres`: a server of our own, which may be killed. Anything else is the URL of one.
 * @throws Error where there is no PostgreSQL on this machine
 */
export async function openDatabaseUnderFaults(name: string): Promise<Database> {
  if (name === 'sqlite') return OWN_FILE;
  if (name !== 'postgres') return describe(name, { server: undefined, close: async () => undefined });
  if (findPostgres() === undefined) throw new Error('There is no PostgreSQL on this machine (Debian: apt-get install postgresql).');
  const server = await startPostgres();
  return describe(server.url, { server: { kill: () => server.kill('SIGKILL'), start: () => server.start() }, close: () => server.stop() });
}

function describe(url: string, rest: Pick<Database, 'server' | 'close'>): Database {
  return { env: { HOOKLINE_DATABASE_URL: url }, secrets: [new URL(url).password].filter(Boolean), ...rest };
}
