import { Type } from '@sinclair/typebox';
import { resumeEndpoint } from '../../db/endpoints.js';
import { countHeld, listPaused } from '../../db/holds.js';
import { findWebhook } from '../../db/webhooks.js';
import { announceResumed } from '../announce.js';
import { presentEndpoint, presentPaused } from '../endpoints.js';
import { ApiError } from '../errors.js';
import { presentPage, readPage } from '../page.js';
import { defineRoute, getRepository } from '../route.js';
import { Endpoint, PausedEndpoint } from '../schemas/endpoints.js';
import { Closed, PageOf, PageQuery, RepositoryPath } from '../schemas/shapes.js';

export const endpointRoutes = [
  defineRoute({
    method: 'POST',
    path: '/v2/repositories/:namespace/:name/webhooks/:id/resume',
    summary: 'End the pause of a webhook',
    description: 'Deliveries that wait behind it go on, so many a second; its failures are forgotten. One that is not paused stays as it is.',
    audit: 'repo.webhook.resume',
    may: 'repository:admin',
    params: Closed({ ...RepositoryPath, id: Type.String() }),
    responses: { 200: Endpoint },
    errors: ['authentication_required', 'forbidden', 'not_found'],
    async handler(call) {
      const { id: repositoryId } = getRepository(call);
      const webhook = await findWebhook(call.db, repositoryId, call.params.id);
      if (!webhook) throw new ApiError('not_found');
      const resumed = await resumeEndpoint(call.db, webhook.id);
      if (resumed) await announceResumed(call.hub, webhook.id);
      const now = resumed ? await findWebhook(call.db, repositoryId, webhook.id) : webhook;
      if (!now) throw new ApiError('not_found');
      return { status: 200, body: presentEndpoint(now), audit: resumed ? { data: { webhook: webhook.name } } : null };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v2/admin/endpoints',
    summary: 'List paused endpoints, those paused longest first',
    may: 'admin',
    query: Closed(PageQuery),
    responses: { 200: PageOf(PausedEndpoint) },
    errors: ['invalid_input', 'authentication_required', 'forbidden'],
    async handler(call) {
      const page = await listPaused(call.db, readPage(call.query));
      const held = await countHeld(call.db, page.rows.map(({ id }) => id));
      return { status: 200, body: presentPage(page, (paused) => presentPaused(paused, held.get(paused.id) ?? 0), call) };
    },
  }),
];
