import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import type { Report } from '../types';
import { announce } from './announce';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Pager } from './Pager';
import { Section } from './Section';
import { Time } from './Time';
import { Waiting } from './Waiting';

const PATH = '/v2/admin/reports';
const SIZE = 25;
const STATES = ['open', 'hidden', 'dismissed'] as const;

/** Comments that somebody complained of: hidden, or left alone. */
export function Reports() {
  const [page, setPage] = useState(1);
  const [state, setState] = useState<(typeof STATES)[number]>('open');
  const { data, failure, isLoading, reload } = useLoad(`${PATH} ${state} ${page}`, () => api.get<Page<Report>>(PATH, { state, page, page_size: SIZE }));
  const action = useAction();
  const settle = (report: Report, how: 'hide' | 'dismiss') => () => void action.run(async () => {
    await api.post(`${PATH}${at`/${report.id}/${how}`}`);
    announce(how === 'hide' ? t().admin.isHidden : t().admin.isDismissed);
    await reload();
  });
  const choose = (one: (typeof STATES)[number]) => () => {
    setState(one);
    setPage(1);
  };
  const segments = (
    <div class="segments" role="group" aria-label={t().history.state}>
      {STATES.map((one) => <button key={one} type="button" aria-pressed={one === state} onClick={choose(one)}>{t().admin.reportStates[one]}</button>)}
    </div>
  );
  return (
    <Section title={t().admin.parts.reports} text={t().admin.reportsText} aside={segments}>
      <Failure failure={action.failure ?? failure} />
      {isLoading && <Waiting lines={3} />}
      {data?.count === 0 && <Empty title={t().admin.noReports}>{t().admin.noReportsText}</Empty>}
      <ul class="rows">
        {data?.results.map((report) => (
          <li key={report.id}>
            <div class="row-main">
              <blockquote class="quoted" dir="auto">{report.comment.comment}</blockquote>
              <p class="small-text"><span class="soft">{report.comment.user} · <Link href={`/r/${report.repository}`}>{report.repository}</Link> · {t().admin.reportedBy(report.reporter)} <Time at={report.created_on} />:</span> <span dir="auto">{report.reason}</span></p>
            </div>
            {report.state === 'open' && (
              <div class="buttons">
                <button type="button" class="small danger" disabled={action.isBusy} onClick={settle(report, 'hide')}>{t().admin.hide}</button>
                <button type="button" class="small" disabled={action.isBusy} onClick={settle(report, 'dismiss')}>{t().admin.dismiss}</button>
              </div>
            )}
          </li>
        ))}
      </ul>
      {data && <Pager page={page} size={SIZE} count={data.count} onPage={setPage} />}
    </Section>
  );
}
