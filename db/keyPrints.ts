import type { Db } from './connection.js';
import { nowIso } from './ids.js';

/** Rows of `probes` with this in front: which keys the processes of the hub have, by name and fingerprint. */
const PREFIX = 'key/';

/** What a process that starts has to be told of its keys. */
export type KeyClash =
  /** Another process has another key under that name. */
  | { readonly kind: 'other'; readonly kid: string }
  /** No key of this process is known to the hub; these are. */
  | { readonly kind: 'strange'; readonly known: readonly string[] };

/**
 * Notes the fingerprints of a process's keys, and answers where they are not those of the hub: at least one must be known,
 * and none may be another one under a known name. The first process of all is believed; those that start together take
 * turns. With `force` the process is believed, and the keys noted before are forgotten.
 */
export async function agreeOnKeys(db: Db, prints: ReadonlyMap<string, string>, force: boolean): Promise<KeyClash | undefined> {
  return db.transaction(async (db) => {
    // Writing the same row first makes the others wait, on both databases.
    await db('probes').insert({ name: 'keys', at: nowIso() }).onConflict('name').merge(['at']);
    if (force) await db('probes').whereLike('name', `${PREFIX}%`).delete();
    const known = await listPrints(db);
    const clash = findClash(known, prints);
    if (clash) return clash;
    const rows = [...prints].map(([kid, print]) => ({ name: `${PREFIX}${kid}/${print}`, at: nowIso() }));
    await db('probes').insert(rows).onConflict('name').ignore();
    return undefined;
  });
}

async function listPrints(db: Db): Promise<Map<string, string>> {
  const rows = await db<{ name: string }>('probes').whereLike('name', `${PREFIX}%`).select('name');
  return new Map(rows.map(({ name }) => name.slice(PREFIX.length).split('/') as [string, string]));
}

function findClash(known: ReadonlyMap<string, string>, prints: ReadonlyMap<string, string>): KeyClash | undefined {
  const other = [...prints].find(([kid, print]) => known.has(kid) && known.get(kid) !== print);
  if (other) return { kind: 'other', kid: other[0] };
  if (known.size === 0 || [...prints.keys()].some((kid) => known.has(kid))) return undefined;
  return { kind: 'strange', known: [...known.keys()].sort() };
}
