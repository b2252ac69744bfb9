import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { api, at } from '../api';
import { formatDuration, shortenDigest } from '../format';
import { t } from '../language';
import { useLive, type Hearing } from '../live';
import { useAction, useLoad } from '../load';
import { ChainLine } from '../parts/ChainLine';
import { CopyButton } from '../parts/Copy';
import { Failure } from '../parts/Failure';
import { HopDetails } from '../parts/HopDetails';
import { Icon } from '../parts/Icon';
import { RepositoryFrame } from '../parts/RepositoryFrame';
import { State } from '../parts/State';
import { Time } from '../parts/Time';
import { Waiting } from '../parts/Waiting';
import { readLink } from '../reasons';
import { apiPath, pagePath, readRepository, type RepositoryName } from '../repositoryPath';
import type { PageProps } from '../routes';
import { session } from '../session';
import type { Delivery, Run } from '../types';
import { Missing } from './Missing';

const isOver = (run: Run) => run.state !== 'queued' && run.state !== 'running';

/** One run of one chain, alive: where it is, what was sent, what came back, and how to go on. */
export function RunPage({ params }: PageProps) {
  return (
    <RepositoryFrame params={params} tab="/history">
      {() => <LiveRun repository={readRepository(params)} id={params['id'] ?? ''} />}
    </RepositoryFrame>
  );
}

function LiveRun({ repository, id }: { readonly repository: RepositoryName; readonly id: string }) {
  const path = `${apiPath(repository)}${at`/runs/${id}`}`;
  const { data: run, failure, reload, set } = useLoad(path, () => api.get<Run>(path));
  const [chosen, choose] = useState<string>();
  const onRun = (fresh: unknown) => set(fresh as Run);
  const hearing = useLive(run && !isOver(run) ? `${path}/events` : undefined, { onRun, onChange: () => void reload() });
  if (failure?.status === 404) return <Missing />;
  if (!run) return failure ? <Failure failure={failure} /> : <Waiting lines={5} />;
  const shown = run.deliveries.find((delivery) => delivery.id === chosen) ?? findCurrent(run.deliveries);
  return (
    <div class="stack-l">
      <RunHead run={run} repository={repository} hearing={hearing} onChange={set} />
      <div class="card chain-card"><ChainLine run={run} chosen={shown?.id} onChoose={choose} /></div>
      {shown && <HopDetails key={shown.id} delivery={shown} />}
      <p class="hidden" role="status">{t().run.said(t().states[run.state], shown?.name ?? '', shown ? t().states[shown.state] : '')}</p>
    </div>
  );
}

/** The hop to look at where nobody has chosen one: the one that is at work, else the one that ended it, else the last. */
function findCurrent(deliveries: readonly Delivery[]): Delivery | undefined {
  const isOpen = ({ state }: Delivery) => state === 'delivering' || state === 'waiting';
  const isBad = ({ state }: Delivery) => state === 'failure' || state === 'error' || state === 'canceled';
  return deliveries.find(isOpen) ?? deliveries.find(isBad) ?? deliveries.find(({ state }) => state === 'pending') ?? deliveries.at(-1);
}

interface HeadProps {
  readonly run: Run;
  readonly repository: RepositoryName;
  readonly hearing: Hearing;
  readonly onChange: (run: Run) => void;
}

function RunHead({ run, repository, hearing, onChange }: HeadProps) {
  const { push, chain } = run;
  return (
    <header class="stack">
      <div class="head">
        <h2 class="run-title">
          <Link href={`${pagePath(repository)}${at`/webhooks/${chain.slug}`}`}>{chain.name}</Link> <span class="soft">·</span> <span class="run-tag"><Icon name="tag" />{push.tag}</span>
          <State state={run.state} />
          {!isOver(run) && <span class={`live is-${hearing}`}>{t().run.hearing[hearing]}</span>}
        </h2>
        <Actions run={run} repository={repository} onChange={onChange} />
      </div>
      <dl class="facts">
        <Fact name={t().run.started}><Time at={run.created} /></Fact>
        {run.finished !== null && <Fact name={t().run.took}>{formatDuration(Date.parse(run.finished) - Date.parse(run.created))}</Fact>}
        <Fact name={t().run.pusher}>{push.pusher === '' ? '–' : push.pusher}</Fact>
        {push.digest !== null && <Fact name={t().run.digest}><code>{shortenDigest(push.digest)}</code> <CopyButton text={push.digest} label={t().run.theDigest} /></Fact>}
        {push.test && <Fact name={t().run.kind}>{t().run.test}</Fact>}
        {run.redelivery_of !== null && <Fact name={t().run.redeliveryOf}><Link href={`${pagePath(repository)}${at`/runs/${run.redelivery_of}`}`}>{t().run.earlier}</Link></Fact>}
        <Fact name="Temporal"><Workflow run={run} /></Fact>
      </dl>
    </header>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return <div><dt>{name}</dt><dd>{children}</dd></div>;
}

/** Where the same run is seen in Temporal; its id alone where the hub does not know the address of the Web UI. */
function Workflow({ run }: { readonly run: Run }) {
  const base = session.value?.workflows_url ?? null;
  const link = readLink(base === null ? null : `${base}${encodeURIComponent(run.workflow_id)}`);
  if (link === undefined) return <><code>{run.workflow_id.slice(0, 14)}…</code> <CopyButton text={run.workflow_id} label={t().run.workflowId} /></>;
  return <a href={link} target="_blank" rel="noopener">{t().run.workflow} <Icon name="out" /></a>;
}

function Actions({ run, repository, onChange }: Omit<HeadProps, 'hearing'>) {
  const [, go] = useLocation();
  const { run: act, isBusy, failure } = useAction();
  const path = `${apiPath(repository)}${at`/runs/${run.id}`}`;
  const redeliver = (from: string) => () => void act(async () => {
    const next = await api.post<Run>(`${path}/redeliver`, { from });
    go(`${pagePath(repository)}${at`/runs/${next.id}`}`);
  });
  const cancel = () => void act(async () => onChange(await api.post<Run>(`${path}/cancel`)));
  const hasFailed = run.deliveries.some(({ state }) => state !== 'success');
  return (
    <div class="run-actions">
      <div class="buttons">
        {!isOver(run) && <button type="button" class="danger" disabled={isBusy} onClick={cancel}>{t().run.cancel}</button>}
        {isOver(run) && <button type="button" disabled={isBusy} onClick={redeliver('start')}>{t().run.fromStart}</button>}
        {isOver(run) && hasFailed && <button type="button" class="primary" disabled={isBusy} onClick={redeliver('failed')}>{t().run.resume}</button>}
      </div>
      <Failure failure={failure} />
    </div>
  );
}
