import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import type { OrganizationPart } from '../pages/Organization';
import type { Team } from '../types';
import { MOST } from './Access';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Field } from './Field';
import { LineForm, Section } from './Section';
import { Waiting } from './Waiting';

/** The teams of an organization. */
export function Teams({ name, isOwner }: OrganizationPart) {
  const path = at`/v2/orgs/${name}/groups`;
  const { data, failure, isLoading, reload } = useLoad(path, () => api.get<Page<Team>>(path, { page_size: MOST }));
  return (
    <div class="stack-l">
      {isOwner && <NewTeam path={path} onDone={reload} />}
      <Section title={t().orgs.teams} text={t().orgs.teamsText}>
        <Failure failure={failure} />
        {isLoading && <Waiting lines={2} />}
        {data?.count === 0 && <Empty title={t().orgs.noTeams}>{t().orgs.noTeamsText}</Empty>}
        <ul class="rows">
          {data?.results.map((team) => (
            <li key={team.id}>
              <div class="row-main">
                <Link href={at`/orgs/${name}/teams/${team.name}`} class="strong">{team.name}</Link>
                <p class="soft small-text">{team.description}</p>
              </div>
              <span class="soft small-text">{t().orgs.memberCount(team.member_count)}</span>
            </li>
          ))}
        </ul>
      </Section>
    </div>
  );
}

function NewTeam({ path, onDone }: { readonly path: string; readonly onDone: () => Promise<void> }) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const { run, isBusy, failure } = useAction();
  const create = () => void run(async () => {
    await api.post(path, { name, description });
    setName('');
    setDescription('');
    await onDone();
  });
  return (
    <Section title={t().orgs.newTeam}>
      <LineForm onSubmit={create}>
        <Field label={t().orgs.teamName} name="name" value={name} onInput={setName} failure={failure} autocomplete="off" required />
        <Field label={t().orgs.teamDescription} name="description" value={description} onInput={setDescription} failure={failure} maxLength={255} />
        <button type="submit" class="primary" disabled={isBusy}>{t().orgs.createTeam}</button>
      </LineForm>
      <Failure failure={failure} fields={['name', 'description']} />
    </Section>
  );
}
