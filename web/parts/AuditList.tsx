import { useState } from 'preact/hooks';
import { api } from '../api';
import { t } from '../language';
import { useLoad } from '../load';
import type { AuditLog } from '../types';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Field } from './Field';
import { Pager } from './Pager';
import { Time } from './Time';
import { Waiting } from './Waiting';

const SIZE = 25;

/** Who did what, when and from where: of an account, or of the whole hub. */
export function AuditList({ path, hasAccounts = false }: { readonly path: string; readonly hasAccounts?: boolean }) {
  const [page, setPage] = useState(1);
  const [actor, setActor] = useState('');
  const [action, setAction] = useState('');
  const query = { page, page_size: SIZE, actor, action };
  const { data, failure, isLoading } = useLoad(`${path} ${JSON.stringify(query)}`, () => api.get<AuditLog>(path, query));
  const change = (set: (value: string) => void) => (value: string) => {
    set(value);
    setPage(1);
  };
  return (
    <div class="stack">
      <div class="two">
        <Field label={t().audit.actor} name="actor" type="search" value={actor} onInput={change(setActor)} autocomplete="off" />
        <Field label={t().audit.action} name="action" type="search" value={action} onInput={change(setAction)} placeholder="repo.create" autocomplete="off" />
      </div>
      <Failure failure={failure} />
      {isLoading && <Waiting lines={4} />}
      {data?.count === 0 && <Empty title={t().audit.none}>{t().audit.noneText}</Empty>}
      {data && data.count > 0 && (
        <div class="card flush table" role="region" aria-label={t().audit.title} tabIndex={0}>
          <table>
            <thead><tr><th>{t().audit.when}</th><th>{t().audit.what}</th><th>{t().audit.actor}</th>{hasAccounts && <th>{t().audit.account}</th>}<th>{t().audit.from}</th></tr></thead>
            <tbody>
              {data.logs.map((event) => (
                <tr key={event.id}>
                  <td class="nowrap"><Time at={event.timestamp} /></td>
                  <td>{event.action_description}<br /><code class="soft">{event.action}</code></td>
                  <td>{event.actor}</td>
                  {hasAccounts && <td>{event.account}</td>}
                  <td class="soft">{event.ip_address}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {data && <Pager page={page} size={SIZE} count={data.count} onPage={setPage} />}
    </div>
  );
}
