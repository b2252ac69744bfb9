import { Type, type Static } from '@sinclair/typebox';
import { acceptCallback, findCallback, type CallbackRow, findDelivery, type CallbackState, type Closing, type DeliveryRow } from '../../db/deliveries.js';
import { findSecrets } from '../../db/webhooks.js';
import { addToContext } from '../../context.js';
import { cross } from '../../crossings.js';
import { openSecrets } from '../../keys.js';
import { meters } from '../../metrics.js';
import { findSignatureFault } from '../../signature.js';
import { announceCallback } from '../announce.js';
import { ApiError } from '../errors.js';
import type { Hub } from '../hub.js';
import { presentCallback } from '../present.js';
import { defineRoute, type Call } from '../route.js';
import { Callback, RecordedCallback } from '../schemas/runs.js';
import { Closed, RepositoryPath } from '../schemas/shapes.js';

const BODY_LIMIT = 16 * 1024;
/** States in which a delivery takes a callback. */
const ANSWERABLE: readonly DeliveryRow['state'][] = ['delivering', 'waiting'];

/** The delivery that a token was made for. One that was never sent cannot have told anybody its token. */
async function getDelivery({ hub, db }: Call, token: string): Promise<DeliveryRow> {
  const id = hub.keyring.readCallbackToken(token);
  const delivery = id === undefined ? undefined : await findDelivery(db, id);
  if (!delivery || delivery.attempt_count === 0) throw new ApiError('not_found', 'This callback URL is not known here');
  addToContext({ run: delivery.run_id, delivery: delivery.id });
  return delivery;
}

/** Where the webhook demands it, the callback must be signed with its secret, under the delivery's own id. */
async function requireSignature({ hub, db, headers, rawBody }: Call, delivery: DeliveryRow): Promise<void> {
  if (!delivery.require_signed_callback) return;
  const sealed = delivery.webhook_id === null ? undefined : await findSecrets(db, delivery.webhook_id);
  if (!sealed) throw new ApiError('callback_closed', 'The webhook was deleted, and its runs were cancelled');
  const given = {
    id: headers['webhook-id'],
    timestamp: headers['webhook-timestamp'],
    signature: headers['webhook-signature'],
  };
  const secrets = openSecrets(hub.keyring, sealed);
  const fault = findSignatureFault(given, rawBody, { secrets, id: delivery.id, now: Date.now() / 1000 });
  if (fault !== undefined) throw new ApiError('invalid_signature', fault);
}

/** Commits the callback if the delivery is open; otherwise says what was recorded before. */
async function accept({ db, hub }: Call, delivery: DeliveryRow, body: Static<typeof Callback>) {
  // The schema has checked that it is one of them.
  const state = body.state as CallbackState;
  const { description = null, context = null, target_url = null } = body;
  const reason = state === 'success' ? null : 'callback';
  const callback = { state, description, context, target_url };
  // What is closed stays closed: only an open delivery is worth a write, however often a closed one is asked.
  const won = ANSWERABLE.includes(delivery.state) ? await close(hub, { id: delivery.id, state, reason, callback }, delivery.run_id) : undefined;
  const recorded = won?.recorded ?? (await findCallback(db, delivery.id));
  if (!recorded) throw new ApiError('callback_closed', await describeEnd({ db }, delivery.id));
  const shown = presentCallback(recorded);
  if (recorded.state !== state) {
    throw new ApiError('callback_conflict', `${recorded.state} was accepted before`, { recorded: shown });
  }
  meters.callbacks.inc({ result: won ? 'accepted' : 'duplicate' });
  hub.log.info({ position: delivery.position, state }, won ? 'callback accepted' : 'callback accepted before');
  await won?.tell();
  return shown;
}

/** What was committed by this very call, and how to tell whoever is still to be told. */
interface Won {
  readonly recorded: CallbackRow;
  tell(): Promise<void>;
}

/**
 * Closes the delivery if it is open, and hands the outcome to the activity that has it in hand in this process.
 * Undefined: it was closed before.
 */
async function close(hub: Hub, closing: Closing & Pick<Required<Closing>, 'callback'>, runId: string): Promise<Won | undefined> {
  const { id, state, reason } = closing;
  const claim = hub.waiting.claim(id);
  const recorded = await acceptCallback(hub.db, { ...closing, isHandedOver: claim !== undefined }, ANSWERABLE).catch((error: unknown) => {
    claim?.release();
    throw error;
  });
  if (!recorded) {
    claim?.release();
    return undefined;
  }
  cross('callback.committed', id);
  const outcome = { state, reason };
  const isTold = claim?.hand(outcome) ?? false;
  if (isTold) cross('callback.handed', id);
  return { recorded, tell: async () => { if (!isTold) await announceCallback(hub, runId, { delivery_id: id, outcome }); } };
}

async function describeEnd({ db }: Pick<Call, 'db'>, id: string): Promise<string> {
  const { state, reason } = (await findDelivery(db, id)) ?? {};
  return `The delivery ended as ${state ?? 'deleted'}${reason ? ` (${reason})` : ''} and takes no callback`;
}

/** Errors of a callback, besides those of its form. */
export const CALLBACK_ERRORS = ['invalid_signature', 'not_found', 'callback_conflict', 'callback_closed'] as const;

/**
 * Takes a callback by the token of its address, and answers what is recorded.
 * @throws ApiError of CALLBACK_ERRORS
 */
export async function takeCallback(call: Call, token: string, body: Static<typeof Callback>) {
  const delivery = await getDelivery(call, token);
  await requireSignature(call, delivery);
  return accept(call, delivery, body);
}

export const callbackRoutes = [
  defineRoute({
    method: 'POST',
    path: '/u/:namespace/:name/hook/:token',
    summary: 'Callback of a receiver',
    description:
      'The address is the payload’s `callback_url`. The first state accepted wins; it is on disk before it is ' +
      'answered. Unknown fields are ignored.',
    may: 'anyone',
    // The token in the path is the proof; whatever else a receiver sends as its own is not asked about, nor hashed.
    isCalledByOthers: true,
    params: Closed({ ...RepositoryPath, token: Type.String() }),
    headers: Type.Object({
      'webhook-id': Type.Optional(Type.String()),
      'webhook-timestamp': Type.Optional(Type.String()),
      'webhook-signature': Type.Optional(Type.String()),
    }),
    body: Callback,
    bodyLimit: BODY_LIMIT,
    responses: { 200: RecordedCallback },
    errors: [
      'invalid_input', 'malformed_json', ...CALLBACK_ERRORS, 'body_too_large', 'unsupported_media_type',
    ],
    handler: async (call) => ({ status: 200, body: await takeCallback(call, call.params.token, call.body) }),
  }),
];
