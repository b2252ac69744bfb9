import { useState } from 'preact/hooks';
import { useLocation } from 'wouter-preact';
import { api, at } from '../api';
import { t } from '../language';
import { useAction, useLoad, type Loaded } from '../load';
import { announce } from '../parts/announce';
import { Collaborators, TeamPermissions } from '../parts/Access';
import { Failure } from '../parts/Failure';
import { Field } from '../parts/Field';
import { TypedDelete } from '../parts/Gone';
import { Rendered } from '../parts/Readme';
import { RepositoryFrame } from '../parts/RepositoryFrame';
import { Section } from '../parts/Section';
import { Waiting } from '../parts/Waiting';
import { apiPath } from '../repositoryPath';
import type { PageProps } from '../routes';
import type { RegistrySettings, Repository } from '../types';
import { Missing } from './Missing';

const DESCRIPTION = 100;

/** What administrators of a repository change about it. */
export function SettingsPage({ params }: PageProps) {
  return (
    <RepositoryFrame params={params} tab="/settings">
      {(repository, loaded) => (repository.permissions.admin ? <Settings repository={repository} loaded={loaded} /> : <Missing />)}
    </RepositoryFrame>
  );
}

interface PartProps {
  readonly repository: Repository;
  readonly loaded: Loaded<Repository>;
}

function Settings({ repository, loaded }: PartProps) {
  return (
    <div class="stack-l">
      <Texts repository={repository} loaded={loaded} />
      <Visibility repository={repository} loaded={loaded} />
      <Collaborators repository={repository} />
      <TeamPermissions repository={repository} />
      <Deletion repository={repository} />
    </div>
  );
}

function Texts({ repository, loaded }: PartProps) {
  const [description, setDescription] = useState(repository.description);
  const [full, setFull] = useState(repository.full_description);
  const [isPreview, setPreview] = useState(false);
  const { run, isBusy, failure } = useAction();
  const submit = async (event: Event) => {
    event.preventDefault();
    const isDone = await run(async () => loaded.set(await api.patch<Repository>(apiPath(repository), { description, full_description: full })));
    if (isDone) announce(t().common.saved);
    else setPreview(false);
  };
  return (
    <Section title={t().settings.texts}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <Field label={t().settings.description} name="description" value={description} onInput={setDescription} failure={failure} maxLength={DESCRIPTION} hint={t().settings.descriptionHint} />
        <div class="segments" role="group" aria-label={t().settings.readme}>
          <button type="button" aria-pressed={!isPreview} onClick={() => setPreview(false)}>{t().settings.write}</button>
          <button type="button" aria-pressed={isPreview} onClick={() => setPreview(true)}>{t().settings.preview}</button>
        </div>
        {isPreview
          ? <Preview repository={repository} text={full} />
          : <Field label={t().settings.readme} name="full_description" value={full} onInput={setFull} failure={failure} rows={14} hint={t().settings.readmeHint} />}
        <Failure failure={failure} fields={['description', 'full_description']} />
        <button type="submit" class="primary" disabled={isBusy}>{t().common.save}</button>
      </form>
    </Section>
  );
}

/** The draft as the hub renders it. */
function Preview({ repository, text }: { readonly repository: Repository; readonly text: string }) {
  const { data, failure, isLoading } = useLoad(text, () => api.draft(`${apiPath(repository)}/readme.html`, { full_description: text }));
  return (
    <div class="preview" role="region" aria-label={t().settings.preview} tabIndex={0}>
      <Failure failure={failure} />
      {isLoading && <Waiting lines={3} />}
      {data !== undefined && <Rendered page={data} />}
    </div>
  );
}

function Visibility({ repository, loaded }: PartProps) {
  const { namespace, is_private } = repository;
  const path = at`/v2/users/${namespace}/registry-settings`;
  const slots = useLoad(path, () => api.get<RegistrySettings>(path));
  const { run, isBusy, failure } = useAction();
  const change = () => void run(async () => {
    const changed = await api.post<Repository>(`${apiPath(repository)}/privacy`, { is_private: !is_private });
    loaded.set(changed);
    await slots.reload();
    announce(changed.is_private ? t().settings.isPrivateNow : t().settings.isPublicNow);
  });
  return (
    <Section title={t().settings.visibility} text={is_private ? t().settings.isPrivate : t().settings.isPublic}>
      {slots.data && <Slots slots={slots.data} namespace={namespace} />}
      <Failure failure={failure} />
      <button type="button" disabled={isBusy} onClick={change}>{is_private ? t().settings.makePublic : t().settings.makePrivate}</button>
    </Section>
  );
}

/** How many private repositories a namespace has, of how many. */
export function Slots({ slots, namespace }: { readonly slots: RegistrySettings; readonly namespace: string }) {
  const { private_repo_limit: limit, private_repo_used: used } = slots;
  return (
    <div class="slots">
      <meter class="meter" min={0} max={Math.max(1, limit)} value={Math.min(used, limit)} aria-label={t().settings.slots(used, limit, namespace)} />
      <p class="soft small-text">{t().settings.slots(used, limit, namespace)}</p>
    </div>
  );
}

function Deletion({ repository }: { readonly repository: Repository }) {
  const [, go] = useLocation();
  const name = `${repository.namespace}/${repository.name}`;
  const work = async () => {
    await api.delete(apiPath(repository));
    announce(t().settings.deleted(name));
    go(at`/n/${repository.namespace}`);
  };
  return (
    <Section title={t().settings.deleteTitle} text={t().settings.deleteText} isDangerous>
      <TypedDelete name={name} button={t().settings.deleteButton} text={t().settings.deleteMore} work={work} />
    </Section>
  );
}
