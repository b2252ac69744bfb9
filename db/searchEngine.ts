import type { Knex } from 'knex';
import type { Db } from './connection.js';
import { POSTGRES_SEARCH } from './searchPostgres.js';
import { SQLITE_SEARCH } from './searchSqlite.js';

/**
 * What the engines do each in their own way. Both keep `search_documents`, one row per repository with what decides
 * who sees it and where it stands, and `search_words`, the known words as `term`. Triggers keep them current.
 */
export interface SearchEngine {
  /** Creates and fills tables, index and triggers; part of a released migration, hence never edited, only followed by another. */
  install(db: Db): Promise<void>;
  /** Limits a query on `search_documents AS repositories`: of each group one word at least begins a word of the repository. */
  whereWords(query: Knex.QueryBuilder, all: readonly (readonly string[])[]): void;
}

/** The engine of this database. */
export function findSearchEngine(db: Db): SearchEngine {
  const { client } = (db.client as { config: { client: string } }).config;
  return client === 'pg' ? POSTGRES_SEARCH : SQLITE_SEARCH;
}
