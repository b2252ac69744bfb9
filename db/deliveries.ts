import type { RunEnd } from '../news.js';
import { OPEN_DELIVERY_STATES, OPEN_RUN_STATES, type DeliveryState, type RunState } from '../states.js';
import type { Db, Flag } from './connection.js';
import { nowIso } from './ids.js';
import { ask, commit, writeInsert, type Ask } from './statements.js';
import { tellEnds } from './tellEnds.js';

/** What a receiver may answer in a callback. */
export type CallbackState = 'success' | 'failure' | 'error';

export interface DeliveryRow {
  readonly id: string;
  readonly run_id: string;
  readonly position: number;
  readonly webhook_id: string | null;
  readonly name: string;
  readonly hook_url: string;
  readonly expect_callback: Flag;
  readonly callback_timeout_ms: number;
  readonly require_signed_callback: Flag;
  readonly state: DeliveryState;
  /** Why it ended so, or, of an open one, why it waits. */
  readonly reason: string | null;
  readonly attempt_count: number;
  /** How many of its attempts tried a paused endpoint. */
  readonly probe_count: number;
  readonly next_attempt: string | null;
  /** Since when it waits behind a pause of its endpoint. */
  readonly held_since: string | null;
  readonly callback_due: string | null;
  readonly carried_over_from: string | null;
  readonly finished: string | null;
}

export interface CallbackRow {
  readonly delivery_id: string;
  readonly state: CallbackState;
  readonly description: string | null;
  readonly context: string | null;
  readonly target_url: string | null;
  readonly received: string;
}

/** How a delivery ends. */
export interface Closing {
  readonly id: string;
  readonly state: Exclude<DeliveryState, 'pending' | 'delivering' | 'waiting' | 'skipped'>;
  readonly reason: string | null;
  /** The receiver's words, where a callback closes it. */
  readonly callback?: Omit<CallbackRow, 'delivery_id' | 'received'>;
  /** An activity of this process has the delivery in hand, and is handed the callback: Temporal needs no signal. */
  readonly isHandedOver?: boolean;
}

export const DELIVERY_COLUMNS = [
  'id', 'run_id', 'position', 'webhook_id', 'name', 'hook_url', 'expect_callback', 'callback_timeout_ms',
  'require_signed_callback', 'state', 'reason', 'attempt_count', 'probe_count', 'next_attempt', 'held_since',
  'callback_due', 'carried_over_from', 'finished',
] as const;
export const CALLBACK_COLUMNS = ['delivery_id', 'state', 'description', 'context', 'target_url', 'received'] as const;

const FIND = `SELECT ${DELIVERY_COLUMNS.join(', ')} FROM deliveries WHERE id = ?`;

/** The delivery of that id. */
export async function findDelivery(db: Db, id: string): Promise<DeliveryRow | undefined> {
  return (await ask<DeliveryRow>(db, FIND, [id]))[0];
}

/** The same on the connection of a transaction. */
export async function readDelivery(ask: Ask, id: string): Promise<DeliveryRow | undefined> {
  return (await ask<DeliveryRow>(FIND, [id]))[0];
}

/** All deliveries of a run, in order. */
export async function listDeliveries(db: Db, runId: string): Promise<DeliveryRow[]> {
  return db<DeliveryRow>('deliveries').where({ run_id: runId }).orderBy('position').select(...DELIVERY_COLUMNS);
}

/** The callback that was accepted for a delivery. */
export async function findCallback(db: Db, deliveryId: string): Promise<CallbackRow | undefined> {
  return db<CallbackRow>('callbacks').where({ delivery_id: deliveryId }).first(...CALLBACK_COLUMNS);
}

const LOCK_RUN = `UPDATE runs SET updated = ? WHERE id = (SELECT run_id FROM deliveries WHERE id = ?) RETURNING state`;

/**
 * Writes the run's row before anything beneath it: the run is the lock of its deliveries on PostgreSQL, and a
 * transaction that starts with a write never meets SQLITE_BUSY halfway. True while the run is open.
 */
