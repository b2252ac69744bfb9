import { randomBytes } from 'node:crypto';
import type { Db } from './connection.js';
import { newId, nowIso } from './ids.js';
import { countRows, type Page, type PageRequest } from './page.js';

/** A receiver that the hub has built in: it takes calls, and its owner answers them by hand. */
export interface ReceiverRow {
  readonly id: string;
  readonly user_id: string;
  readonly name: string;
  /** Stands in its address. */
  readonly token: string;
  readonly created: string;
}

/** One call that a receiver got. */
export interface ReceiverCallRow {
  readonly id: string;
  readonly receiver_id: string;
  readonly received: string;
  /** A JSON object. */
  readonly headers: string;
  readonly body: string;
  readonly callback_state: string | null;
}

const COLUMNS = ['id', 'user_id', 'name', 'token', 'created'] as const;
const CALL_COLUMNS = ['id', 'receiver_id', 'received', 'headers', 'body', 'callback_state'] as const;
/** How many of the last calls a receiver keeps, and for how long, in milliseconds. */
export const KEPT_CALLS = { count: 50, age: 86_400_000 } as const;

function oldestKept(): string {
  return new Date(Date.now() - KEPT_CALLS.age).toISOString();
}

/** Writes a receiver; undefined where the user has `limit` of them. */
export async function insertReceiver(db: Db, userId: string, { name, limit }: { name: string; limit: number }): Promise<ReceiverRow | undefined> {
  const row = { id: newId('rcv'), user_id: userId, name, token: randomBytes(32).toString('base64url'), created: nowIso() };
  return db.transaction(async (db) => {
    // The user's row is the lock: of two at once the second counts the first.
    await db('users').where({ id: userId }).update({ id: userId });
    if ((await countRows(db('receivers').where({ user_id: userId }))) >= limit) return undefined;
    await db('receivers').insert(row);
    return row;
  });
}

/** The receivers of a user, oldest first. */
export async function listReceivers(db: Db, userId: string, page: PageRequest): Promise<Page<ReceiverRow>> {
  const all = db<ReceiverRow>('receivers').where({ user_id: userId });
  const rows = await all.clone().orderBy('id').limit(page.limit).offset(page.offset).select(...COLUMNS);
  return { count: await countRows(all), rows };
}

/** One receiver of a user. */
export async function findReceiver(db: Db, userId: string, id: string): Promise<ReceiverRow | undefined> {
  return db<ReceiverRow>('receivers').where({ user_id: userId, id }).first(...COLUMNS);
}

/** Deletes a receiver with its calls; false where the user has none of that id. */
export async function deleteReceiver(db: Db, userId: string, id: string): Promise<boolean> {
  return (await db('receivers').where({ user_id: userId, id }).delete()) > 0;
}

/** Keeps a call to the receiver of that token, and forgets those that are too many or too old; undefined: there is none. */
export async function recordCall(db: Db, token: string, call: Pick<ReceiverCallRow, 'headers' | 'body'>): Promise<string | undefined> {
  return db.transaction(async (db) => {
    // The receiver's row is the lock of its calls.
    const [receiver] = await db<ReceiverRow>('receivers').where({ token }).update({ token }).returning('id');
    if (!receiver) return undefined;
    const id = newId('rcl');
    await db('receiver_calls').insert({ ...call, id, receiver_id: receiver.id, received: nowIso() });
    const kept = db('receiver_calls').where({ receiver_id: receiver.id }).orderBy('id', 'desc').limit(KEPT_CALLS.count).select('id');
    await db('receiver_calls').where({ receiver_id: receiver.id }).whereNotIn('id', kept).delete();
    await db('receiver_calls').where('received', '<', oldestKept()).delete();
    return id;
  });
}

/** What a receiver got lately, newest first. */
export async function listCalls(db: Db, receiverId: string): Promise<ReceiverCallRow[]> {
  return selectCalls(db, receiverId).orderBy('id', 'desc').limit(KEPT_CALLS.count).select(...CALL_COLUMNS);
}

/** One call that a receiver got lately. */
export async function findCall(db: Db, receiverId: string, id: string): Promise<ReceiverCallRow | undefined> {
  return selectCalls(db, receiverId).where({ id }).first(...CALL_COLUMNS);
}

function selectCalls(db: Db, receiverId: string) {
  return db<ReceiverCallRow>('receiver_calls').where({ receiver_id: receiverId }).where('received', '>=', oldestKept());
}

/** Notes what was answered to a call. */
export async function noteCallback(db: Db, id: string, state: string): Promise<void> {
  await db('receiver_calls').where({ id }).update({ callback_state: state });
}
