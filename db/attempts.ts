import { news } from '../news.js';
import type { Db } from './connection.js';
import {
  closeLocked, DELIVERY_COLUMNS, findDelivery, lockRunOf, type Closed, type Closing, type DeliveryRow,
} from './deliveries.js';
import { newId, nowIso } from './ids.js';
import { tellEnds } from './tellEnds.js';

export interface AttemptRow {
  readonly id: string;
  readonly delivery_id: string;
  readonly number: number;
  readonly started: string;
  readonly duration_ms: number | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly error_detail: string | null;
  /** JSON objects. */
  readonly request_headers: string | null;
  readonly response_headers: string | null;
  readonly response_body: string | null;
}

/** What one request brought. */
export type AttemptResult = Omit<AttemptRow, 'id' | 'delivery_id' | 'number' | 'started'>;

/** Where a delivery goes after an attempt: it ends, waits for its callback, or is tried again at a time. */
export type AfterAttempt =
  | { readonly kind: 'close'; readonly state: Closing['state']; readonly reason: string | null }
  | { readonly kind: 'wait'; readonly callbackDue: string }
  | {
      readonly kind: 'retry';
      readonly at: string;
      /** It waits behind a pause of its endpoint. */
      readonly held?: boolean;
    };

/** Why an open delivery waits, in the history. */
export const ENDPOINT_PAUSED = 'endpoint_paused';

export const ATTEMPT_COLUMNS = [
  'id', 'delivery_id', 'number', 'started', 'duration_ms', 'status', 'error', 'error_detail',
  'request_headers', 'response_headers', 'response_body',
] as const;

/** An attempt that its process did not live to record: the receiver may have got it. */
const INTERRUPTED = {
  duration_ms: 0,
  error: 'interrupted',
  error_detail: 'the hub stopped while the request was under way',
};

/** Marks attempts that began before `cutoff` and were never recorded; returns how many. */
export async function markInterrupted(db: Db, cutoff: string): Promise<number> {
  const count = await db('attempts').whereNull('duration_ms').where('started', '<', cutoff).update(INTERRUPTED);
  if (count > 0) news.emit('attemptsInterrupted', count);
  return count;
}

/** What is to be known of an attempt before it is made. */
export interface NewAttempt {
  /** Whether it tries a paused endpoint, and is none of the delivery's own attempts. */
  readonly isProbe?: boolean;
  /** The key of the callback token that the request carries. */
  readonly kid?: string;
  /**
   * How many attempts there were: where another process has opened one since, none is opened here. The number alone
   * does not tell: the other's attempt has the one that ours would have had.
   */
  readonly after?: number;
}

/** A delivery, and whether an attempt of it was opened just now. */
export type BegunDelivery = DeliveryRow & { readonly isOpened: boolean };

async function findStanding(db: Db, id: string): Promise<BegunDelivery | undefined> {
  const delivery = await findDelivery(db, id);
  return delivery && { ...delivery, isOpened: false };
}

/**
 * Opens the next attempt of a delivery, before anything is sent: what a receiver may have seen is always on record.
 * Returns the delivery as it then stands; where `isOpened`, `attempt_count` is the attempt's number. A delivery that is
 * closed, already waits for its callback, or was taken by another process is returned as it is, and nothing may be sent.
 * Undefined: it no longer exists.
 */
export async function beginAttempt(db: Db, deliveryId: string, { isProbe = false, kid, after }: NewAttempt = {}): Promise<BegunDelivery | undefined> {
  let interrupted = 0;
  const standing = await db.transaction(async (db) => {
    if (!(await lockRunOf(db, deliveryId))) return findStanding(db, deliveryId);
    const [begun] = await db<DeliveryRow>('deliveries')
      .where({ id: deliveryId, ...(after === undefined ? {} : { attempt_count: after }) })
      .whereIn('state', ['pending', 'delivering'])
      .update({ state: 'delivering', reason: null, next_attempt: null, attempt_count: db.raw('attempt_count + 1'), ...countProbe(db, isProbe) })
      .returning([...DELIVERY_COLUMNS]);
    if (!begun) return findStanding(db, deliveryId);
    // Temporal evidently knows of everything before this attempt.
    await db('runs').where({ id: begun.run_id }).update({ state: 'running', notify: null });
    interrupted = await db('attempts').where({ delivery_id: deliveryId }).whereNull('duration_ms').update(INTERRUPTED);
    const attempt = { id: newId('att'), delivery_id: deliveryId, number: begun.attempt_count, kid: kid ?? null, started: nowIso() };
    await db('attempts').insert(attempt);
    return { ...begun, isOpened: true };
  });
  if (interrupted > 0) news.emit('attemptsInterrupted', interrupted);
  return standing;
}

/** One attempt of a delivery by its number. */
export async function findAttempt(db: Db, deliveryId: string, number: number): Promise<AttemptRow | undefined> {
  return db<AttemptRow>('attempts').where({ delivery_id: deliveryId, number }).first(...ATTEMPT_COLUMNS);
}

/** A probe does not end the time behind a pause; an attempt of the delivery's own does. */
function countProbe(db: Db, isProbe: boolean) {
  return isProbe ? { probe_count: db.raw('probe_count + 1') } : { held_since: null };
}

/**
 * Records what an attempt brought and where the delivery goes, in one transaction. A delivery that a callback or a
 * cancellation closed meanwhile keeps that state. Returns the delivery as it then stands; undefined: it is gone.
 */
export async function finishAttempt(
  db: Db,
  attempt: { deliveryId: string; number: number; result: AttemptResult; after: AfterAttempt },
): Promise<DeliveryRow | undefined> {
  const { deliveryId, number, result, after } = attempt;
  const { closed, standing } = await db.transaction(async (db) => {
    const isOpen = await lockRunOf(db, deliveryId);
    await db('attempts').where({ delivery_id: deliveryId, number }).update(result);
    const closed = isOpen ? await moveOn(db, deliveryId, after) : undefined;
    return { closed, standing: await findDelivery(db, deliveryId) };
  });
  tellEnds(db, [closed?.ended]);
  return standing;
}

async function moveOn(db: Db, id: string, after: AfterAttempt): Promise<Closed | undefined> {
  if (after.kind === 'close') return closeLocked(db, { id, state: after.state, reason: after.reason }, ['delivering']);
  const change = after.kind === 'wait'
    ? { state: 'waiting', callback_due: after.callbackDue }
    : { next_attempt: after.at, ...(after.held ? markHeld(db) : {}) };
  await db('deliveries').where({ id, state: 'delivering' }).update(change);
  return undefined;
}

/** What a delivery is marked with that waits behind a pause: since when, from the first time on. */
export function markHeld(db: Db) {
  return { reason: ENDPOINT_PAUSED, held_since: db.raw('COALESCE(held_since, ?)', [nowIso()]) };
}
