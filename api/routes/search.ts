import { searchRepositories, type SearchHit } from '../../db/search.js';
import { presentPage, readPage } from '../page.js';
import { findViewer } from '../policy.js';
import { formatPullName } from '../repositories.js';
import { defineRoute } from '../route.js';
import { IndexPage, IndexQuery, Ping, Query, SearchResult } from '../schemas/search.js';
import { Closed, PageOf, PageQuery } from '../schemas/shapes.js';

const DESCRIPTION =
  'By name, namespace and description, each word from its beginning: first the exact name, then official repositories, ' +
  'then names that begin so, then the rest, each by stars. Private repositories are found by those who may see them. ' +
  'Up to 10,000 are counted and served.';

function presentResult(hit: SearchHit) {
  const { namespace, description, star_count, pull_count, is_automated, is_official } = hit;
  return {
    repo_name: formatPullName(hit),
    short_description: description,
    star_count,
    pull_count,
    repo_owner: namespace,
    is_automated: Boolean(is_automated),
    is_official: Boolean(is_official),
  };
}

function presentIndexResult(hit: SearchHit) {
  const { description, star_count } = hit;
  const is_automated = Boolean(hit.is_automated);
  return { name: formatPullName(hit), description, star_count, is_official: Boolean(hit.is_official), is_automated, is_trusted: is_automated };
}

export const searchRoutes = [
  defineRoute({
    method: 'GET',
    path: '/v2/search/repositories',
    summary: 'Search for repositories',
    description: DESCRIPTION,
    may: 'anyone',
    query: Closed({ ...Query, ...PageQuery }),
    responses: { 200: PageOf(SearchResult) },
    errors: ['invalid_input'],
    async handler(call) {
      const { query = '', ...page } = call.query;
      const found = await searchRepositories(call.db, findViewer(call.caller), query, readPage(page));
      return { status: 200, body: presentPage(found, presentResult, call) };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/search',
    summary: 'Search as `docker search` and `podman search` do',
    description: DESCRIPTION,
    may: 'anyone',
    takesRegistryTokens: true,
    query: IndexQuery,
    responses: { 200: IndexPage },
    errors: ['invalid_input'],
    async handler({ db, caller, query: { q: query = '', n: page_size = 25, page = 1 } }) {
      const request = readPage({ page, page_size });
      const { count, rows } = await searchRepositories(db, findViewer(caller), query, request);
      const body = {
        num_results: count,
        num_pages: Math.ceil(count / request.limit),
        page,
        page_size: request.limit,
        query,
        results: rows.map(presentIndexResult),
      };
      return { status: 200, body };
    },
  }),
  defineRoute({
    method: 'GET',
    path: '/v1/_ping',
    summary: 'Whether there is an index to search',
    // By header and body `docker search` learns that we are no lone registry, which it would send every password to.
    description: '`docker search` asks this first.',
    may: 'anyone',
    takesRegistryTokens: true,
    responses: { 200: Ping },
    errors: [],
    handler: async () => ({ status: 200, body: { standalone: false }, headers: { 'X-Docker-Registry-Standalone': 'false' } }),
  }),
];
