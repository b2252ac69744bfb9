import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import { listPermissions, MOST } from '../parts/Access';
import { announce } from '../parts/announce';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Field, Select } from '../parts/Field';
import { Remove } from '../parts/Gone';
import { LineForm, Section } from '../parts/Section';
import { Waiting } from '../parts/Waiting';
import type { PageProps } from '../routes';
import type { Member, RepositoryItem, Team } from '../types';
import { Missing } from './Missing';

/** A team: its members, and what it is given. */
export function TeamPage({ params }: PageProps) {
  const [, go] = useLocation();
  const org = params['org'] ?? '';
  const path = at`/v2/orgs/${org}/groups/${params['team'] ?? ''}`;
  const { data: team, failure } = useLoad(path, () => api.get<Team>(path));
  if (failure?.status === 404) return <Missing />;
  if (!team) return failure ? <Failure failure={failure} /> : <Waiting lines={4} />;
  const remove = async () => {
    await api.delete(path);
    announce(t().settings.deleted(team.name));
    go(at`/orgs/${org}/teams`);
  };
  return (
    <div class="medium stack-l">
      <header class="head">
        <div>
          <p class="small-text"><Link href={at`/orgs/${org}`}>{org}</Link> / <Link href={at`/orgs/${org}/teams`}>{t().orgs.teams}</Link></p>
          <h1>{team.name}</h1>
          {team.description !== '' && <p class="soft">{team.description}</p>}
        </div>
        {team.name !== 'owners' && <Remove label={t().orgs.deleteTeam} title={t().orgs.deleteTeam} text={t().orgs.deleteTeamText} verb={t().orgs.deleteTeam} work={remove} />}
      </header>
      <TeamMembers path={`${path}/members`} />
      {team.name === 'owners' ? <p class="note">{t().orgs.ownersText}</p> : <GiveRepository org={org} team={team} />}
    </div>
  );
}

function TeamMembers({ path }: { readonly path: string }) {
  const { data, failure, isLoading, reload } = useLoad(path, () => api.get<Page<Member>>(path, { page_size: MOST }));
  const [member, setMember] = useState('');
  const action = useAction();
  const add = () => void action.run(async () => {
    await api.post(path, { member });
    setMember('');
    await reload();
  });
  const remove = (name: string) => async () => {
    await api.delete(`${path}${at`/${name}`}`);
    await reload();
  };
  return (
    <Section title={t().orgs.members}>
      <LineForm onSubmit={add}>
        <Field label={t().account.username} name="member" value={member} onInput={setMember} failure={action.failure} autocomplete="off" required />
        <button type="submit" class="primary" disabled={action.isBusy}>{t().orgs.addMember}</button>
      </LineForm>
      <Failure failure={action.failure ?? failure} fields={['member']} />
      {isLoading && <Waiting lines={2} />}
      {data?.count === 0 && <Empty title={t().orgs.emptyTeam}>{t().orgs.emptyTeamText}</Empty>}
      <ul class="rows">
        {data?.results.map(({ username, full_name }) => (
          <li key={username}>
            <span class="row-main"><Link href={at`/n/${username}`}>{username}</Link> <span class="soft">{full_name}</span></span>
            <Remove label={t().settings.removeOne(username)} title={t().settings.removeOne(username)} text={t().orgs.removeFromTeam} work={remove(username)} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function GiveRepository({ org, team }: { readonly org: string; readonly team: Team }) {
  const path = at`/v2/repositories/${org}`;
  const { data, failure } = useLoad(path, () => api.get<Page<RepositoryItem>>(path, { page_size: MOST }));
  const [chosen, choose] = useState('');
  const [permission, setPermission] = useState('write');
  const action = useAction();
  const repository = data?.results.find(({ name }) => name === chosen)?.name ?? data?.results[0]?.name ?? '';
  const give = async () => {
    if (await action.run(() => api.put(`${path}${at`/${repository}/groups/${String(team.id)}`}`, { permission }))) announce(t().orgs.given(team.name, repository));
  };
  return (
    <Section title={t().orgs.give} text={t().orgs.giveText}>
      <Failure failure={action.failure ?? failure} />
      {data?.count === 0 && <Empty title={t().repository.none}><Link href={at`/orgs/${org}`}>{t().orgs.noRepositoriesOwner}</Link></Empty>}
      {data && data.count > 0 && (
        <LineForm onSubmit={() => void give()}>
          <Select label={t().nav.repositories} value={repository} options={data.results.map(({ name }) => [name, name] as const)} onChange={choose} />
          <Select label={t().settings.permission} value={permission} options={listPermissions()} onChange={setPermission} />
          <button type="submit" class="primary" disabled={action.isBusy}>{t().settings.give}</button>
        </LineForm>
      )}
      {repository !== '' && <p class="small-text"><Link href={at`/r/${org}/${repository}/settings`}>{t().orgs.seeAll}</Link></p>}
    </Section>
  );
}
