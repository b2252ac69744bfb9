import { listPullNames } from '../../db/catalog.js';
import { findViewer } from '../policy.js';
import { defineRoute } from '../route.js';
import { Catalog, CatalogQuery } from '../schemas/registry.js';

const MAX_NAMES = 1000;

export const catalogRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v2/_catalog',
    summary: 'List the names of the registry’s repositories',
    description:
      'In place of the registry’s own catalog, which names every repository: those that the caller may see and that have been pushed to. ' +
      'Paged as the OCI distribution specification says: `n` names after `last`, and a `Link` to the next ones.',
    may: 'user',
    takesRegistryTokens: true,
    registryErrors: true,
    challengeScope: 'registry:catalog:*',
    query: CatalogQuery,
    responses: { 200: Catalog },
    errors: ['invalid_input', 'authentication_required', 'invalid_token', 'invalid_credentials'],
    async handler({ db, caller, query: { n = MAX_NAMES, last } }) {
      const limit = Math.min(n, MAX_NAMES);
      const found = limit === 0 ? [] : await listPullNames(db, findViewer(caller), { last, limit: limit + 1 });
      const repositories = found.slice(0, limit);
      const next = new URLSearchParams({ last: repositories.at(-1) ?? '', n: String(limit) });
      const headers = found.length > limit ? { Link: `</v2/_catalog?${next.toString()}>; rel="next"` } : undefined;
      return { status: 200, body: { repositories }, ...(headers ? { headers } : {}) };
    },
  }),
];
