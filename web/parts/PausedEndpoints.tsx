import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import type { PausedEndpoint } from '../types';
import { announce } from './announce';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Pager } from './Pager';
import { Section } from './Section';
import { Time } from './Time';
import { Waiting } from './Waiting';

const PATH = '/v2/admin/endpoints';
const SIZE = 25;

/** Receivers that are not called for now, and the button that calls them again. */
export function PausedEndpoints() {
  const [page, setPage] = useState(1);
  const { data, failure, isLoading, reload } = useLoad(`${PATH} ${page}`, () => api.get<Page<PausedEndpoint>>(PATH, { page, page_size: SIZE }));
  const action = useAction();
  const resume = ({ namespace, repository, webhook, host }: PausedEndpoint) => () => void action.run(async () => {
    await api.post(at`/v2/repositories/${namespace}/${repository}/webhooks/${webhook.id}/resume`);
    announce(t().admin.resumed(host));
    await reload();
  });
  return (
    <Section title={t().admin.parts.endpoints} text={t().admin.endpointsText}>
      <Failure failure={action.failure ?? failure} />
      {isLoading && <Waiting lines={3} />}
      {data?.count === 0 && <Empty title={t().admin.nonePaused}>{t().admin.nonePausedText}</Empty>}
      <ul class="rows">
        {data?.results.map((paused) => (
          <li key={paused.webhook.id}>
            <div class="row-main">
              <strong>{paused.host}</strong> <span class="badge">{paused.endpoint.reason}</span>
              <p class="soft small-text">
                <Link href={at`/r/${paused.namespace}/${paused.repository}/webhooks/${paused.chain}`}>{paused.namespace}/{paused.repository} · {paused.chain} · {paused.webhook.name}</Link>
                {' · '}{t().admin.pausedSince} <Time at={paused.endpoint.paused_since} /> · {t().admin.held(paused.held)} · {t().admin.failures(paused.endpoint.failures)}
              </p>
            </div>
            <button type="button" class="small" aria-label={t().admin.resumeOne(paused.host)} disabled={action.isBusy} onClick={resume(paused)}>{t().admin.resume}</button>
          </li>
        ))}
      </ul>
      {data && <Pager page={page} size={SIZE} count={data.count} onPage={setPage} />}
    </Section>
  );
}
