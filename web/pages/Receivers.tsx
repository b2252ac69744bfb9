import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import { CopyLine } from '../parts/Copy';
import { Confirm } from '../parts/Dialog';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { ReceivedCalls, useReceiver } from '../parts/ReceivedCalls';
import { Time } from '../parts/Time';
import { Waiting } from '../parts/Waiting';
import type { PageProps } from '../routes';
import type { Receiver } from '../types';
import { Missing } from './Missing';

/** One's test receivers. */
export function ReceiversPage() {
  const [, go] = useLocation();
  const { data, failure, isLoading } = useLoad('/v2/receivers', () => api.get<Page<Receiver>>('/v2/receivers', { page_size: 50 }));
  const { run, isBusy, failure: refused } = useAction();
  const create = () => void run(async () => go(at`/receivers/${(await api.post<Receiver>('/v2/receivers', {})).id}`));
  return (
    <div class="medium">
      <div class="head"><h1>{t().receiver.title}</h1><button type="button" class="primary" disabled={isBusy} onClick={create}>{t().receiver.create}</button></div>
      <Failure failure={failure ?? refused} />
      {isLoading && <Waiting lines={3} />}
      {data?.count === 0 && <Empty title={t().receiver.noReceivers}><p>{t().receiver.text}</p></Empty>}
      {data && data.count > 0 && (
        <ul class="list card flush">
          {data.results.map(({ id, name, created }) => <li key={id} class="row between"><Link href={at`/receivers/${id}`}>{name}</Link> <span class="soft small-text"><Time at={created} /></span></li>)}
        </ul>
      )}
    </div>
  );
}

/** A test receiver: its address, what it received, and the answers one may give. */
export function ReceiverPage({ params }: PageProps) {
  const [, go] = useLocation();
  const [isAsked, ask] = useState(false);
  const { data, failure, reload } = useReceiver(params['id'] ?? '');
  const { run, isBusy, failure: refused } = useAction();
  if (failure?.status === 404) return <Missing />;
  if (!data) return failure ? <Failure failure={failure} /> : <Waiting lines={5} />;
  const remove = () => void run(async () => {
    await api.delete(at`/v2/receivers/${data.id}`);
    go('/receivers');
  });
  return (
    <div class="medium stack">
      <div class="head"><h1>{data.name}</h1><button type="button" class="danger" onClick={() => ask(true)}>{t().common.delete}</button></div>
      <p class="soft">{t().receiver.text}</p>
      <CopyLine text={data.url} label={t().run.theUrl} />
      <ReceivedCalls receiver={data} onChange={() => void reload()} />
      {isAsked && <Confirm title={t().receiver.deleteTitle} verb={t().common.delete} isDangerous isBusy={isBusy} failure={refused} onConfirm={remove} onClose={() => ask(false)}><p>{t().receiver.deleteText}</p></Confirm>}
    </div>
  );
}
