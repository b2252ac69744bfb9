import { Type } from '@sinclair/typebox';
import { appendWebhook, deleteChain, listChains, type Chain } from '../../db/chains.js';
import { toNumber } from '../../db/ids.js';
import { announceCancel } from '../announce.js';
import { ApiError } from '../errors.js';
import { presentHook, presentOlderWebhook } from '../olderWebhooks.js';
import { presentPage, readPage } from '../page.js';
import { alias, defineRoute, getCaller, getRepository, type Call } from '../route.js';
import { Closed, PageOf, PageQuery, RepositoryPath } from '../schemas/shapes.js';
import { Hook, NewHook, NewOlderWebhook, OlderWebhook } from '../schemas/webhooks.js';
import { prepareHook } from '../webhooks.js';
import { createChain, makeSlug } from './chains.js';

const WEBHOOK_LIMIT = 50;
const path = '/v2/repositories/:namespace/:name/webhooks';
const webhookPath = Closed({ ...RepositoryPath, id: Type.String({ description: 'Its number' }) });
const adminErrors = ['authentication_required', 'forbidden', 'not_found'] as const;

/** The chain that bears this number: a repository has few, so they are looked through. */
async function getChain(call: Call<{ id: string }>): Promise<Chain> {
  const { rows } = await listChains(call.db, { repository_id: getRepository(call).id });
  const chain = rows.find(({ id }) => String(toNumber(id)) === call.params.id);
  if (!chain) throw new ApiError('not_found');
  return chain;
}

const list = defineRoute({
  method: 'GET',
  path,
  summary: 'List webhook chains in the older shape',
  may: 'repository:admin',
  params: Closed(RepositoryPath),
  query: Closed(PageQuery),
  responses: { 200: PageOf(OlderWebhook) },
  errors: ['invalid_input', ...adminErrors],
  async handler(call) {
    const page = await listChains(call.db, { repository_id: getRepository(call).id }, readPage(call.query));
    return { status: 200, body: presentPage(page, presentOlderWebhook, call) };
  },
});

export const webhookRoutes = [
  list,
  // The npm package docker-hub-api asks here.
  alias(list, '/v2/repositories/:namespace/:name/repositories/webhooks'),
  defineRoute({
    method: 'POST',
    path,
    summary: 'Create a webhook chain in the older shape',
    description: 'It has no webhooks yet, so that a push does not start it; add them at `…/hooks/`.',
    audit: 'repo.webhook.create',
    may: 'repository:admin',
    params: Closed(RepositoryPath),
    body: NewOlderWebhook,
    responses: { 201: OlderWebhook },
    errors: ['invalid_input', ...adminErrors, 'name_taken', 'limit_reached'],
    async handler(call) {
      const { name, active = true, expect_final_callback = null } = call.body;
      const columns = { slug: makeSlug(name), name, active, expect_final_callback, creator: getCaller(call).username };
      return { status: 201, body: presentOlderWebhook(await createChain(call, { ...columns, webhooks: [] })) };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/:id`,
    summary: 'Delete a webhook chain by its number',
    description: 'Its open runs are cancelled first; its history stays.',
    audit: 'repo.webhook.delete',
    may: 'repository:admin',
    params: webhookPath,
    responses: { 204: null },
    errors: adminErrors,
    async handler(call) {
      await announceCancel(call.hub, await deleteChain(call.db, await getChain(call)));
      return { status: 204 };
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/:id/hooks`,
    summary: 'Add a webhook to a chain by its number',
    description: 'Behind those it has. The answer shows the secret that signs its calls, this once.',
    audit: 'repo.webhook.change',
    may: 'repository:admin',
    params: webhookPath,
    body: NewHook,
    responses: { 201: Hook },
    errors: ['invalid_input', ...adminErrors, 'limit_reached'],
    async handler(call) {
      const chain = await getChain(call);
      const { webhook, secret } = await prepareHook(call.hub, call.body.hook_url);
      const added = await appendWebhook(call.db, chain.id, webhook, { limit: WEBHOOK_LIMIT, by: getCaller(call).username });
      if (!added) throw new ApiError('not_found');
      if (added === 'full') throw new ApiError('limit_reached', `A chain has at most ${WEBHOOK_LIMIT} webhooks`);
      return { status: 201, body: presentHook(chain, added, secret) };
    },
  }),
];
