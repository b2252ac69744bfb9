import { v7 as uuidv7 } from 'uuid';

/** Prefixes of the ids, one per kind of row. */
export type IdPrefix = 'att' | 'chn' | 'dlv' | 'psh' | 'rep' | 'run' | 'usr' | 'whk';

/** A new id: prefix, underscore, UUID version 7 without dashes. Ids of one kind sort by time of creation. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${uuidv7().replaceAll('-', '')}`;
}

/** The present moment as columns hold it: ISO 8601 in UTC with milliseconds, which sorts as text. */
export function nowIso(): string {
  return new Date().toISOString();
}
