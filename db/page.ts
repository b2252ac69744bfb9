import type { Knex } from 'knex';

/** A stretch of a list. */
export interface PageRequest {
  readonly limit: number;
  readonly offset: number;
}

/** Rows of one page and how many there are in all. */
export interface Page<T> {
  readonly count: number;
  readonly rows: readonly T[];
}

/** Number of rows that a query would return. */
export async function countRows(query: Knex.QueryBuilder): Promise<number> {
  const [row] = await query.clearOrder().count<{ count: number | string }[]>({ count: '*' });
  return Number(row?.count ?? 0);
}

/** Limits a query to rows of which one of the columns holds the text, in either case; `%` and `_` are plain characters. */
export function whereContains(query: Knex.QueryBuilder, columns: readonly string[], text: string): void {
  const part = `%${text.replace(/[!%_]/g, '!$&')}%`;
  query.where((either) => {
    for (const column of columns) either.orWhereRaw("lower(??) LIKE lower(?) ESCAPE '!'", [column, part]);
  });
}
