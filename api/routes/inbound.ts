import { Type } from '@sinclair/typebox';
import { replaceHookSecret } from '../../db/hookSecrets.js';
import {
  deleteInbound, findInbound, findInboundById, insertInbound, listInbounds, noteInbound, recordInbound, type InboundRow, type Registry,
} from '../../db/inbounds.js';
import { openSecrets } from '../../keys.js';
import { announceRuns } from '../announce.js';
import { ApiError, createInputError, type Fields } from '../errors.js';
import { makeHookSecret, prepareRotation } from '../hookSecrets.js';
import type { Hub } from '../hub.js';
import { REGISTRY_HOOKS } from '../inboundHooks.js';
import { describeOutcome, describeRefusal, siftTold } from '../inboundPushes.js';
import { presentPage, readPage } from '../page.js';
import { reportPush } from '../reportPush.js';
import { defineRoute, getRepository, type Call, type Reply } from '../route.js';
import { HookCall } from '../schemas/hooks.js';
import { Inbound, InboundHeaders, InboundReceipt, NewInbound } from '../schemas/inbound.js';
import { Closed, PageOf, PageQuery, RepositoryPath } from '../schemas/shapes.js';

const path = '/v2/repositories/:namespace/:name/inbound';
const InboundPath = Closed({ ...RepositoryPath, id: Type.String() });
const errors = ['invalid_input', 'authentication_required', 'forbidden', 'not_found'] as const;
const INBOUND_LIMIT = 20;
/** Bytes. Distribution writes a line for each layer of an image, and may tell of many images at once. */
const BODY_LIMIT = 5 * 1024 * 1024;

function presentInbound({ config }: Pick<Hub, 'config'>, row: InboundRow, shown?: string) {
  const { id, provider, upstream, secret, previous_secret_expires, last_received, last_outcome, created } = row;
  return {
    id,
    provider,
    upstream,
    url: `${config.publicUrl}/v2/inbound/${id}/`,
    ...(shown === undefined ? {} : { secret: shown }),
    has_secret: secret !== null,
    previous_secret_expires,
    last_received,
    last_outcome,
    created,
  };
}

/** @throws ApiError 400 */
function checkInput(provider: Registry, { upstream, secret }: { upstream?: string; secret?: string }): void {
  const { title, isProved, tellsOfMany } = REGISTRY_HOOKS[provider];
  const faults: Fields = {
    ...(tellsOfMany && upstream === undefined ? { upstream: `is required: ${title} may tell of other repositories as well` } : {}),
    ...(!isProved && secret !== undefined ? { secret: `must be left out: ${title} has no place for one` } : {}),
  };
  if (Object.keys(faults).length > 0) throw createInputError(faults);
}

/** @throws ApiError 401 unless the call proves the secret, where this kind of registry can */
function requireProof({ hub, headers, rawBody }: Call, inbound: InboundRow): void {
  const { isProved } = REGISTRY_HOOKS[inbound.provider];
  if (!isProved) return;
  const { secret } = inbound;
  if (secret === null || !isProved(openSecrets(hub.keyring, { ...inbound, secret }), { headers, rawBody })) throw new ApiError('invalid_signature');
}

async function acceptCall(call: Call, inbound: InboundRow): Promise<Reply> {
  requireProof(call, inbound);
  const { pushes, ignored } = siftTold(inbound, REGISTRY_HOOKS[inbound.provider].read(call));
  const receipts = await recordInbound(call.db, inbound, pushes, {
    defaultTimeoutMs: call.hub.config.callbackTimeout,
    describe: (written) => describeOutcome(written, ignored),
  });
  if (!receipts) throw new ApiError('not_found');
  const fresh = receipts.filter(({ repeated }) => !repeated);
  for (const receipt of receipts) reportPush(call.hub, 'inbound', receipt);
  await announceRuns(call.hub, fresh.flatMap(({ runs }) => runs));
  const body = { detail: describeOutcome(receipts, ignored), pushes: receipts.map(({ push: { id, tag, digest } }) => ({ id, tag, digest })) };
  if (fresh.length > 0) return { status: 201, body };
  return { status: receipts.length > 0 ? 200 : 202, body };
}

