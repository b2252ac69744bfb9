import type { Knex } from 'knex';
import type { Db } from './connection.js';
import { findNearWords } from './nearWords.js';
import { countRows, type Page, type PageRequest } from './page.js';
import type { RepositoryRow } from './repositories.js';
import { findSearchEngine } from './searchEngine.js';
import { whereVisible, type Viewer } from './visibility.js';
import { cutWords } from './words.js';

/** Hits are counted, and served, up to here. */
export const MAX_HITS = 10_000;
/** Words of a query beyond these do not count. */
const MAX_WORDS = 8;

const COLUMNS = [
  'namespace', 'name', 'description', 'star_count', 'pull_count', 'is_official', 'is_automated',
] as const satisfies readonly (keyof RepositoryRow)[];

/** A repository that was found. */
export type SearchHit = Pick<RepositoryRow, (typeof COLUMNS)[number]>;

/** What is looked for. */
interface Search {
  /** One word of each group begins a word of name, namespace or description. */
  readonly groups: readonly (readonly string[])[];
  /** Names, or `namespace/name`, that stand first. */
  readonly exact: readonly string[];
  /** Beginnings of names, written without their separators. */
  readonly begins: readonly string[];
}

/**
 * Repositories that the viewer may see and whose name, namespace or description holds every word of the text, at
 * least its beginning: first the exact name, then official ones, then names that begin so, then the rest, each by
 * stars. Where there are none, words that differ by a typing error count too. An empty text finds everything, one
 * without letter and digit nothing.
 */
export async function searchRepositories(db: Db, viewer: Viewer, text: string, page: PageRequest): Promise<Page<SearchHit>> {
  const search = readSearch(text);
  if (search.groups.length === 0 && text.trim() !== '') return { count: 0, rows: [] };
  const found = await runSearch(db, viewer, search, page);
  if (found.count > 0 || search.groups.length === 0) return found;
  const mended = await mendSearch(db, search);
  return mended ? runSearch(db, viewer, mended, page) : found;
}

function readSearch(text: string): Search {
  const words = cutWords(text).slice(0, MAX_WORDS);
  // Whatever else it is, it is no name.
  const [name] = /^[a-z0-9._/-]+$/.exec(text.trim().toLowerCase()) ?? [];
  return { groups: words.map((word) => [word]), exact: name === undefined ? [] : [name], begins: words.length > 0 ? [words.join('')] : [] };
}

/** The same search with known words near to those that were typed; undefined where there are none. */
async function mendSearch(db: Db, { groups }: Search): Promise<Search | undefined> {
  const near = await Promise.all(groups.map(async ([word = '']) => findNearWords(db, word)));
  if (near.every((words) => words.length === 0)) return undefined;
  const mended = groups.map((group, index) => [...group, ...(near[index] ?? [])]);
  // Of several words nobody knows how they make up a name.
  const [names = []] = mended.length === 1 ? mended : [];
  return { groups: mended, exact: names, begins: names };
}

async function runSearch(db: Db, viewer: Viewer, search: Search, page: PageRequest): Promise<Page<SearchHit>> {
  // Named so for `whereVisible`: the columns that it reads stand in this narrow table as well.
  const all = db('search_documents AS repositories');
  if (search.groups.length > 0) findSearchEngine(db).whereWords(all, search.groups);
  whereVisible(all, viewer);
  const limit = Math.min(page.limit, MAX_HITS - page.offset);
  const rows = limit > 0 ? await readHits(db, orderHits(db, all.clone(), search).limit(limit).offset(page.offset)) : [];
  const isLast = rows.length < limit && (rows.length > 0 || page.offset === 0);
  const count = isLast ? page.offset + rows.length : await countRows(db.from(all.clone().select('id').limit(MAX_HITS).as('hits')));
  return { count, rows };
}

const ORDER = [
  { column: 'tier', order: 'asc' }, { column: 'is_official', order: 'desc' }, { column: 'star_count', order: 'desc' },
  { column: 'namespace', order: 'asc' }, { column: 'name', order: 'asc' },
];

function orderHits(db: Db, query: Knex.QueryBuilder, search: Search): Knex.QueryBuilder {
  return query.select('id', 'namespace', 'name', 'is_official', 'star_count', db.raw(...rankSql(search)))
    // Where all stand alike, an index has the order ready.
    .orderBy(search.groups.length === 0 ? ORDER.slice(1) : ORDER);
}

/** SQL for where a hit stands: 0 the name itself, 1 official, 2 the beginning of the name, 3 elsewhere. */
function rankSql({ groups, exact, begins }: Search): [sql: string, bindings: readonly (string | number)[]] {
  if (groups.length === 0) return ['0 AS tier', []];
  const isAny = (parts: readonly string[]): string => (parts.length > 0 ? parts.join(' OR ') : '1 = 0');
  const isExact = isAny(exact.map(() => "repositories.name = ? OR repositories.namespace || '/' || repositories.name = ?"));
  const isBegin = isAny(begins.map(() => 'substr(repositories.joined, 1, ?) = ?'));
  return [
    `CASE WHEN ${isExact} THEN 0 WHEN repositories.is_official THEN 1 WHEN ${isBegin} THEN 2 ELSE 3 END AS tier`,
    [...exact.flatMap((name) => [name, name]), ...begins.flatMap((begin) => [Array.from(begin).length, begin])],
  ];
}

/** The rows behind one page of hits, in the same statement: who may see them is decided once. */
async function readHits(db: Db, hits: Knex.QueryBuilder): Promise<SearchHit[]> {
  return db.from(hits.as('hits'))
    .join('repositories', 'repositories.id', 'hits.id')
    .orderBy(ORDER.map(({ column, order }) => ({ column: `hits.${column}`, order })))
    .select<SearchHit[]>(COLUMNS.map((name) => `repositories.${name}`));
}
