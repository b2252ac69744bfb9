import { useState } from 'preact/hooks';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import { apiPath } from '../repositoryPath';
import type { Inbound, Repository } from '../types';
import { CopyLine } from './Copy';
import { Confirm, Dialog } from './Dialog';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Field, Select } from './Field';
import { Secrets } from './Secrets';
import { Time } from './Time';
import { Waiting } from './Waiting';

/** Other registries, by the API's names and their own. */
const PROVIDERS = [
  ['docker-hub', 'Docker Hub'], ['quay', 'Quay'], ['harbor', 'Harbor'], ['ghcr', 'GitHub Packages'], ['gitea', 'Gitea'], ['zot', 'zot'], ['distribution', 'Distribution'],
] as const;

const nameOf = (provider: string) => PROVIDERS.find(([id]) => id === provider)?.[1] ?? provider;

/** Addresses at which other registries tell of pushes. */
export function InboundAddresses({ repository }: { readonly repository: Repository }) {
  const path = `${apiPath(repository)}/inbound`;
  const { data, failure, isLoading, reload } = useLoad(path, () => api.get<Page<Inbound>>(path, { page_size: 20 }));
  const [isNew, setNew] = useState(false);
  const [made, setMade] = useState<Inbound>();
  return (
    <section class="stack-s">
      <div class="head"><h2>{t().inbound.title}</h2><button type="button" onClick={() => setNew(true)}>{t().inbound.create}</button></div>
      <p class="soft">{t().inbound.text}</p>
      {made?.secret !== undefined && <Secrets secrets={[{ name: nameOf(made.provider), secret: made.secret }]} onClose={() => setMade(undefined)} />}
      <Failure failure={failure} />
      {isLoading && <Waiting lines={2} />}
      {data?.count === 0 && <Empty title={t().inbound.none}><p>{t().inbound.noneText}</p></Empty>}
      {data && data.count > 0 && <ul class="list card flush">{data.results.map((one) => <Row key={one.id} one={one} path={path} onChange={() => void reload()} />)}</ul>}
      {isNew && <NewAddress path={path} onClose={() => setNew(false)} onDone={(one) => { setNew(false); setMade(one); void reload(); }} />}
    </section>
  );
}

interface RowProps {
  readonly one: Inbound;
  readonly path: string;
  readonly onChange: () => void;
}

function Row({ one, path, onChange }: RowProps) {
  const [secret, setSecret] = useState<string>();
  const [isAsked, ask] = useState(false);
  const { run, isBusy, failure } = useAction();
  const own = `${path}${at`/${one.id}`}`;
  const rotate = () => void run(async () => setSecret((await api.post<{ readonly secret: string }>(`${own}/rotate_secret`, {})).secret));
  const remove = () => void run(async () => { await api.delete(own); onChange(); });
  return (
    <li class="stack-s">
      <div class="row between">
        <span><strong>{nameOf(one.provider)}</strong> <span class="soft">{one.upstream}</span></span>
        <span class="buttons">
          {one.has_secret && <button type="button" class="small" disabled={isBusy} onClick={rotate}>{t().editor.rotate}</button>}
          <button type="button" class="small danger" onClick={() => ask(true)}>{t().inbound.close}</button>
        </span>
      </div>
      <CopyLine text={one.url} label={t().inbound.address} />
      <p class="soft small-text">{one.last_received === null ? t().inbound.never : <>{t().inbound.last} <Time at={one.last_received} />: {one.last_outcome}</>}</p>
      {secret !== undefined && <Secrets secrets={[{ name: nameOf(one.provider), secret }]} onClose={() => setSecret(undefined)} />}
      {isAsked ? <Confirm title={t().inbound.closeTitle} verb={t().inbound.close} isDangerous isBusy={isBusy} failure={failure} onConfirm={remove} onClose={() => ask(false)}><p>{t().inbound.closeText}</p></Confirm> : <Failure failure={failure} />}
    </li>
  );
}

interface NewProps {
  readonly path: string;
  readonly onClose: () => void;
  readonly onDone: (one: Inbound) => void;
}

function NewAddress({ path, onClose, onDone }: NewProps) {
  const [provider, setProvider] = useState<string>('docker-hub');
  const [upstream, setUpstream] = useState('');
  const { run, isBusy, failure } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    void run(async () => onDone(await api.post<Inbound>(path, { provider, ...(upstream === '' ? {} : { upstream }) })));
  };
  return (
    <Dialog title={t().inbound.create} onClose={onClose}>
      <form class="form" onSubmit={submit}>
        <Select label={t().inbound.provider} value={provider} options={PROVIDERS} onChange={setProvider} />
        <Field label={t().inbound.upstream} name="upstream" value={upstream} onInput={setUpstream} failure={failure} placeholder="registry.example/team/app" hint={t().inbound.upstreamHint} />
        <Failure failure={failure} fields={['upstream']} />
        <div class="buttons end">
          <button type="button" onClick={onClose}>{t().common.cancel}</button>
          <button type="submit" class="primary" disabled={isBusy}>{t().inbound.create}</button>
        </div>
      </form>
    </Dialog>
  );
}
