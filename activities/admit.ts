import { readOrigin } from '../address.js';
import { closeDelivery, type DeliveryRow } from '../db/deliveries.js';
import { claimProbe, releaseProbe, type DeliveryEndpoint } from '../db/endpoints.js';
import { ENDPOINT_BUSY, holdDelivery } from '../db/holds.js';
import { ENDPOINT_PAUSED } from '../db/attempts.js';
import type { PassageRow } from '../db/passages.js';
import type { Hub } from './hub.js';
import { isFailing } from './pause.js';
import type { Place } from './places.js';

/** Whether a delivery may call its endpoint now. */
export type Admission =
  | Admitted
  /** Not before `until`, milliseconds since the epoch; nothing was opened and nothing is held. */
  | { readonly kind: 'later'; readonly until: number; readonly reason: typeof ENDPOINT_PAUSED | typeof ENDPOINT_BUSY }
  /** It waited as long as a delivery may: it is closed. */
  | { readonly kind: 'over'; readonly reason: typeof ENDPOINT_DOWN };

/** It may: `leave` must be called in the end, whatever came of it. */
export interface Admitted {
  readonly kind: 'go';
  /** As it was; undefined where the webhook is gone, and nothing can be sent. */
  readonly endpoint: DeliveryEndpoint | undefined;
  /** It tries a paused endpoint, and only one delivery does. */
  readonly isProbe: boolean;
  /** The try is none of the delivery's own attempts. */
  readonly isFree: boolean;
  leave(): Promise<void>;
}

/** How a delivery ends whose endpoint was paused for too long. */
export const ENDPOINT_DOWN = 'endpoint_down';
/** How long one delivery may try before another one does: longer than any call, in milliseconds. */
const LEASE = 60_000;
/** How soon a delivery looks again while another one tries, in milliseconds. */
const LOOK_AGAIN = 1000;
/** A delivery that comes so much before its turn has been woken, in milliseconds. */
const EARLY = 1000;
/** Shorter waits for a place are not written down, in milliseconds. */
const BRIEF = 2000;

type Parts = Pick<Hub, 'db' | 'config' | 'places' | 'turns'>;

/**
 * Asks for a delivery whether its endpoint may be called now: it is not paused, or this is the one delivery that may
 * try it, and there is a place. A wait is written into the history.
 */
export async function admit(hub: Parts, { delivery, endpoint }: Pick<PassageRow, 'delivery' | 'endpoint'>): Promise<Admission> {
  if (!endpoint) return { kind: 'go', endpoint, isProbe: false, isFree: false, leave: async () => undefined };
  const wait = findWait(hub, delivery, endpoint);
  if (wait !== undefined) return hold(hub, delivery, wait);
  const origin = readOrigin(delivery.hook_url);
  const place = await hub.places.take({ origin, repository: endpoint.repository_id });
  if ('askAgainIn' in place) return queue(hub, delivery, Date.now() + place.askAgainIn);
  if (endpoint.paused_until === null) return enter(hub, delivery, { endpoint, place, isProbe: false });
  const now = Date.now();
  const claim = { deliveryId: delivery.id, now: toIso(now), leaseEnd: toIso(now + LEASE) };
  if (await claimProbe(hub.db, endpoint.webhook_id, claim)) return enter(hub, delivery, { endpoint, place, isProbe: true });
  place.leave();
  return hold(hub, delivery, Math.max(hub.turns.take(endpoint.webhook_id, Date.parse(endpoint.paused_until)), now + LOOK_AGAIN));
}

/**
 * Whether this endpoint took its calls lately, and quickly, as far as this process and the database know: what holds
 * up whoever waits for the answer is better called by somebody who can wait.
 */
export function isQuickAndHealthy({ places }: Pick<Hub, 'places'>, endpoint: DeliveryEndpoint, origin: string): boolean {
  return endpoint.failures === 0 && endpoint.paused_until === null && places.isQuick(origin);
}

function enter({ db, config }: Parts, delivery: DeliveryRow, entry: { endpoint: DeliveryEndpoint; place: Place; isProbe: boolean }): Admitted {
  const { endpoint, place, isProbe } = entry;
  return {
    kind: 'go', endpoint, isProbe, isFree: isProbe && isFailing(endpoint, config.endpoint),
    async leave() {
      place.leave();
      // A recorded result has ended the claim already; anything else must not hold up the others.
      if (isProbe) await releaseProbe(db, endpoint.webhook_id, delivery.id);
    },
  };
}

/** Until when the endpoint's pause or the delivery's turn keeps it waiting; undefined: not at all. */
function findWait({ turns }: Parts, delivery: DeliveryRow, endpoint: DeliveryEndpoint): number | undefined {
  const now = Date.now();
  const { webhook_id, paused_until, probe_delivery, probe_until } = endpoint;
  if (paused_until === null) {
    const turn = delivery.held_since === null ? 0 : Date.parse(delivery.next_attempt ?? '');
    return turn > now + EARLY ? turn : undefined;
  }
  const end = Date.parse(paused_until);
  if (end > now) return turns.take(webhook_id, end);
  const isTried = probe_until !== null && Date.parse(probe_until) > now && probe_delivery !== delivery.id;
  return isTried ? Math.max(turns.take(webhook_id, end), now + LOOK_AGAIN) : undefined;
}

/** Lets a delivery wait behind a pause, or ends it where it has waited for too long. */
async function hold({ db, config }: Parts, { id, held_since }: DeliveryRow, wait: number): Promise<Admission> {
  const last = (held_since === null ? Date.now() : Date.parse(held_since)) + config.endpoint.hold;
  if (last <= Date.now()) {
    await closeDelivery(db, { id, state: 'error', reason: ENDPOINT_DOWN });
    return { kind: 'over', reason: ENDPOINT_DOWN };
  }
  const until = Math.min(wait, last);
  await holdDelivery(db, { deliveryId: id, until: toIso(until), held: true });
  return { kind: 'later', until, reason: ENDPOINT_PAUSED };
}

async function queue({ db }: Parts, { id }: DeliveryRow, until: number): Promise<Admission> {
  if (until > Date.now() + BRIEF) await holdDelivery(db, { deliveryId: id, until: toIso(until), held: false });
  return { kind: 'later', until, reason: ENDPOINT_BUSY };
}

function toIso(ms: number): string {
  return new Date(ms).toISOString();
}
