import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import { Dialog } from '../parts/Dialog';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Choice, Field } from '../parts/Field';
import { Pager } from '../parts/Pager';
import { RepositoryList } from '../parts/RepositoryList';
import { Waiting } from '../parts/Waiting';
import { pagePath } from '../repositoryPath';
import type { PageProps } from '../routes';
import { session } from '../session';
import type { RepositoryItem } from '../types';
import { Missing } from './Missing';

const SIZE = 20;

/** The repositories of a user or an organization, as far as the visitor may see them. */
export function NamespacePage({ params }: PageProps) {
  const namespace = params['namespace'] ?? '';
  const [page, setPage] = useState(1);
  const [isNew, setNew] = useState(false);
  const { data, failure, isLoading } = useLoad(`${namespace} ${page} ${session.value?.username ?? ''}`, () =>
    api.get<Page<RepositoryItem>>(at`/v2/repositories/${namespace}`, { page, page_size: SIZE }));
  if (failure?.status === 404) return <Missing />;
  const isOwn = session.value?.username === namespace;
  return (
    <div>
      <div class="head">
        <h1>{namespace}</h1>
        {session.value && <button type="button" class="primary" onClick={() => setNew(true)}>{t().repository.create}</button>}
      </div>
      <Failure failure={failure} />
      {isLoading && <Waiting lines={5} />}
      {data?.count === 0 && (
        <Empty title={t().repository.none}>
          <p>{isOwn ? t().repository.noneOwn : t().repository.noneOther}</p>
          {isOwn && <Link href="/start" class="button primary">{t().nav.start}</Link>}
        </Empty>
      )}
      {data && data.count > 0 && <RepositoryList repositories={data.results} />}
      {data && <Pager page={page} size={SIZE} count={data.count} onPage={setPage} />}
      {isNew && <NewRepository namespace={namespace} onClose={() => setNew(false)} />}
    </div>
  );
}

const FIELDS = ['namespace', 'name', 'description'];

/** Asks for what a repository needs, in a window; leads to it. */
export function NewRepository({ namespace, onClose }: { readonly namespace: string; readonly onClose: () => void }) {
  const [, go] = useLocation();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [is_private, setPrivate] = useState(false);
  const { run, isBusy, failure } = useAction();
  const submit = async (event: Event) => {
    event.preventDefault();
    const isDone = await run(() => api.post('/v2/repositories', { namespace, name, description, is_private }));
    if (isDone) go(pagePath({ namespace, name }));
  };
  return (
    <Dialog title={t().repository.createIn(namespace)} onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <Field label={t().repository.name} name="name" value={name} onInput={setName} failure={failure} hint={t().repository.nameHint} required autofocus />
        <Field label={t().repository.description} name="description" value={description} onInput={setDescription} failure={failure} maxLength={100} />
        <Choice label={t().repository.makePrivate} isOn={is_private} onChange={setPrivate} hint={t().repository.privateHint} />
        <Failure failure={failure} fields={FIELDS} />
        <div class="buttons end">
          <button type="button" onClick={onClose}>{t().common.cancel}</button>
          <button type="submit" class="primary" disabled={isBusy}>{t().repository.create}</button>
        </div>
      </form>
    </Dialog>
  );
}
