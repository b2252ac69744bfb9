import { readKid } from '../keys.js';
import { OPEN_DELIVERY_STATES } from '../states.js';
import type { Db } from './connection.js';
import { nowIso } from './ids.js';

/** Every table with sealed secrets, each row's sealed under its id. Whoever seals in another one adds it here. */
export const SEALED_TABLES = ['webhooks', 'sources', 'inbounds'] as const;
export type SealedTable = (typeof SEALED_TABLES)[number];
const SECRETS = ['secret', 'previous_secret'] as const;
/** Rows read at once. */
const BATCH = 200;

interface SealedRow {
  readonly id: string;
  readonly secret: string | null;
  readonly previous_secret: string | null;
}

/** Rows of a table in the order of their ids, a batch at a time; none that is there all the while is left out. */
async function* readBatches(db: Db, table: SealedTable): AsyncGenerator<readonly SealedRow[]> {
  for (let after = '';;) {
    const rows = await db<SealedRow>(table).where('id', '>', after).orderBy('id').limit(BATCH).select('id', ...SECRETS);
    if (rows.length === 0) return;
    yield rows;
    after = rows.at(-1)?.id ?? after;
  }
}

/** How many secrets of a table each key seals. */
export async function countSealed(db: Db, table: SealedTable): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const rows of readBatches(db, table)) {
    for (const sealed of rows.flatMap((row) => SECRETS.flatMap((name) => row[name] ?? []))) {
      counts.set(readKid(sealed), (counts.get(readKid(sealed)) ?? 0) + 1);
    }
  }
  return counts;
}

/**
 * Seals every secret of a table anew that another key than `kid` seals; answers how many. A hub may run beside it: a
 * secret is replaced only while it is the one that was read, and who rotates it meanwhile has sealed it anew already.
 * Ended halfway, it is done again: what was sealed stays.
 * @throws Error naming the key that a secret is sealed with and that is not there
 */
export async function resealTable(db: Db, table: SealedTable, { kid, reseal }: { kid: string; reseal: (sealed: string, id: string) => string }): Promise<number> {
  let count = 0;
  for await (const rows of readBatches(db, table)) {
    for (const { id, ...secrets } of rows) {
      for (const name of SECRETS) {
        const sealed = secrets[name];
        if (sealed === null || readKid(sealed) === kid) continue;
        count += await db(table).where({ id, [name]: sealed }).update({ [name]: reseal(sealed, id) });
      }
    }
  }
  return count;
}

/** Open deliveries whose receivers hold a callback URL made with a key, and when the last of them ends; `kid` null: from before it was kept. */
export interface OpenCallbacks {
  readonly kid: string | null;
  readonly count: number;
  /** Null: one of them is still being tried, and its wait has not begun. */
  readonly until: string | null;
}

/** By key: what the receivers of open deliveries were sent. A delivery that was tried with two keys counts for both. */
export async function countOpenCallbacks(db: Db): Promise<OpenCallbacks[]> {
  const rows = await db('attempts')
    .join('deliveries', 'deliveries.id', 'attempts.delivery_id')
    .whereIn('deliveries.state', [...OPEN_DELIVERY_STATES])
    .distinct<{ kid: string | null; id: string; callback_due: string | null }[]>('attempts.kid', 'deliveries.id', 'deliveries.callback_due');
  return [...new Set(rows.map(({ kid }) => kid))].map((kid) => {
    const dues = rows.filter((row) => row.kid === kid).map(({ callback_due }) => callback_due);
    const known = dues.filter((due) => due !== null);
    return { kid, count: dues.length, until: known.length < dues.length ? null : (known.sort().at(-1) ?? null) };
  });
}

/** Sessions that have not run out, and when the last of them does. */
export async function countSessions(db: Db): Promise<{ count: number; until: string | null }> {
  const row = await db('sessions').where('expires', '>', nowIso()).count({ count: 'id' }).max({ until: 'expires' }).first<{ count: number; until: string | null } | undefined>();
  return { count: row?.count ?? 0, until: row?.until ?? null };
}
