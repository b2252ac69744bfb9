import { useState } from 'preact/hooks';
import { Link, useLocation } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import { MOST } from '../parts/Access';
import { announce } from '../parts/announce';
import { Dialog } from '../parts/Dialog';
import { Empty } from '../parts/Empty';
import { Failure } from '../parts/Failure';
import { Field } from '../parts/Field';
import { Section } from '../parts/Section';
import { Time } from '../parts/Time';
import { Waiting } from '../parts/Waiting';
import type { Invitation, Organization } from '../types';

const PATH = '/v2/user/orgs';

/** The organizations that the visitor belongs to, and those that invite them. */
export function OrganizationsPage() {
  const { data, failure, isLoading, reload } = useLoad(PATH, () => api.get<Page<Organization>>(PATH, { page_size: MOST }));
  const [isNew, setNew] = useState(false);
  return (
    <div class="medium stack-l">
      <div class="head">
        <h1>{t().orgs.title}</h1>
        <button type="button" class="primary" onClick={() => setNew(true)}>{t().orgs.create}</button>
      </div>
      <Invitations onJoined={reload} />
      <Failure failure={failure} />
      {isLoading && <Waiting lines={3} />}
      {data?.count === 0 && (
        <Empty title={t().orgs.none}>
          <p>{t().orgs.noneText}</p>
          <button type="button" onClick={() => setNew(true)}>{t().orgs.create}</button>
        </Empty>
      )}
      {data && data.count > 0 && (
        <ul class="card flush list">
          {data.results.map(({ orgname, full_name, date_joined }) => (
            <li key={orgname} class="row between">
              <span><Link href={at`/orgs/${orgname}`} class="strong">{orgname}</Link> <span class="soft">{full_name}</span></span>
              <span class="soft small-text"><Time at={date_joined} /></span>
            </li>
          ))}
        </ul>
      )}
      {isNew && <NewOrganization onClose={() => setNew(false)} />}
    </div>
  );
}

function Invitations({ onJoined }: { readonly onJoined: () => Promise<void> }) {
  const path = '/v2/user/invites';
  const { data, reload, failure } = useLoad(path, () => api.get<Page<Invitation>>(path, { page_size: MOST }));
  const action = useAction();
  const accept = ({ id, org }: Invitation) => () => void action.run(async () => {
    await api.post(at`/v2/invites/${id}/accept`);
    announce(t().orgs.joined(org));
    await Promise.all([reload(), onJoined()]);
  });
  const decline = ({ id }: Invitation) => () => void action.run(async () => {
    await api.delete(at`/v2/invites/${id}`);
    await reload();
  });
  if (!data || data.count === 0) return <Failure failure={failure} />;
  return (
    <Section title={t().orgs.invitations}>
      <Failure failure={action.failure} />
      <ul class="rows">
        {data.results.map((invitation) => (
          <li key={invitation.id}>
            <span class="row-main">{t().orgs.invited(invitation.inviter_username, invitation.org)}</span>
            <button type="button" class="small primary" disabled={action.isBusy} onClick={accept(invitation)}>{t().orgs.accept}</button>
            <button type="button" class="small" disabled={action.isBusy} onClick={decline(invitation)}>{t().orgs.decline}</button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function NewOrganization({ onClose }: { readonly onClose: () => void }) {
  const [, go] = useLocation();
  const [orgname, setName] = useState('');
  const [full_name, setFullName] = useState('');
  const { run, isBusy, failure } = useAction();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await run(() => api.post('/v2/orgs', { orgname, full_name }))) go(at`/orgs/${orgname}`);
  };
  return (
    <Dialog title={t().orgs.create} onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <Field label={t().orgs.name} name="orgname" value={orgname} onInput={setName} failure={failure} hint={t().orgs.nameHint} autocomplete="off" required autofocus />
        <Field label={t().orgs.fullName} name="full_name" value={full_name} onInput={setFullName} failure={failure} maxLength={255} />
        <Failure failure={failure} fields={['orgname', 'full_name']} />
        <div class="buttons end">
          <button type="button" onClick={onClose}>{t().common.cancel}</button>
          <button type="submit" class="primary" disabled={isBusy}>{t().orgs.create}</button>
        </div>
      </form>
    </Dialog>
  );
}
