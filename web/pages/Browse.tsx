import { Link, useSearchParams } from 'wouter-preact';
import { api, type Page } from '../api';
import { t } from '../language';
import { useLoad } from '../load';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Pager } from '../parts/Pager';
import { RepositoryList, type Listed } from '../parts/RepositoryList';
import { Waiting } from '../parts/Waiting';
import { session } from '../session';
import type { RepositoryItem, SearchResult } from '../types';

const SIZE = 20;
/** How one may look around, by the API's names. */
const ORDERS = ['-star_count', '-last_updated'] as const;

/** What a search found, in the shape of lists: official ones are told by their name alone, and belong to their owner. */
function toListed({ repo_name, repo_owner, short_description, ...rest }: SearchResult): Listed {
  return { ...rest, repo_name, namespace: repo_owner, name: repo_name.split('/').at(-1) ?? repo_name, description: short_description, is_private: false };
}

async function find(words: string, page: number): Promise<Page<Listed>> {
  const found = await api.get<Page<SearchResult>>('/v2/search/repositories', { query: words, page, page_size: SIZE });
  return { ...found, results: found.results.map(toListed) };
}

/** Results of a search, or, without words, everything by stars or by last push. */
export function Browse() {
  const [query, setQuery] = useSearchParams();
  const words = query.get('q') ?? '';
  const page = Number(query.get('page') ?? 1) || 1;
  const order = ORDERS.find((one) => one === query.get('by')) ?? ORDERS[0];
  const { data, failure, isLoading } = useLoad(`${words} ${page} ${order} ${session.value?.username ?? ''}`, () =>
    words === '' ? api.get<Page<RepositoryItem>>('/v2/repositories', { ordering: order, page, page_size: SIZE }) : find(words, page));
  const go = (next: Record<string, string>) => setQuery({ ...Object.fromEntries(query), ...next });
  return (
    <div class="browse">
      <div class="head">
        <h1>{words === '' ? t().browse.title : t().browse.found(data?.count ?? 0, words)}</h1>
        {words === '' && (
          <div class="segments" role="group" aria-label={t().browse.order}>
            {ORDERS.map((one) => <button key={one} type="button" aria-pressed={one === order} onClick={() => go({ by: one, page: '1' })}>{t().browse.orders[one]}</button>)}
          </div>
        )}
      </div>
      <Failure failure={failure} />
      {isLoading && <Waiting lines={6} />}
      {data?.count === 0 && <Nothing words={words} />}
      {data && data.count > 0 && <RepositoryList repositories={data.results} />}
      {data && <Pager page={page} size={SIZE} count={data.count} onPage={(next) => go({ page: String(next) })} />}
    </div>
  );
}

function Nothing({ words }: { readonly words: string }) {
  if (words !== '') return <Empty title={t().browse.nothing(words)}><p>{t().browse.nothingText}</p></Empty>;
  return (
    <Empty title={t().browse.empty}>
      <p>{t().browse.emptyText}</p>
      <Link href={session.value ? '/start' : '/signin?next=/start'} class="button primary">{t().nav.start}</Link>
    </Empty>
  );
}
