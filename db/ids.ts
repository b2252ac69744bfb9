import { createHash } from 'node:crypto';
import { stringify, v7 as uuidv7 } from 'uuid';

/** Prefixes of the ids, one per kind of row. */
export type IdPrefix = 'att' | 'aud' | 'bld' | 'chn' | 'dlv' | 'inv' | 'org' | 'psh' | 'rcl' | 'rcv' | 'rep' | 'rlg' | 'rpt' | 'run' | 'ses' | 'usr' | 'whk';

/** A new id: prefix, underscore, UUID version 7 without dashes. Ids of one kind sort by time of creation. */
export function newId(prefix: IdPrefix): string {
  return `${prefix}_${uuidv7().replaceAll('-', '')}`;
}

/** The present moment as columns hold it: ISO 8601 in UTC with milliseconds, which sorts as text. */
export function nowIso(): string {
  return new Date().toISOString();
}

/** A new id in the usual spelling of a UUID, for what clients decode as one. Sorts by time of creation. */
export function newUuid(): string {
  return uuidv7();
}

/** The UUID inside an id, as 32 hexadecimal digits and in its usual spelling: Docker Hub's clients know accounts by these. */
export function readUuid(id: string): { hex: string; uuid: string } {
  const hex = id.slice(id.indexOf('_') + 1);
  return { hex, uuid: stringify(Buffer.from(hex, 'hex')) };
}

/**
 * The number that stands for an id where clients decode one: the same for the same id at all times, and below 2^48,
 * so that JavaScript and Go read it exactly.
 */
export function toNumber(id: string): number {
  return createHash('sha256').update(id).digest().readUIntBE(0, 6);
}
