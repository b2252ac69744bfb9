import { news } from '../news.js';
import type { Db } from './connection.js';
import {
  closeLocked, DELIVERY_COLUMNS, findDelivery, lockRunOf, readDelivery, type Closed, type Closing, type DeliveryRow,
} from './deliveries.js';
import { newId, nowIso } from './ids.js';
import { commit, Undo, writeInsert, type Ask } from './statements.js';
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
  /** JSON objects: both headers. */
  readonly request_headers: string | null;
  readonly request_body: string | null;
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
  'request_headers', 'request_body', 'response_headers', 'response_body',
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

const CLAIM_RUN = `UPDATE runs SET updated = ?, state = 'running', notify = NULL
  WHERE id = (SELECT run_id FROM deliveries WHERE id = ?) AND state IN ('queued', 'running') RETURNING id`;
const INTERRUPT = `UPDATE attempts SET duration_ms = ?, error = ?, error_detail = ? WHERE delivery_id = ? AND duration_ms IS NULL RETURNING id`;
const OPEN_ATTEMPT = writeInsert('attempts', ['id', 'delivery_id', 'number', 'kid', 'started']);

/** A probe does not end the time behind a pause; an attempt of the delivery's own does. */
function writeBegin(isProbe: boolean, after: number | undefined): string {
  const count = isProbe ? 'probe_count = probe_count + 1' : 'held_since = NULL';
  return `UPDATE deliveries SET state = 'delivering', reason = NULL, next_attempt = NULL, attempt_count = attempt_count + 1, ${count}
    WHERE id = ? AND state IN ('pending', 'delivering')${after === undefined ? '' : ' AND attempt_count = ?'} RETURNING ${DELIVERY_COLUMNS.join(', ')}`;
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
  const begun = await commit(db, async (ask) => {
    // Temporal evidently knows of everything before this attempt.
    if ((await ask(CLAIM_RUN, [nowIso(), deliveryId])).length === 0) throw new Undo();
    const [begun] = await ask<DeliveryRow>(writeBegin(isProbe, after), [deliveryId, ...(after === undefined ? [] : [after])]);
    if (!begun) throw new Undo();
    const { duration_ms, error, error_detail } = INTERRUPTED;
    if (begun.attempt_count > 1) interrupted = (await ask(INTERRUPT, [duration_ms, error, error_detail, deliveryId])).length;
    await ask(OPEN_ATTEMPT, [newId('att'), deliveryId, begun.attempt_count, kid ?? null, nowIso()]);
    return begun;
  });
  if (interrupted > 0) news.emit('attemptsInterrupted', interrupted);
  return begun ? { ...begun, isOpened: true } : findStanding(db, deliveryId);
}

/** One attempt of a delivery by its number. */
export async function findAttempt(db: Db, deliveryId: string, number: number): Promise<AttemptRow | undefined> {
  return db<AttemptRow>('attempts').where({ delivery_id: deliveryId, number }).first(...ATTEMPT_COLUMNS);
}

/** What an attempt brought, by its delivery and number. */
export interface FinishedAttempt {
  readonly deliveryId: string;
  readonly number: number;
  readonly result: AttemptResult;
}

/**
 * Records what an attempt brought and where the delivery goes, in one transaction. A delivery that a callback or a
 * cancellation closed meanwhile keeps that state. Returns the delivery as it then stands; undefined: it is gone.
 */
export async function finishAttempt(db: Db, attempt: FinishedAttempt & { readonly after: AfterAttempt }): Promise<DeliveryRow | undefined> {
  const { deliveryId, after } = attempt;
  let closed: Closed | undefined;
  const standing = await commit(db, async (ask) => {
    const isOpen = await lockRunOf(ask, deliveryId);
    await recordResult(ask, attempt);
    if (isOpen && after.kind === 'close') closed = await closeLocked(ask, { id: deliveryId, state: after.state, reason: after.reason }, ['delivering']);
    const moved = isOpen && after.kind !== 'close' ? await moveOn(ask, deliveryId, after) : undefined;
    return moved ?? readDelivery(ask, deliveryId);
  });
  tellEnds(db, [closed?.ended]);
  return standing;
}

const RESULT_COLUMNS = ['duration_ms', 'status', 'error', 'error_detail', 'request_headers', 'request_body', 'response_headers', 'response_body'] as const;
const RECORD = `UPDATE attempts SET ${RESULT_COLUMNS.map((name) => `${name} = ?`).join(', ')} WHERE delivery_id = ? AND number = ?`;

async function recordResult(ask: Ask, { deliveryId, number, result }: FinishedAttempt): Promise<void> {
  await ask(RECORD, [...RESULT_COLUMNS.map((name) => result[name]), deliveryId, number]);
}

const RETURN_MOVED = `WHERE id = ? AND state = 'delivering' RETURNING ${DELIVERY_COLUMNS.join(', ')}`;
const WAIT = `UPDATE deliveries SET state = 'waiting', callback_due = ? ${RETURN_MOVED}`;
const RETRY = `UPDATE deliveries SET next_attempt = ? ${RETURN_MOVED}`;
const RETRY_HELD = `UPDATE deliveries SET next_attempt = ?, reason = '${ENDPOINT_PAUSED}', held_since = COALESCE(held_since, ?) ${RETURN_MOVED}`;

async function moveOn(ask: Ask, id: string, after: Exclude<AfterAttempt, { kind: 'close' }>): Promise<DeliveryRow | undefined> {
  if (after.kind === 'wait') return (await ask<DeliveryRow>(WAIT, [after.callbackDue, id]))[0];
  if (!after.held) return (await ask<DeliveryRow>(RETRY, [after.at, id]))[0];
  return (await ask<DeliveryRow>(RETRY_HELD, [after.at, nowIso(), id]))[0];
}

/** What a delivery is marked with that waits behind a pause: since when, from the first time on. */
export function markHeld(db: Db) {
  return { reason: ENDPOINT_PAUSED, held_since: db.raw('COALESCE(held_since, ?)', [nowIso()]) };
}