export async function lockRunOf(ask: Ask, deliveryId: string): Promise<boolean> {
  const [run] = await ask<{ state: RunState }>(LOCK_RUN, [nowIso(), deliveryId]);
  return run !== undefined && OPEN_RUN_STATES.includes(run.state);
}

/**
 * Closes a delivery if it is open (`from` narrows that), and with it, where nothing is left to do, its run: any
 * state but success skips the rest. The first committed closing wins for ever; returns whether it was this one.
 */
export async function closeDelivery(db: Db, closing: Closing, from = OPEN_DELIVERY_STATES): Promise<boolean> {
  return (await close(db, closing, from)) !== undefined;
}

/** The same by a callback, which is returned as it is kept; undefined: the delivery was closed before. */
export async function acceptCallback(db: Db, closing: Closing & Required<Pick<Closing, 'callback'>>, from: readonly DeliveryState[]): Promise<CallbackRow | undefined> {
  const closed = await close(db, closing, from);
  return closed && { ...closing.callback, delivery_id: closing.id, received: closed.at };
}

async function close(db: Db, closing: Closing, from: readonly DeliveryState[]): Promise<Closed | undefined> {
  const closed = await commit(db, async (ask) => {
    if (!(await lockRunOf(ask, closing.id))) return undefined;
    return closeLocked(ask, closing, from);
  });
  tellEnds(db, [closed?.ended]);
  return closed;
}

/** A delivery that was closed by this very write, and the end of its run where that came with it: news once it is committed. */
export interface Closed {
  readonly ended: RunEnd | undefined;
  /** When. */
  readonly at: string;
}

const CLOSE = `UPDATE deliveries SET state = ?, reason = ?, next_attempt = NULL, finished = ? WHERE id = ? AND state IN (?) RETURNING run_id`;
const KEEP_CALLBACK = writeInsert('callbacks', CALLBACK_COLUMNS);

/** The same inside a transaction that holds the lock of an open run; undefined: it was closed before. */
export async function closeLocked(ask: Ask, closing: Closing, from = OPEN_DELIVERY_STATES): Promise<Closed | undefined> {
  const at = nowIso();
  const { id, state, reason, callback, isHandedOver = false } = closing;
  const sql = CLOSE.replace('(?)', `(${from.map(() => '?').join(', ')})`);
  const [closed] = await ask<DeliveryRow>(sql, [state, reason, at, id, ...from]);
  if (!closed) return undefined;
  if (callback) await ask(KEEP_CALLBACK, [id, callback.state, callback.description, callback.context, callback.target_url, at]);
  return { at, ended: await advanceRun(ask, closed.run_id, { state, at, notify: callback && !isHandedOver ? 'signal' : null }) };
}

const GOES_ON = `EXISTS (SELECT 1 FROM deliveries WHERE deliveries.run_id = runs.id AND deliveries.state = 'pending')`;
const GO_ON = `UPDATE runs SET notify = ?, state = CASE WHEN ${GOES_ON} THEN state ELSE ? END, finished = CASE WHEN ${GOES_ON} THEN finished ELSE ? END
  WHERE id = ? RETURNING created, finished`;
const SKIP_REST = `UPDATE deliveries SET state = 'skipped', reason = 'chain_interrupted', finished = ? WHERE run_id = ? AND state = 'pending'`;

/** The run follows its delivery: on to the next, or closed. */
async function advanceRun(
  ask: Ask,
  runId: string,
  closed: { state: Closing['state']; at: string; notify: 'signal' | null },
): Promise<RunEnd | undefined> {
  const { state, at, notify } = closed;
  if (state !== 'success') await ask(SKIP_REST, [at, runId]);
  const [run] = await ask<{ created: string; finished: string | null }>(GO_ON, [notify, state, at, runId]);
  return run?.finished ? { run: runId, state, created: run.created } : undefined;
}
