import type { Db } from './connection.js';

/**
 * What is known of the receiver behind a webhook: the webhook's owner alone is concerned, so nobody's failures pause
 * somebody else's calls to the same host.
 */
export interface EndpointColumns {
  /** Failed attempts in a row, over all deliveries. */
  readonly failures: number;
  /** All null while it may be called. `paused_until` is when one delivery may try. */
  readonly paused_since: string | null;
  readonly paused_until: string | null;
  readonly pause_reason: string | null;
  /** The delivery that tries, and until when nobody else does. */
  readonly probe_delivery: string | null;
  readonly probe_until: string | null;
}

export interface EndpointRow extends EndpointColumns {
  readonly webhook_id: string;
}

/** A delivery's endpoint, and whose call it is. */
export interface DeliveryEndpoint extends EndpointRow {
  readonly repository_id: string;
}

export const ENDPOINT_COLUMNS = [
  'failures', 'paused_since', 'paused_until', 'pause_reason', 'probe_delivery', 'probe_until',
] as const;

/** Free to be called. */
const FREE = { paused_since: null, paused_until: null, pause_reason: null, probe_delivery: null, probe_until: null };

/** Takes the right to try a paused endpoint once its time has come: of all that ask one gets it, until `leaseEnd`. */
export async function claimProbe(
  db: Db, webhookId: string, claim: { deliveryId: string; now: string; leaseEnd: string },
): Promise<boolean> {
  const { deliveryId, now, leaseEnd } = claim;
  const taken = await db('webhooks')
    .where({ id: webhookId })
    .where('paused_until', '<=', now)
    // Its own claim, of a process that died, is no obstacle: Temporal runs a delivery once at a time.
    .where((free) => void free.whereNull('probe_until').orWhere('probe_until', '<=', now).orWhere({ probe_delivery: deliveryId }))
    .update({ probe_delivery: deliveryId, probe_until: leaseEnd });
  return taken > 0;
}

/** Gives back a right that was not used. */
export async function releaseProbe(db: Db, webhookId: string, deliveryId: string): Promise<void> {
  await db('webhooks').where({ id: webhookId, probe_delivery: deliveryId }).update({ probe_delivery: null, probe_until: null });
}

/** The receiver took a call: what was held against it is forgotten. True where there was anything. */
export async function recordSuccess(db: Db, webhookId: string): Promise<boolean> {
  const forgotten = await db('webhooks')
    .where({ id: webhookId })
    .where((held) => void held.where('failures', '>', 0).orWhereNotNull('paused_until'))
    .update({ ...FREE, failures: 0 });
  return forgotten > 0;
}

/**
 * Writes what a failed attempt means, which `judge` says of the endpoint as it is at that moment; failures that come
 * at once are judged one after the other. Undefined: the webhook is gone.
 */
export async function recordFailure(
  db: Db, webhookId: string, judge: (endpoint: EndpointRow) => Partial<EndpointColumns>,
): Promise<{ before: EndpointRow; after: EndpointRow } | undefined> {
  return db.transaction(async (db) => {
    const [row] = await db<EndpointColumns & { id: string }>('webhooks')
      .where({ id: webhookId })
      .update({ failures: db.raw('failures') })
      .returning([...ENDPOINT_COLUMNS]);
    if (!row) return undefined;
    const before = { ...row, webhook_id: webhookId };
    const change = judge(before);
    if (Object.keys(change).length > 0) await db('webhooks').where({ id: webhookId }).update(change);
    return { before, after: { ...before, ...change } };
  });
}

/** Ends a pause by hand; false where there is none. */
export async function resumeEndpoint(db: Db, webhookId: string): Promise<boolean> {
  return (await db('webhooks').where({ id: webhookId }).whereNotNull('paused_until').update({ ...FREE, failures: 0 })) > 0;
}
