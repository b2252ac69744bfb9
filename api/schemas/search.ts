import { Type } from '@sinclair/typebox';
import { Closed } from './shapes.js';

/** Any text: what is no letter and no digit separates words. */
const SearchText = Type.Optional(
  Type.String({ maxLength: 255, default: '', description: 'Words of name, namespace or description; empty finds everything' }),
);

export const Query = { query: SearchText };

/** Parameters as `docker search` and `podman search` send them. */
export const IndexQuery = Closed({
  q: SearchText,
  n: Type.Optional(Type.Integer({ minimum: 1, default: 25, description: 'Results a page; above 100 is served as 100' })),
  page: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000_000, default: 1 })),
});

const flags = {
  star_count: Type.Integer(),
  is_automated: Type.Boolean(),
  is_official: Type.Boolean(),
};

const PullName = Type.String({ description: 'The name it is pulled by: official repositories have no namespace in it' });

/** A repository that was found. */
export const SearchResult = Closed(
  {
    repo_name: PullName,
    short_description: Type.String(),
    pull_count: Type.Integer(),
    repo_owner: Type.String({ description: 'Its namespace' }),
    ...flags,
  },
  { title: 'SearchResult' },
);

const IndexResult = Closed({
  name: PullName,
  description: Type.String(),
  is_trusted: Type.Boolean({ description: 'The same as is_automated' }),
  ...flags,
});

/** A page of results in the shape of the older index. */
export const IndexPage = Closed(
  {
    num_results: Type.Integer({ description: 'Number of results in all' }),
    num_pages: Type.Integer(),
    page: Type.Integer(),
    page_size: Type.Integer(),
    query: Type.String(),
    results: Type.Array(IndexResult),
  },
  { title: 'IndexPage' },
);

export const Ping = Closed({ standalone: Type.Literal(false) });
