import { renderReadme } from '../readme.js';
import { defineRoute, getRepository } from '../route.js';
import { ReadmeDraft } from '../schemas/repositories.js';
import { Closed, Html, RepositoryPath } from '../schemas/shapes.js';

export const readmeRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v2/repositories/:namespace/:name/readme.html',
    summary: 'Read the full description as a page',
    description: 'Its Markdown without raw HTML. Images of other servers are links, unless the hub shows them (`HOOKLINE_REMOTE_IMAGES=on`).',
    may: 'repository:read',
    params: Closed(RepositoryPath),
    responses: { 200: Html },
    errors: ['not_found'],
    async handler(call) {
      const { html, headers } = renderReadme(getRepository(call), { images: call.hub.config.remoteImages === 'on' });
      return { status: 200, body: html, headers };
    },
  }),
  defineRoute({
    method: 'POST',
    path: '/v2/repositories/:namespace/:name/readme.html',
    summary: 'See a full description as the page that it would be',
    description: 'Writes nothing.',
    may: 'repository:admin',
    params: Closed(RepositoryPath),
    body: ReadmeDraft,
    responses: { 200: Html },
    errors: ['invalid_input', 'authentication_required', 'forbidden', 'not_found'],
    async handler(call) {
      const draft = { ...getRepository(call), full_description: call.body.full_description };
      const { html, headers } = renderReadme(draft, { images: call.hub.config.remoteImages === 'on' });
      return { status: 200, body: html, headers };
    },
  }),
];
