import { randomUUID } from 'node:crypto';
import { isPostgres } from './changes.js';
import type { Db } from './connection.js';

/** SQLite says nothing by itself: looking at the newest number costs microseconds, so it is looked at so often. Milliseconds. */
const LOOK_INTERVAL = 100;
/** PostgreSQL tells; what it could not tell, because the connection was lost, is looked for so often. Milliseconds. */
const MISSED_INTERVAL = 500;
/** How long PostgreSQL is asked to tell, and how often that is asked anew. Milliseconds. */
const LEASE = { length: 30_000, renewal: 10_000 } as const;

/** How long after it was lost a connection is opened anew, in milliseconds. */
const LOST_PAUSE = 1000;

const RENEW = `INSERT INTO change_watchers (id, until) VALUES ($1, now() + $2 * interval '1 ms')
  ON CONFLICT (id) DO UPDATE SET until = excluded.until`;

/** Something that tells when there may be changes. */
export interface ChangeSignal {
  stop(): Promise<void>;
}

/** A connection outside the pool, as pg has it. */
interface RawConnection {
  query(query: { text: string; values: readonly unknown[] }, done: (error: Error | null, result: { rows: object[] }) => void): void;
  on(event: 'notification' | 'error' | 'end', listener: () => void): void;
  removeAllListeners(): void;
  end(): Promise<void>;
}

interface RawClient {
  acquireRawConnection(): Promise<RawConnection>;
}

/**
 * Calls `look` whenever there may be changes, until it is stopped. On PostgreSQL one connection of this process, which
 * is none of the pool's, listens for all that wait; a lost one is opened anew. `onFault` gets what kept it from that.
 */
export function signalChanges(db: Db, look: () => void, onFault: (error: unknown) => void): ChangeSignal {
  const timer = setInterval(look, isPostgres(db) ? MISSED_INTERVAL : LOOK_INTERVAL);
  const listener = isPostgres(db) ? keepListening(db, look, onFault) : undefined;
  return {
    async stop() {
      clearInterval(timer);
      await listener?.stop();
    },
  };
}

function keepListening(db: Db, look: () => void, onFault: (error: unknown) => void): ChangeSignal {
  const id = randomUUID();
  let connection: RawConnection | undefined;
  let stopped = false;
  /** One step after the other: nothing is sent on a connection that is being given up. */
  let last = Promise.resolve();
  const renew = async (): Promise<void> => {
    if (stopped) return;
    try {
      connection ??= await openListener(db, { look, onLost });
      await ask(connection, RENEW, [id, LEASE.length]);
    } catch (error) {
      onFault(error);
      await drop(connection);
      connection = undefined;
    }
  };
  const onLost = (): void => {
    connection = undefined;
    if (!stopped) setTimeout(() => void enqueue(renew), LOST_PAUSE).unref();
  };
  const enqueue = (step: () => Promise<void>): Promise<void> => (last = last.then(step));
  void enqueue(renew);
  const timer = setInterval(() => void enqueue(renew), LEASE.renewal);
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      await enqueue(async () => {
        if (connection) await ask(connection, 'DELETE FROM change_watchers WHERE id = $1 OR until < now()', [id]).catch(onFault);
        await drop(connection);
      });
    },
  };
}

async function openListener(db: Db, { look, onLost }: { look: () => void; onLost: () => void }): Promise<RawConnection> {
  const connection = await (db.client as RawClient).acquireRawConnection();
  connection.on('notification', look);
  connection.on('error', onLost);
  connection.on('end', onLost);
  const [row] = await ask<{ schema: string }>(connection, 'SELECT current_schema() AS schema');
  await ask(connection, `LISTEN "hookline_changes_${(row?.schema ?? '').replaceAll('"', '""')}"`);
  return connection;
}

async function ask<T extends object>(connection: RawConnection, text: string, values: readonly unknown[] = []): Promise<T[]> {
  return new Promise((resolve, reject) => connection.query({ text, values }, (error, result) => (error ? reject(error) : resolve(result.rows as T[]))));
}

async function drop(connection: RawConnection | undefined): Promise<void> {
  if (!connection) return;
  connection.removeAllListeners();
  // A connection that breaks while it is closed is closed.
  connection.on('error', () => undefined);
  await connection.end().catch(() => undefined);
}
