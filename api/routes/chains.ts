import { Type } from '@sinclair/typebox';
import { deleteChain, findChain, insertChain, listChains, updateChain, type Chain, type NewChain } from '../../db/chains.js';
import { findWebhook, replaceSecret, type NewWebhook } from '../../db/webhooks.js';
import { generateSecret } from '../../signature.js';
import { announceCancel } from '../announce.js';
import { ApiError, createInputError } from '../errors.js';
import { findOverlapEnd } from '../hookSecrets.js';
import { presentPage, readPage } from '../page.js';
import { defineRoute, getCaller, getRepository, type Call } from '../route.js';
import { Chain as ChainSchema, ChainChange, NewChain as NewChainSchema, RotatedSecret } from '../schemas/chains.js';
import { Closed, PageOf, PageQuery, RepositoryPath } from '../schemas/shapes.js';
import { prepareWebhooks, presentChain } from '../webhooks.js';

const CHAIN_LIMIT = 50;
const path = '/v2/repositories/:namespace/:name/webhook_pipeline';
const chainPath = Closed({ ...RepositoryPath, slug: Type.String() });
const adminErrors = ['authentication_required', 'forbidden', 'not_found'] as const;

/** The chain named in the path. */
export async function getChain(call: Pick<Call<{ slug: string }>, 'db' | 'params' | 'found'>): Promise<Chain> {
  const chain = await findChain(call.db, getRepository(call).id, call.params.slug);
  if (!chain) throw new ApiError('not_found');
  return chain;
}

/** `Build & test` -> `build-test`. */
export function makeSlug(name: string): string {
  const slug = name.normalize('NFKD').toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '');
  if (!slug) throw createInputError({ name: 'must hold a letter or a digit' });
  return slug;
}

/** Writes a chain of the repository of the path. @throws ApiError 409 */
export async function createChain(call: Call, chain: NewChain & { webhooks: readonly NewWebhook[] }): Promise<Chain> {
  const written = await insertChain(call.db, getRepository(call).id, { ...chain, limit: CHAIN_LIMIT });
  if (written === 'taken') throw new ApiError('name_taken', `A chain ${chain.slug} exists already`);
  if (written === 'full') throw new ApiError('limit_reached', `A repository has at most ${CHAIN_LIMIT} chains`);
  return written;
}

export const chainRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'List webhook chains',
    may: 'repository:admin',
    params: Closed(RepositoryPath),
    query: Closed(PageQuery),
    responses: { 200: PageOf(ChainSchema) },
    errors: ['invalid_input', ...adminErrors],
    async handler(call) {
      const page = await listChains(call.db, { repository_id: getRepository(call).id }, readPage(call.query));
      return { status: 200, body: presentPage(page, (chain) => presentChain(chain), call) };
    },
  }),
  defineRoute({
    method: 'POST',
    path,
    summary: 'Create a webhook chain',
    audit: 'repo.webhook.create',
    description: 'The answer shows each webhook’s secret, this once.',
    may: 'repository:admin',
    params: Closed(RepositoryPath),
    body: NewChainSchema,
    responses: { 201: ChainSchema },
    errors: ['invalid_input', ...adminErrors, 'name_taken', 'limit_reached'],
    async handler(call) {
      const { name, expect_final_callback = null, active = true, webhooks } = call.body;
      const slug = makeSlug(name);
      const { added, shown } = await prepareWebhooks(call.hub, webhooks, []);
      const columns = { slug, name, expect_final_callback, active, creator: getCaller(call).username };
      const chain = await createChain(call, { ...columns, webhooks: added });
      return { status: 201, body: presentChain(chain, shown) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: `${path}/:slug`,
    summary: 'Get a webhook chain',
    may: 'repository:admin',
    params: chainPath,
    responses: { 200: ChainSchema },
    errors: adminErrors,
    handler: async (call) => ({ status: 200, body: presentChain(await getChain(call)) }),
  }),
  defineRoute({
    method: 'PATCH',
    path: `${path}/:slug`,
    summary: 'Change a webhook chain',
    audit: 'repo.webhook.change',
    description:
      'A list of webhooks replaces the one before. Webhooks already in the chain are recognised by `id`, or by name ' +
      'and URL, and keep their secret; another URL is another webhook with a new secret. The slug stays. Runs ' +
      'already recorded go on as they were.',
    may: 'repository:admin',
    params: chainPath,
    body: ChainChange,
    responses: { 200: ChainSchema },
    errors: ['invalid_input', ...adminErrors],
    async handler(call) {
      const chain = await getChain(call);
      const { webhooks, ...change } = call.body;
      const plan = webhooks && (await prepareWebhooks(call.hub, webhooks, chain.webhooks));
      const changed = await updateChain(call.db, chain.id, { ...change, last_updater: getCaller(call).username }, plan);
      if (!changed) throw new ApiError('not_found');
      return { status: 200, body: presentChain(changed, plan?.shown) };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/:slug`,
    summary: 'Delete a webhook chain',
    audit: 'repo.webhook.delete',
    description: 'Its open runs are cancelled first; its history stays.',
    may: 'repository:admin',
    params: chainPath,
    responses: { 204: null },
    errors: adminErrors,
    async handler(call) {
      await announceCancel(call.hub, await deleteChain(call.db, await getChain(call)));
      return { status: 204 };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v2/repositories/:namespace/:name/webhooks/:id/rotate_secret',
    summary: 'Give a webhook a new secret',
    audit: 'repo.webhook.rotate',
    description: 'Shown this once. For 24 hours what we send carries a signature of each, and either is accepted.',
    may: 'repository:admin',
    params: Closed({ ...RepositoryPath, id: Type.String() }),
    responses: { 200: RotatedSecret },
    errors: adminErrors,
    async handler(call) {
      const webhook = await findWebhook(call.db, getRepository(call).id, call.params.id);
      if (!webhook) throw new ApiError('not_found');
      const secret = generateSecret();
      const previousExpires = findOverlapEnd();
      const sealed = call.hub.keyring.seal(secret, webhook.id);
      await replaceSecret(call.db, webhook.id, { secret: sealed, previousExpires, by: getCaller(call).username });
      return { status: 200, body: { id: webhook.id, secret, previous_secret_expires: previousExpires } };
    },
  }),
];
