import test from 'ava';
import { isUnavailable } from '../../db/errors.js';
import { nameLostConnections } from '../../db/lostConnections.js';
import { ENGINES } from '../helpers/database.js';
import { pollUntil } from '../helpers/poll.js';

/** A connection of pg as knex makes it. */
interface Raw {
  readonly processID: number;
  readonly __knex__disposed?: unknown;
  query(text: string, done: (error: Error | null | undefined) => void): unknown;
  end(): unknown;
}

for (const { name, open } of ENGINES.filter((engine) => engine.name === 'PostgreSQL')) {
  test(`${name}: a connection that was lost before anybody could listen counts as lost`, async (t) => {
    const db = await open(t);
    const client = db.client as { acquireRawConnection(): Promise<Raw> };
    // As it is made by knex, without our watch: `open` has put that on this one client alone.
    const make = (Object.getPrototypeOf(client) as typeof client).acquireRawConnection.bind(client);
    const late = {
      async acquireRawConnection() {
        const connection = await make();
        await db.raw('SELECT pg_terminate_backend(?)', [connection.processID]);
        await pollUntil('the loss', async () => connection.__knex__disposed !== undefined);
        return connection;
      },
    };
    nameLostConnections(late as unknown as Parameters<typeof nameLostConnections>[0]);
    const connection = await late.acquireRawConnection();
    const error = await new Promise((resolve) => connection.query('SELECT 1', resolve));
    connection.end();
    t.true(isUnavailable(error), String(error));
  });
}
