import { Link } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useLive } from '../live';
import { useLoad } from '../load';
import { apiPath, pagePath } from '../repositoryPath';
import type { Repository, Run } from '../types';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Dots } from './State';
import { Time } from './Time';
import { Waiting } from './Waiting';

const SHOWN = 5;

/** The latest runs as small chains of dots, live. */
export function LatestRuns({ repository }: { readonly repository: Repository }) {
  const path = `${apiPath(repository)}/runs`;
  const { data, failure, isLoading, reload } = useLoad(path, () => api.get<Page<Run>>(path, { page_size: SHOWN }));
  useLive(data ? `${path}/events` : undefined, { onChange: () => void reload() });
  return (
    <section class="stack-s">
      <div class="row between"><h2>{t().history.latest}</h2>{data && data.count > SHOWN && <Link href={`${pagePath(repository)}/history`}>{t().common.all}</Link>}</div>
      <Failure failure={failure} />
      {isLoading && <Waiting lines={2} />}
      {data?.count === 0 && (
        <Empty title={t().history.none}>
          <p>{t().history.noneText}</p>
          <Link href={`${pagePath(repository)}/webhooks`} class="button">{t().repository.webhooks}</Link>
        </Empty>
      )}
      {data && data.count > 0 && (
        <ul class="list card flush runs">
          {data.results.map((run) => (
            <li key={run.id}>
              <Link href={`${pagePath(repository)}${at`/runs/${run.id}`}`} class="run-link">
                <span class="run-words"><strong>{run.push.tag}</strong> <span class="soft">{run.chain.name}</span></span>
                <Dots run={run} />
                <span class="soft small-text"><Time at={run.created} /></span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
