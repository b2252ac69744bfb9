import type { Db } from './connection.js';

/**
 * Statements of the hot path: written as SQL once, prepared once per connection on SQLite, and sent without a query
 * builder. A builder's transaction of one statement costs a millisecond of CPU, this one a tenth (docs/architecture.md).
 */

/** What a placeholder `?` may stand for. */
export type Value = string | number | boolean | null;

/** Sends one statement on the connection at hand; answers its rows. */
export type Ask = <Row extends object>(sql: string, values: readonly Value[]) => Promise<Row[]>;

/** Thrown inside `commit`: nothing of the work is to stay, and `commit` answers undefined. */
export class Undo extends Error {}

interface SqliteStatement {
  all(values: readonly Value[], done: (error: Error | null, rows: object[]) => void): void;
  finalize(done: () => void): void;
}
interface SqliteConnection {
  prepare(sql: string, done: (error: Error | null) => void): SqliteStatement;
}
interface PostgresConnection {
  query(statement: { text: string; values: Value[] }, done: (error: Error | null | undefined, result: { rows: object[] }) => void): void;
}

/** What of knex's client is used here; the client of a transaction holds that transaction's connection. */
interface Client {
  readonly dialect: string;
  readonly transacting?: boolean;
  acquireConnection(): Promise<object>;
  releaseConnection(connection: object): Promise<void>;
  destroyRawConnection(connection: object): Promise<void>;
  emit(event: string, ...what: unknown[]): void;
}

type Send = (connection: object, sql: string, values: readonly Value[]) => Promise<object[]>;

const prepared = new WeakMap<object, Map<string, SqliteStatement>>();
const numbered = new Map<string, string>();
let asked = 0;

function prepare(connection: object, sql: string): Promise<SqliteStatement> {
  return new Promise((resolve, reject) => {
    const statement = (connection as SqliteConnection).prepare(sql, (error) => {
      if (error) return reject(error);
      const all = prepared.get(connection) ?? new Map<string, SqliteStatement>();
      prepared.set(connection, all.set(sql, statement));
      resolve(statement);
    });
  });
}

const sendSqlite: Send = async (connection, sql, values) => {
  const statement = prepared.get(connection)?.get(sql) ?? (await prepare(connection, sql));
  return new Promise((resolve, reject) => statement.all(values, (error, rows) => (error ? reject(error) : resolve(rows))));
};

/** `?` as PostgreSQL numbers them; our statements hold no question mark of another meaning. */
function number(sql: string): string {
  let count = 0;
  const text = numbered.get(sql) ?? sql.replace(/\?/g, () => `$${(count += 1)}`);
  numbered.set(sql, text);
  return text;
}

const sendPostgres: Send = (connection, sql, values) =>
  new Promise((resolve, reject) => {
    (connection as PostgresConnection).query({ text: number(sql), values: [...values] }, (error, result) => (error ? reject(error) : resolve(result.rows)));
  });

function getClient(db: Db): Client {
  return db.client as Client;
}

function isSqlite({ dialect }: Client): boolean {
  return dialect === 'sqlite3';
}

/** The statement that writes one row of these columns. */
export function writeInsert(table: string, columns: readonly string[]): string {
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
}

/** Whoever watches knex's statements sees these too. */
function askOn(client: Client, connection: object): Ask {
  const send = isSqlite(client) ? sendSqlite : sendPostgres;
  return async <Row extends object>(sql: string, values: readonly Value[]) => {
    const statement = { sql, bindings: values, __knexQueryUid: `hot ${(asked += 1)}` };
    client.emit('query', statement);
    try {
      const rows = await send(connection, sql, values);
      client.emit('query-response', rows, statement);
      return rows as Row[];
    } catch (error) {
      // As knex does it: with placeholders, never values.
      if (error instanceof Error) error.message = `${sql} - ${error.message}`;
      client.emit('query-error', error, statement);
      throw error;
    }
  };
}

async function withConnection<T>(client: Client, work: (connection: object) => Promise<T>): Promise<T> {
  const connection = await client.acquireConnection();
  try {
    return await work(connection);
  } finally {
    await client.releaseConnection(connection);
  }
}

/** One statement by itself, or in the transaction that `db` is. */
export function ask<Row extends object>(db: Db, sql: string, values: readonly Value[]): Promise<Row[]> {
  const client = getClient(db);
  return withConnection(client, (connection) => askOn(client, connection)<Row>(sql, values));
}

/** The words that begin, end and undo a transaction. SQLite takes its lock at once: none meets SQLITE_BUSY halfway. */
const OWN = { begin: 'BEGIN', end: 'COMMIT', undo: ['ROLLBACK'] } as const;
const IMMEDIATE = { ...OWN, begin: 'BEGIN IMMEDIATE' } as const;
/** Within a transaction of knex's. */
const INNER = { begin: 'SAVEPOINT hot', end: 'RELEASE SAVEPOINT hot', undo: ['ROLLBACK TO SAVEPOINT hot', 'RELEASE SAVEPOINT hot'] } as const;

/**
 * Does the work in one transaction, or as a part of the one that `db` is, and answers what it answers once that is on
 * disk. An error undoes it all and is thrown; `Undo` undoes it and is answered as undefined.
 */
export function commit<T>(db: Db, work: (ask: Ask) => Promise<T>): Promise<T | undefined> {
  const client = getClient(db);
  const words = client.transacting ? INNER : isSqlite(client) ? IMMEDIATE : OWN;
  return withConnection(client, async (connection) => {
    const ask = askOn(client, connection);
    await ask(words.begin, []);
    try {
      const result = await work(ask);
      await ask(words.end, []);
      return result;
    } catch (error) {
      // Where not even that goes, the database has undone it by itself, or the connection is lost: the first error tells.
      for (const word of words.undo) await ask(word, []).catch(() => undefined);
      if (error instanceof Undo) return undefined;
      throw error;
    }
  });
}

/** SQLite closes no connection that has prepared statements: they go first. */
export function finalizeAtClose(db: Db): void {
  const client = getClient(db);
  const destroy = client.destroyRawConnection.bind(client);
  client.destroyRawConnection = async (connection) => {
    const statements = [...(prepared.get(connection)?.values() ?? [])];
    prepared.delete(connection);
    await Promise.all(statements.map((statement) => new Promise<void>((resolve) => statement.finalize(resolve))));
    return destroy(connection);
  };
}
