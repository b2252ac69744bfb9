import type { Page, PageRequest } from '../db/page.js';

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
  link: { publicUrl: string; url: string; query: PageParameters },
) {
  const page = link.query.page ?? 1;
  const { limit } = readPage(link.query);
  const pages = Math.ceil(count / limit);
  const to = (number: number) => {
    const url = new URL(link.publicUrl + link.url);
    url.searchParams.set('page', String(number));
    return url.href;
  };
  return {
    count,
    next: page < pages ? to(page + 1) : null,
    previous: page > 1 ? to(Math.max(Math.min(page - 1, pages), 1)) : null,
    results: rows.map(present),
  };
}
