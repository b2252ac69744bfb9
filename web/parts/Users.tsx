import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import type { ManagedUser } from '../types';
import { announce } from './announce';
import { Dialog } from './Dialog';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Field } from './Field';
import { Pager } from './Pager';
import { Time } from './Time';
import { Waiting } from './Waiting';

const PATH = '/v2/admin/users';
const SIZE = 25;

/** Everybody with an account: found, limited, given a new password. */
export function Users() {
  const [page, setPage] = useState(1);
  const [search, setSearch] = useState('');
  const [chosen, choose] = useState<ManagedUser>();
  const { data, failure, isLoading, reload } = useLoad(`${PATH} ${search} ${page}`, () => api.get<Page<ManagedUser>>(PATH, { search, page, page_size: SIZE }));
  return (
    <div class="stack">
      <Field label={t().admin.findUser} name="search" type="search" value={search} onInput={(value) => { setSearch(value); setPage(1); }} autocomplete="off" />
      <Failure failure={failure} />
      {isLoading && <Waiting lines={4} />}
      {data?.count === 0 && <Empty title={t().admin.noUser}>{t().admin.noUserText}</Empty>}
      {data && data.count > 0 && (
        <div class="card flush table" role="region" aria-label={t().admin.parts.users} tabIndex={0}>
          <table>
            <thead><tr><th>{t().account.username}</th><th>{t().account.email}</th><th>{t().admin.since}</th><th>{t().admin.privateRepositories}</th><th><span class="hidden">{t().common.edit}</span></th></tr></thead>
            <tbody>{data.results.map((user) => <UserRow key={user.username} user={user} onEdit={() => choose(user)} />)}</tbody>
          </table>
        </div>
      )}
      {data && <Pager page={page} size={SIZE} count={data.count} onPage={setPage} />}
      {chosen && <EditUser user={chosen} onClose={() => choose(undefined)} onDone={reload} />}
    </div>
  );
}

function UserRow({ user, onEdit }: { readonly user: ManagedUser; readonly onEdit: () => void }) {
  return (
    <tr>
      <td><Link href={at`/n/${user.username}`} class="strong">{user.username}</Link> {user.is_admin && <span class="badge accent">{t().admin.administrator}</span>}<br /><span class="soft small-text">{user.full_name}</span></td>
      <td>{user.email}</td>
      <td class="nowrap"><Time at={user.date_joined} /></td>
      <td>{t().admin.used(user.private_repos_used, user.private_repos_allowed)}</td>
      <td><button type="button" class="small" aria-label={t().admin.editUser(user.username)} onClick={onEdit}>{t().common.edit}</button></td>
    </tr>
  );
}

/** What is no number goes to the API as it is, which says so; as a number it would become null, the default. */
function readLimit(text: string): number | string | null {
  if (text.trim() === '') return null;
  return Number.isNaN(Number(text)) ? text : Number(text);
}

interface EditProps {
  readonly user: ManagedUser;
  readonly onClose: () => void;
  readonly onDone: () => Promise<void>;
}

function EditUser({ user, onClose, onDone }: EditProps) {
  const [limit, setLimit] = useState(user.private_repo_limit === null ? '' : String(user.private_repo_limit));
  const [password, setPassword] = useState('');
  const { run, isBusy, failure } = useAction();
  const path = `${PATH}${at`/${user.username}`}`;
  const submit = async (event: Event) => {
    event.preventDefault();
    const isDone = await run(async () => {
      await api.patch(path, { private_repo_limit: readLimit(limit) });
      if (password !== '') await api.post(`${path}/password`, { new_password: password });
      await onDone();
    });
    if (!isDone) return;
    announce(t().common.saved);
    onClose();
  };
  return (
    <Dialog title={t().admin.editUser(user.username)} onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <Field label={t().admin.limit} name="private_repo_limit" value={limit} onInput={setLimit} failure={failure} hint={t().admin.limitHint} autofocus />
        <Field label={t().profile.newPassword} name="new_password" type="password" value={password} onInput={setPassword} failure={failure} hint={t().admin.passwordHint} autocomplete="new-password" />
        <Failure failure={failure} fields={['private_repo_limit', 'new_password']} />
        <div class="buttons end">
          <button type="button" onClick={onClose}>{t().common.cancel}</button>
          <button type="submit" class="primary" disabled={isBusy}>{t().common.save}</button>
        </div>
      </form>
    </Dialog>
  );
}
