import { t } from '../language';

interface PagerProps {
  readonly page: number;
  readonly size: number;
  readonly count: number;
  readonly onPage: (page: number) => void;
}

/** Steps through a list; nothing where one page holds it all. */
export function Pager({ page, size, count, onPage }: PagerProps) {
  const pages = Math.ceil(count / size);
  if (pages <= 1) return null;
  return (
    <nav class="pager" aria-label={t().common.pages}>
      <button type="button" disabled={page <= 1} onClick={() => onPage(page - 1)}>{t().common.previous}</button>
      <span aria-current="page">{t().common.pageOf(page, pages)}</span>
      <button type="button" disabled={page >= pages} onClick={() => onPage(page + 1)}>{t().common.next}</button>
    </nav>
  );
}
