import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import { apiPath } from '../repositoryPath';
import type { Repository, Team, TeamPermission } from '../types';
import { announce } from './announce';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Field, Select } from './Field';
import { Remove } from './Gone';
import { LineForm, Section } from './Section';
import { Waiting } from './Waiting';

/** The API serves a hundred of a list at most. */
export const MOST = 100;
export const PERMISSIONS = ['read', 'write', 'admin'] as const;

/** Permissions with what each means. */
export function listPermissions(): readonly (readonly [string, string])[] {
  return PERMISSIONS.map((permission) => [permission, t().settings.permissions[permission]] as const);
}

interface PartProps {
  readonly repository: Repository;
}

/** Users who may push and pull beside the owner. */
export function Collaborators({ repository }: PartProps) {
  const path = `${apiPath(repository)}/collaborators`;
  const { data, failure, isLoading, reload } = useLoad(path, () => api.get<Page<{ user: string }>>(path, { page_size: MOST }));
  const [user, setUser] = useState('');
  const action = useAction();
  const add = async () => {
    const isDone = await action.run(async () => {
      await api.post(path, { user });
      await reload();
    });
    if (isDone) {
      announce(t().settings.added(user));
      setUser('');
    }
  };
  const remove = (name: string) => async () => {
    await api.delete(`${path}${at`/${name}`}`);
    await reload();
  };
  return (
    <Section title={t().settings.collaborators} text={t().settings.collaboratorsText}>
      <LineForm onSubmit={() => void add()}>
        <Field label={t().account.username} name="user" value={user} onInput={setUser} failure={action.failure} autocomplete="off" required />
        <button type="submit" class="primary" disabled={action.isBusy}>{t().settings.addCollaborator}</button>
      </LineForm>
      <Failure failure={action.failure ?? failure} fields={['user']} />
      {isLoading && <Waiting lines={1} />}
      {data?.count === 0 && <Empty title={t().settings.noCollaborators}>{t().settings.noCollaboratorsText}</Empty>}
      {data && data.count > 0 && (
        <ul class="rows">
          {data.results.map(({ user: name }) => (
            <li key={name}>
              <Link href={at`/n/${name}`} class="row-main">{name}</Link>
              <Remove label={t().settings.removeOne(name)} title={t().settings.removeOne(name)} text={t().settings.removeCollaborator} work={remove(name)} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** What teams may do in it; nothing where its namespace is no organization, or where the visitor sees no teams. */
export function TeamPermissions({ repository }: PartProps) {
  const teamsPath = at`/v2/orgs/${repository.namespace}/groups`;
  const teams = useLoad(teamsPath, () => api.get<Page<Team>>(teamsPath, { page_size: MOST }));
  const path = `${apiPath(repository)}/groups`;
  const given = useLoad(teams.data && path, () => api.get<Page<TeamPermission>>(path, { page_size: MOST }));
  if (!teams.data) return null;
  const takers = teams.data.results.filter(({ name }) => name !== 'owners');
  const free = takers.filter(({ id }) => !given.data?.results.some(({ group_id }) => group_id === id));
  return (
    <Section title={t().settings.teams} text={t().settings.teamsText} aside={<Link href={at`/orgs/${repository.namespace}/teams`}>{t().orgs.teams}</Link>}>
      {free.length > 0 && given.data && <GivePermission path={path} teams={free} onDone={given.reload} />}
      <Failure failure={given.failure} />
      {takers.length === 0 && <Empty title={t().settings.noTeams}><Link href={at`/orgs/${repository.namespace}/teams`}>{t().settings.noTeamsText}</Link></Empty>}
      {given.data && given.data.count > 0 && (
        <ul class="rows">
          {given.data.results.map((permission) => <PermissionRow key={permission.group_id} path={path} given={permission} onDone={given.reload} />)}
        </ul>
      )}
    </Section>
  );
}

interface GiveProps {
  readonly path: string;
  readonly teams: readonly Team[];
  readonly onDone: () => Promise<void>;
}

function GivePermission({ path, teams, onDone }: GiveProps) {
  const [chosen, choose] = useState('');
  const [permission, setPermission] = useState('write');
  const { run, isBusy, failure } = useAction();
  const team = teams.find(({ id }) => String(id) === chosen) ?? teams[0];
  const give = () => void run(async () => {
    await api.post(path, { group_id: team?.id, permission });
    await onDone();
  });
  return (
    <>
      <LineForm onSubmit={give}>
        <Select label={t().settings.team} value={String(team?.id)} options={teams.map(({ id, name }) => [String(id), name] as const)} onChange={choose} />
        <Select label={t().settings.permission} value={permission} options={listPermissions()} onChange={setPermission} />
        <button type="submit" class="primary" disabled={isBusy}>{t().settings.give}</button>
      </LineForm>
      <Failure failure={failure} />
    </>
  );
}

function PermissionRow({ path, given, onDone }: { readonly path: string; readonly given: TeamPermission; readonly onDone: () => Promise<void> }) {
  const { run, failure } = useAction();
  const one = `${path}/${given.group_id}`;
  const change = (permission: string) => void run(async () => {
    await api.put(one, { permission });
    await onDone();
    announce(t().common.saved);
  });
  const remove = async () => {
    await api.delete(one);
    await onDone();
  };
  return (
    <li>
      <span class="row-main">{given.group_name}<Failure failure={failure} /></span>
      <select value={given.permission} aria-label={t().settings.permissionOf(given.group_name)} onChange={(event) => change(event.currentTarget.value)}>
        {listPermissions().map(([value, words]) => <option key={value} value={value}>{words}</option>)}
      </select>
      <Remove label={t().settings.removeOne(given.group_name)} title={t().settings.removeOne(given.group_name)} text={t().settings.removeTeam} work={remove} />
    </li>
  );
}
