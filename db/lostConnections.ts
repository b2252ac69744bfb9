/**
 * pg says of a connection that broke only a sentence, without a code: its server was killed, or its machine is gone.
 * Such errors get the code that PostgreSQL has for them, since nothing is classed by its message.
 */

/** SQLSTATE connection_failure. */
const CONNECTION_FAILURE = '08006';

type Done = (error: Error | null | undefined, result?: unknown) => void;

/** What of a connection of pg is used here. */
interface Connection {
  query(config: unknown, done: Done): unknown;
  on(event: 'error' | 'end', listener: () => void): unknown;
  /** What knex notes of its loss, from its making on: it may be lost before anybody else can listen. */
  readonly __knex__disposed?: unknown;
}

/** What of knex's PostgreSQL client is used here. */
interface Client {
  acquireRawConnection(): Promise<Connection>;
}

/** Makes every error of a connection that cannot be made, or that broke, carry its code. */
export function nameLostConnections(client: Client): void {
  const acquire = client.acquireRawConnection.bind(client);
  client.acquireRawConnection = async () => {
    try {
      return watch(await acquire());
    } catch (error) {
      throw nameLoss(error);
    }
  };
}

function watch(connection: Connection): Connection {
  let isLost = connection.__knex__disposed !== undefined;
  for (const event of ['error', 'end'] as const) connection.on(event, () => { isLost = true; });
  const query = connection.query.bind(connection);
  connection.query = (config, done) => query(config, (error, result) => done(isLost && error ? nameLoss(error) : error, result));
  return connection;
}

/** Errors that have a code keep it. */
function nameLoss<E>(error: E): E {
  return error instanceof Error && !('code' in error) ? Object.assign(error, { code: CONNECTION_FAILURE }) : error;
}
