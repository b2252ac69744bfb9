import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import knex, { type Knex } from 'knex';
import pg from 'pg';
import type { Logger } from '../log.js';
import { nameLostConnections } from './lostConnections.js';
import { finalizeAtClose } from './statements.js';

export type Db = Knex;

/** A boolean as it comes out of a row: SQLite has none of its own and hands over 0 or 1. */
export type Flag = boolean | 0 | 1;

/** What every SQLite connection is told; `synchronous=FULL` because an answer promises that the row is on disk. */
const PRAGMAS = ['journal_mode = WAL', 'synchronous = FULL', 'busy_timeout = 5000', 'foreign_keys = ON'];

/** PostgreSQL: a statement that hangs must not hold a caller for ever. Milliseconds. */
const POSTGRES_LIMITS = { statement_timeout: 15_000, lock_timeout: 5000, idle_in_transaction_session_timeout: 15_000 };

interface SqliteConnection {
  exec(sql: string, done: (error: Error | null) => void): void;
}

type PostgresClient = Parameters<typeof nameLostConnections>[0];

interface PostgresConnection {
  query(sql: string, done: (error: Error | null) => void): void;
}

/** Statements in errors keep their placeholders: values are secrets, texts of users, answers of receivers. */
const QUIET_ERRORS = { compileSqlOnError: false } as const;

/** knex's own words go into the log, one line each; without one it prints them. */
function pass(log: Logger | undefined): Pick<Knex.Config, 'log'> {
  if (!log) return {};
  const write = (message: unknown) => log.warn({ reason: String(message).split('\n')[0] }, 'database');
  return { log: { warn: write, error: write, deprecate: write, debug: () => undefined } };
}

/**
 * Opens the database named by a URL: `sqlite:FILE`, `sqlite::memory:` or `postgres://…`.
 * SQLite runs on one connection: its writers exclude each other anyway, and more of them only meet SQLITE_BUSY.
 */
export function openDatabase(url: string, log?: Logger): Db {
  if (!url.startsWith('sqlite:')) {
    // Sizes and durations fit a JavaScript number; pg would hand bigint columns over as text.
    pg.types.setTypeParser(pg.types.builtins.INT8, Number);
    const db = knex({
      ...pass(log),
      ...QUIET_ERRORS,
      client: 'pg',
      connection: { connectionString: url, ...POSTGRES_LIMITS },
      pool: {
        min: 0,
        max: 10,
        afterCreate(connection: PostgresConnection, done: (error: Error | null) => void) {
          // Our statements take milliseconds, and compiling one takes longer than running it.
          connection.query('SET jit = off', done);
        },
      },
    });
    nameLostConnections(db.client as PostgresClient);
    return db;
  }
  const filename = url.slice('sqlite:'.length);
  if (filename !== ':memory:') mkdirSync(dirname(filename), { recursive: true });
  const db = knex({
    ...pass(log),
    ...QUIET_ERRORS,
    client: 'sqlite3',
    connection: { filename },
    useNullAsDefault: true,
    pool: {
      min: 1,
      max: 1,
      afterCreate(connection: SqliteConnection, done: (error: Error | null) => void) {
        connection.exec(PRAGMAS.map((pragma) => `PRAGMA ${pragma};`).join('\n'), done);
      },
    },
  });
  finalizeAtClose(db);
  return db;
}