export const inboundRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'List the addresses at which other registries tell of pushes',
    may: 'repository:admin',
    params: Closed(RepositoryPath),
    query: Closed(PageQuery),
    responses: { 200: PageOf(Inbound) },
    errors,
    async handler(call) {
      const page = await listInbounds(call.db, getRepository(call).id, readPage(call.query));
      return { status: 200, body: presentPage(page, (row) => presentInbound(call.hub, row), call) };
    },
  }),
  defineRoute({
    method: 'POST',
    path,
    summary: 'Open an address at which another registry tells of pushes',
    description: `At most ${INBOUND_LIMIT} for a repository. A generated secret is shown once.`,
    audit: 'repo.inbound.create',
    may: 'repository:admin',
    params: Closed(RepositoryPath),
    body: NewInbound,
    responses: { 201: Inbound },
    errors: [...errors, 'limit_reached'],
    async handler(call) {
      const { upstream, secret: given } = call.body;
      // The schema has checked that it is one of them.
      const provider = call.body.provider as Registry;
      checkInput(provider, call.body);
      const secret = REGISTRY_HOOKS[provider].isProved ? (given ?? makeHookSecret()) : null;
      const seal = (id: string): string | null => secret && call.hub.keyring.seal(secret, id);
      const target = { provider, upstream: upstream ?? null };
      const row = await insertInbound(call.db, getRepository(call).id, { ...target, seal, limit: INBOUND_LIMIT });
      if (row === 'full') throw new ApiError('limit_reached', `A repository has at most ${INBOUND_LIMIT} of these addresses`);
      if (!row) throw new ApiError('not_found');
      const shown = given === undefined && secret !== null ? secret : undefined;
      return { status: 201, body: presentInbound(call.hub, row, shown), audit: { data: target } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/:id/rotate_secret`,
    summary: 'Give the other registry a new secret',
    description: 'Shown this once. For 24 hours calls that prove either are accepted.',
    audit: 'repo.inbound.rotate',
    may: 'repository:admin',
    params: InboundPath,
    responses: { 200: Inbound },
    errors,
    async handler(call) {
      const { id, provider, secret, upstream } = await getInbound(call);
      if (secret === null) throw new ApiError('invalid_input', `${REGISTRY_HOOKS[provider].title} has no place for a secret: open another address`);
      const { shown, kept } = prepareRotation(call.hub, id);
      await replaceHookSecret(call.db, 'inbounds', kept);
      return { status: 200, body: presentInbound(call.hub, await getInbound(call), shown), audit: { data: { provider, upstream } } };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/:id`,
    summary: 'Close an address',
    description: 'Pushes that came by it stay.',
    audit: 'repo.inbound.delete',
    may: 'repository:admin',
    params: InboundPath,
    responses: { 204: null },
    errors,
    async handler(call) {
      const { id, provider, upstream } = await getInbound(call);
      if (!(await deleteInbound(call.db, getRepository(call).id, id))) throw new ApiError('not_found');
      return { status: 204, audit: { data: { provider, upstream } } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v2/inbound/:id',
    summary: 'Webhook of another registry',
    description:
      'Called by Docker Hub, Harbor, Quay, GitHub, Gitea, zot or Distribution, in their own shapes. A tag that was pushed ' +
      'there is a push here; the same call again is none. Everything else is ignored and answered 202.',
    may: 'anyone',
    isCalledByOthers: true,
    params: Closed({ id: Type.String() }),
    headers: InboundHeaders,
    body: HookCall,
    bodyLimit: BODY_LIMIT,
    responses: { 200: InboundReceipt, 201: InboundReceipt, 202: InboundReceipt },
    errors: ['invalid_input', 'malformed_json', 'invalid_signature', 'not_found', 'body_too_large', 'unsupported_media_type'],
    async handler(call) {
      const inbound = await findInboundById(call.db, call.params.id);
      if (!inbound) throw new ApiError('not_found');
      try {
        return await acceptCall(call, inbound);
      } catch (error) {
        if (error instanceof ApiError) await noteInbound(call.db, inbound.id, describeRefusal(error));
        throw error;
      }
    },
  }),
];

type InboundCall = Call<{ id: string }>;

async function getInbound(call: InboundCall): Promise<InboundRow> {
  const inbound = await findInbound(call.db, getRepository(call).id, call.params.id);
  if (!inbound) throw new ApiError('not_found');
  return inbound;
}
