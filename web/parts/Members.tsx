import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import type { OrganizationPart } from '../pages/Organization';
import { session } from '../session';
import type { Invitation, InvitationOutcomes, Member } from '../types';
import { announce } from './announce';
import { Failure } from './Failure';
import { Field, Select } from './Field';
import { Remove } from './Gone';
import { Pager } from './Pager';
import { LineForm, Section } from './Section';
import { Time } from './Time';
import { Waiting } from './Waiting';

const SIZE = 50;
const ROLES = ['member', 'editor', 'owner'] as const;

function listRoles(): readonly (readonly [string, string])[] {
  return ROLES.map((role) => [role, t().orgs.roles[role]] as const);
}

/** Who belongs to an organization, with roles; owners invite, and change roles. */
export function Members({ name, isOwner }: OrganizationPart) {
  const [page, setPage] = useState(1);
  const [search, setSearch] = useState('');
  const path = at`/v2/orgs/${name}/members`;
  const { data, failure, isLoading, reload } = useLoad(`${path} ${page} ${search}`, () => api.get<Page<Member>>(path, { page, page_size: SIZE, search }));
  return (
    <div class="stack-l">
      {isOwner && <Invite name={name} />}
      <Section title={t().orgs.members} text={t().orgs.membersText}>
        <Field label={t().orgs.findMember} name="search" type="search" value={search} onInput={(value) => { setSearch(value); setPage(1); }} autocomplete="off" />
        <Failure failure={failure} />
        {isLoading && <Waiting lines={3} />}
        {data?.count === 0 && <p class="soft">{t().orgs.noMember}</p>}
        <ul class="rows">{data?.results.map((member) => <MemberRow key={member.username} path={path} member={member} isOwner={isOwner} onDone={reload} />)}</ul>
        {data && <Pager page={page} size={SIZE} count={data.count} onPage={setPage} />}
      </Section>
    </div>
  );
}

interface RowProps {
  readonly path: string;
  readonly member: Member;
  readonly isOwner: boolean;
  readonly onDone: () => Promise<void>;
}

function MemberRow({ path, member: { username, full_name, role, groups }, isOwner, onDone }: RowProps) {
  const { run, failure } = useAction();
  const one = `${path}${at`/${username}`}`;
  const isMe = username === session.value?.username;
  const change = (next: string) => void run(async () => {
    await api.put(one, { role: next });
    announce(t().common.saved);
  }).then(onDone);
  const remove = async () => {
    await api.delete(one);
    await onDone();
  };
  return (
    <li>
      <div class="row-main">
        <Link href={at`/n/${username}`} class="strong">{username}</Link> <span class="soft">{full_name}</span> {groups.map((group) => <span key={group} class="badge">{group}</span>)}
        <Failure failure={failure} />
      </div>
      {isOwner
        ? <select key={`${role}${failure?.code ?? ''}`} value={role.toLowerCase()} aria-label={t().orgs.roleOf(username)} onChange={(event) => change(event.currentTarget.value)}>{listRoles().map(([value, words]) => <option key={value} value={value}>{words}</option>)}</select>
        : <span class="badge">{role}</span>}
      {(isOwner || isMe) && <Remove label={isMe ? t().orgs.leave : t().settings.removeOne(username)} title={isMe ? t().orgs.leave : t().settings.removeOne(username)} text={t().orgs.removeText} work={remove} />}
    </li>
  );
}

function Invite({ name }: { readonly name: string }) {
  const path = at`/v2/orgs/${name}/invites`;
  const { data, reload } = useLoad(path, () => api.get<{ data: readonly Invitation[] }>(path));
  const [user, setUser] = useState('');
  const [role, setRole] = useState<string>('member');
  const [outcome, setOutcome] = useState('');
  const { run, isBusy, failure } = useAction();
  const invite = () => void run(async () => {
    const { invitees } = await api.post<InvitationOutcomes>('/v2/invites/bulk', { org: name, invitees: [user], role });
    const [first] = invitees;
    setOutcome(first ? t().orgs.outcome(first.invitee, first.status) : '');
    if (first?.status === 'invited') setUser('');
    await reload();
  });
  const withdraw = (id: string) => async () => {
    await api.delete(at`/v2/invites/${id}`);
    await reload();
  };
  return (
    <Section title={t().orgs.invite} text={t().orgs.inviteText}>
      <LineForm onSubmit={invite}>
        <Field label={t().account.username} name="invitees" value={user} onInput={setUser} failure={failure} autocomplete="off" required />
        <Select label={t().orgs.role} value={role} options={listRoles()} onChange={setRole} />
        <button type="submit" class="primary" disabled={isBusy}>{t().orgs.invite}</button>
      </LineForm>
      <Failure failure={failure} fields={['invitees']} />
      <p role="status" class={outcome === '' ? 'hidden' : 'note'}>{outcome}</p>
      {data && data.data.length > 0 && (
        <ul class="rows">
          {data.data.map(({ id, invitee, role: given, created_at }) => (
            <li key={id}>
              <span class="row-main">{invitee} <span class="badge">{given}</span> <span class="soft small-text">{t().orgs.invitedAt} <Time at={created_at} /></span></span>
              <Remove label={t().orgs.withdraw(invitee)} title={t().orgs.withdraw(invitee)} text={t().orgs.withdrawText} work={withdraw(id)} />
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
