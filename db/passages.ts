import type { Db } from './connection.js';
import { DELIVERY_COLUMNS, type DeliveryRow } from './deliveries.js';
import { ENDPOINT_COLUMNS, type DeliveryEndpoint, type EndpointColumns } from './endpoints.js';
import { PUSH_COLUMNS, type PushRow } from './pushes.js';
import { REPOSITORY_COLUMNS, type RepositoryRow } from './repositories.js';
import { RUN_COLUMNS, type RunRow } from './runs.js';
import { ask } from './statements.js';
import { SECRETS, type SecretColumns } from './webhooks.js';

/** All that an attempt of a delivery needs to know, as it stands at one moment. */
export interface PassageRow {
  readonly delivery: DeliveryRow;
  readonly run: RunRow;
  readonly push: PushRow;
  readonly repository: RepositoryRow;
  /** Undefined, as the secrets: its webhook is gone. */
  readonly endpoint: DeliveryEndpoint | undefined;
  readonly secrets: SecretColumns | undefined;
}

type Part = 'delivery' | 'run' | 'push' | 'repository' | 'endpoint' | 'secrets';

/** Which columns of which table make up each part. */
const PARTS: Readonly<Record<Part, { readonly table: string; readonly columns: readonly string[] }>> = {
  delivery: { table: 'deliveries', columns: DELIVERY_COLUMNS },
  run: { table: 'runs', columns: RUN_COLUMNS },
  push: { table: 'pushes', columns: PUSH_COLUMNS },
  repository: { table: 'repositories', columns: REPOSITORY_COLUMNS },
  endpoint: { table: 'webhooks', columns: ENDPOINT_COLUMNS },
  secrets: { table: 'webhooks', columns: SECRETS },
};

/** Every column under a name of its own, since several tables have an `id`: part and number, `delivery_0`. */
const SELECTED = Object.entries(PARTS).flatMap(([part, { table, columns }]) => columns.map((name, index) => `${table}.${name} AS ${part}_${index}`));
const FIND = `SELECT ${SELECTED.join(', ')} FROM deliveries
  JOIN runs ON runs.id = deliveries.run_id
  JOIN pushes ON pushes.id = runs.push_id
  JOIN repositories ON repositories.id = runs.repository_id
  LEFT JOIN webhooks ON webhooks.id = deliveries.webhook_id
  WHERE deliveries.id = ?`;

/** A delivery with its run, push, repository and webhook, by one statement; undefined: it is gone. */
export async function findPassage(db: Db, deliveryId: string): Promise<PassageRow | undefined> {
  const [row] = await ask<Record<string, unknown>>(db, FIND, [deliveryId]);
  if (!row) return undefined;
  const run = read(row, 'run') as RunRow;
  const parts = {
    delivery: read(row, 'delivery') as DeliveryRow, run, push: read(row, 'push') as PushRow, repository: read(row, 'repository') as RepositoryRow,
  };
  const secrets = read(row, 'secrets') as SecretColumns | { readonly id: null };
  if (secrets.id === null) return { ...parts, endpoint: undefined, secrets: undefined };
  const endpoint = { ...(read(row, 'endpoint') as EndpointColumns), webhook_id: secrets.id, repository_id: run.repository_id };
  return { ...parts, endpoint, secrets };
}

function read(row: Readonly<Record<string, unknown>>, part: Part): object {
  return Object.fromEntries(PARTS[part].columns.map((name, index) => [name, row[`${part}_${index}`]]));
}
