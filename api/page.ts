import type { Page, PageRequest } from '../db/page.js';
import type { Hub } from './hub.js';

const MAX_PAGE_SIZE = 100;

/** Paging parameters as a checked query has them. */
export interface PageParameters {
  readonly page?: number;
  readonly page_size?: number;
}

/** The stretch of rows that a page is. */
export function readPage({ page = 1, page_size = 10 }: PageParameters): PageRequest {
  const limit = Math.min(page_size, MAX_PAGE_SIZE);
  return { limit, offset: (page - 1) * limit };
}

/** A page in Docker Hub's shape; its links are absolute and built from the public URL, never from a request header. */
export function presentPage<T, R>(
  { count, rows }: Page<T>,
  present: (row: T) => R,
  { hub, url, query }: { hub: Pick<Hub, 'config'>; url: string; query: PageParameters },
) {
  const page = query.page ?? 1;
  const { limit } = readPage(query);
  const pages = Math.ceil(count / limit);
  const to = (number: number) => {
    const link = new URL(hub.config.publicUrl + url);
    link.searchParams.set('page', String(number));
    return link.href;
  };
  return {
    count,
    next: page < pages ? to(page + 1) : null,
    previous: page > 1 ? to(Math.max(Math.min(page - 1, pages), 1)) : null,
    results: rows.map(present),
  };
}
