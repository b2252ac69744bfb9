import { Link, useSearchParams } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { formatDuration } from '../format';
import { t } from '../language';
import { useLive } from '../live';
import { useLoad } from '../load';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Field, Select } from '../parts/Field';
import { Pager } from '../parts/Pager';
import { RepositoryFrame } from '../parts/RepositoryFrame';
import { Dots, State } from '../parts/State';
import { Time } from '../parts/Time';
import { Waiting } from '../parts/Waiting';
import { apiPath, pagePath } from '../repositoryPath';
import type { PageProps } from '../routes';
import type { Repository, Run, RunState } from '../types';
import { Missing } from './Missing';

const SIZE = 20;
const STATES: readonly RunState[] = ['queued', 'running', 'success', 'failure', 'error', 'canceled'];

/** All runs of a repository, the newest first. */
export function HistoryPage({ params }: PageProps) {
  return (
    <RepositoryFrame params={params} tab="/history">
      {(repository) => (repository.permissions.admin ? <History repository={repository} /> : <Missing />)}
    </RepositoryFrame>
  );
}

/** The API's query for what is chosen. Days are the visitor's own, and the last one counts to its end. */
function toQuery(query: URLSearchParams, page: number) {
  const moment = (name: string, time: string) => {
    const day = query.get(name);
    return day === null || day === '' ? undefined : new Date(`${day}T${time}`).toISOString();
  };
  const text = (name: string) => query.get(name) ?? undefined;
  return { page, page_size: SIZE, state: text('state'), tag: text('tag'), query: text('query'), from: moment('from', '00:00:00'), to: moment('to', '23:59:59.999') };
}

function History({ repository }: { readonly repository: Repository }) {
  const [query, setQuery] = useSearchParams();
  const page = Number(query.get('page') ?? 1) || 1;
  const path = `${apiPath(repository)}/runs`;
  const { data, failure, isLoading, reload } = useLoad(`${path}?${query.toString()}`, () => api.get<Page<Run>>(path, toQuery(query, page)));
  useLive(data && page === 1 ? `${path}/events` : undefined, { onChange: () => void reload() });
  const set = (changes: Record<string, string>) => {
    const next = Object.entries({ ...Object.fromEntries(query), page: '1', ...changes }).filter(([name, value]) => value !== '' && !(name === 'page' && value === '1'));
    setQuery(new URLSearchParams(next), { replace: true });
  };
  const isFiltered = [...query.keys()].some((name) => name !== 'page');
  return (
    <section>
      <h2 class="hidden">{t().repository.history}</h2>
      <Filters query={query} onChange={set} />
      <Failure failure={failure} />
      {isLoading && <Waiting lines={6} />}
      {data?.count === 0 && (isFiltered
        ? <Empty title={t().history.noMatch}><button type="button" onClick={() => setQuery(new URLSearchParams())}>{t().history.clear}</button></Empty>
        : <Empty title={t().history.none}><p>{t().history.noneText}</p><Link href={`${pagePath(repository)}/webhooks`} class="button">{t().repository.webhooks}</Link></Empty>)}
      {data && data.count > 0 && <ul class="list card flush runs">{data.results.map((run) => <Row key={run.id} repository={repository} run={run} />)}</ul>}
      {data && <Pager page={page} size={SIZE} count={data.count} onPage={(next) => set({ page: String(next) })} />}
    </section>
  );
}

interface FiltersProps {
  readonly query: URLSearchParams;
  readonly onChange: (changes: Record<string, string>) => void;
}

function Filters({ query, onChange }: FiltersProps) {
  const of = (name: string) => query.get(name) ?? '';
  const options = [['', t().common.all], ...STATES.map((state) => [state, t().states[state]] as const)] as const;
  return (
    <form class="filters" role="search" aria-label={t().history.filters} onSubmit={(event) => event.preventDefault()}>
      <Field label={t().history.search} name="query" type="search" value={of('query')} onInput={(value) => onChange({ query: value })} placeholder={t().history.searchHint} />
      <Select label={t().history.state} value={of('state')} options={options} onChange={(state) => onChange({ state })} />
      <Field label={t().history.tag} name="tag" value={of('tag')} onInput={(tag) => onChange({ tag })} placeholder="1.0" />
      <Field label={t().history.from} name="from" type="date" value={of('from')} onInput={(from) => onChange({ from })} />
      <Field label={t().history.to} name="to" type="date" value={of('to')} onInput={(to) => onChange({ to })} />
    </form>
  );
}

function Row({ repository, run }: { readonly repository: Repository; readonly run: Run }) {
  return (
    <li>
      <Link href={`${pagePath(repository)}${at`/runs/${run.id}`}`} class="history-row">
        <span class="history-words"><strong>{run.push.tag}</strong> <span class="soft">{run.chain.name}{run.push.test && ` · ${t().history.test}`}{run.redelivery_of !== null && ` · ${t().history.again}`}</span></span>
        <Dots run={run} />
        <State state={run.state} />
        <span class="soft small-text history-time"><Time at={run.created} />{run.finished !== null && <> · {formatDuration(Date.parse(run.finished) - Date.parse(run.created))}</>}</span>
      </Link>
    </li>
  );
}
