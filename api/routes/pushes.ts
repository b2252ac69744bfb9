import { createHash } from 'node:crypto';
import { Type } from '@sinclair/typebox';
import { findPush, listPushes, recordPush, type NewPush as NewPushRow } from '../../db/pushes.js';
import { announcePush } from '../announce.js';
import { ApiError } from '../errors.js';
import { presentPage, readPage } from '../page.js';
import { presentAccepted, presentPushWithRuns } from '../present.js';
import { reportPush } from '../reportPush.js';
import { defineRoute, getCaller, getRepository } from '../route.js';
import { AcceptedPush, NewPush, PushWithRuns, type Platform } from '../schemas/runs.js';
import { Closed, PageOf, PageQuery, RepositoryPath } from '../schemas/shapes.js';
import { getChain } from './chains.js';

const path = '/v2/repositories/:namespace/:name/pushes';
const errors = ['invalid_input', 'authentication_required', 'forbidden', 'not_found'] as const;

const Headers = Type.Object({
  'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' })),
});

function hashBody(body: object): string {
  return createHash('sha256').update(JSON.stringify(Object.entries(body).sort())).digest('hex');
}

type Image = string | Platform;

/** What receivers get of the images, and what lists of tags show. */
function readImages(images: readonly Image[]): Pick<NewPushRow, 'images' | 'platforms'> {
  const ids = images.map((image) => (typeof image === 'string' ? image : image.digest));
  const platforms = images.map((image) => (typeof image === 'string' ? { digest: image } : image));
  return { images: JSON.stringify(ids), platforms: JSON.stringify(platforms) };
}

/** Bytes of all images; null where one of them is not known. */
function sumSizes(images: readonly Image[]): number | null {
  const sizes = images.map((image) => (typeof image === 'string' ? undefined : image.size));
  if (sizes.length === 0 || sizes.includes(undefined)) return null;
  return sizes.reduce<number>((sum, size = 0) => sum + size, 0);
}

export const pushRoutes = [
  defineRoute({
    method: 'POST',
    path,
    summary: 'Record a push and start its chains',
    description:
      'Answered as soon as push and runs are on disk. With an `Idempotency-Key`, the same body again gets the same ' +
      'answer and starts nothing.',
    may: 'repository:write',
    params: Closed(RepositoryPath),
    headers: Headers,
    body: NewPush,
    responses: { 202: AcceptedPush },
    errors: [...errors, 'idempotency_conflict'],
    async handler(call) {
      const { hub, body } = call;
      const key = call.headers['idempotency-key'] ?? null;
      const push: NewPushRow = {
        repository_id: getRepository(call).id,
        tag: body.tag ?? 'latest',
        digest: body.digest ?? null,
        ...readImages(body.images ?? []),
        media_type: body.media_type ?? null,
        size: body.size ?? sumSizes(body.images ?? []),
        pusher: getCaller(call).username,
        is_test: false,
        idempotency_key: key,
        request_hash: key === null ? null : hashBody(body),
      };
      const receipt = await recordPush(call.db, push, { defaultTimeoutMs: hub.config.callbackTimeout });
      if (!receipt) throw new ApiError('not_found');
      if (receipt.push.request_hash !== push.request_hash) throw new ApiError('idempotency_conflict');
      reportPush(hub, 'api', receipt);
      await announcePush(hub, getRepository(call), receipt);
      return { status: 202, body: presentAccepted(receipt) };
    },
  }),
  defineRoute({
    method: 'GET',
    path,
    summary: 'List pushes, newest first',
    may: 'repository:write',
    params: Closed(RepositoryPath),
    query: Closed(PageQuery),
    responses: { 200: PageOf(PushWithRuns) },
    errors,
    async handler(call) {
      const page = await listPushes(call.db, getRepository(call).id, readPage(call.query));
      return { status: 200, body: presentPage(page, presentPushWithRuns, call) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/:id`,
    summary: 'Get a push with its runs',
    may: 'repository:write',
    params: Closed({ ...RepositoryPath, id: Type.String() }),
    responses: { 200: PushWithRuns },
    errors,
    async handler(call) {
      const push = await findPush(call.db, getRepository(call).id, call.params.id);
      if (!push) throw new ApiError('not_found');
      return { status: 200, body: presentPushWithRuns(push) };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v2/repositories/:namespace/:name/webhook_pipeline/:slug/test',
    summary: 'Try a chain with a synthetic push',
    audit: 'repo.webhook.test',
    description: 'Calls the webhooks of this chain, active or not; the payload carries `"test": true`. No tag moves.',
    may: 'repository:admin',
    params: Closed({ ...RepositoryPath, slug: Type.String() }),
    responses: { 202: AcceptedPush },
    errors: [...errors, 'chain_empty'],
    async handler(call) {
      const chain = await getChain(call);
      if (chain.webhooks.length === 0) throw new ApiError('chain_empty');
      const push: NewPushRow = {
        repository_id: getRepository(call).id,
        tag: 'test',
        digest: null,
        images: '[]',
        media_type: null,
        size: null,
        pusher: getCaller(call).username,
        is_test: true,
        idempotency_key: null,
        request_hash: null,
      };
      const receipt = await recordPush(call.db, push, { defaultTimeoutMs: call.hub.config.callbackTimeout, chain });
      if (!receipt) throw new ApiError('not_found');
      reportPush(call.hub, 'api', receipt);
      await announcePush(call.hub, getRepository(call), receipt);
      return { status: 202, body: presentAccepted(receipt) };
    },
  }),
];
