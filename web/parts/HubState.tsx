import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { at } from '../api';
import { t } from '../language';
import type { Loaded } from '../load';
import type { HubHealth } from '../types';
import { Failure } from './Failure';
import { Time } from './Time';
import { Waiting } from './Waiting';

const EVERY_MS = 5000;
const DEPENDENCIES = ['database', 'migrations', 'temporal', 'registry'] as const;

/** How the hub does, asked again every few seconds. */
export function HubState({ loaded: { data, failure, reload } }: { readonly loaded: Loaded<HubHealth> }) {
  useEffect(() => {
    const timer = window.setInterval(() => void reload(), EVERY_MS);
    return () => window.clearInterval(timer);
  }, [reload]);
  if (!data) return failure ? <Failure failure={failure} /> : <Waiting lines={3} />;
  const oldest = data.oldest_queued_run;
  return (
    <div class="stack-l">
      <Failure failure={failure} />
      <ul class="tiles">
        {DEPENDENCIES.map((name) => <Tile key={name} name={t().admin.dependencies[name]} tone={toneOf(data[name])}>{t().admin.states[data[name]] ?? data[name]}</Tile>)}
      </ul>
      <ul class="tiles">
        <Tile name={t().admin.oldest} tone={oldest ? 'is-error' : 'is-success'}>
          {oldest ? <Link href={at`/r/${oldest.namespace}/${oldest.repository}/runs/${oldest.id}`}><Time at={oldest.created} /></Link> : t().admin.nothingQueued}
        </Tile>
        <Tile name={t().admin.queued} tone={data.queued_runs > 0 ? 'is-error' : 'is-success'}>{data.queued_runs}</Tile>
        <Tile name={t().admin.running} tone="is-running">{data.running_runs}</Tile>
        <Tile name={t().admin.overdue} tone={data.overdue_runs > 0 ? 'is-failure' : 'is-success'}>{data.overdue_runs}</Tile>
        <Tile name={t().admin.paused} tone={data.paused_endpoints > 0 ? 'is-error' : 'is-success'}><Link href="/admin/endpoints">{data.paused_endpoints}</Link></Tile>
      </ul>
    </div>
  );
}

function toneOf(state: string): string {
  if (state === 'ok') return 'is-success';
  return state === 'off' ? 'is-pending' : 'is-failure';
}

function Tile({ name, tone, children }: { readonly name: string; readonly tone: string; readonly children: ComponentChildren }) {
  return (
    <li class={`tile ${tone}`}>
      <p class="tile-name">{name}</p>
      <p class="tile-value">{children}</p>
    </li>
  );
}
