import { useState } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { api, at, type Page } from '../api';
import { t } from '../language';
import { useAction, useLoad } from '../load';
import { apiPath, pagePath } from '../repositoryPath';
import { session } from '../session';
import type { Comment, Repository } from '../types';
import { announce } from './announce';
import { Confirm, Dialog } from './Dialog';
import { Empty } from './Empty';
import { Failure } from './Failure';
import { Field } from './Field';
import { Icon } from './Icon';
import { Pager } from './Pager';
import { Time } from './Time';
import { Waiting } from './Waiting';

const SIZE = 10;

/** What others say of a repository, and a place to say something. */
export function Comments({ repository }: { readonly repository: Repository }) {
  const [page, setPage] = useState(1);
  const path = `${apiPath(repository)}/comments`;
  const { data, failure, isLoading, reload } = useLoad(`${path} ${page}`, () => api.get<Page<Comment>>(path, { page, page_size: SIZE }));
  return (
    <section class="card stack" aria-labelledby="comments">
      <h2 id="comments">{t().comments.title(data?.count ?? repository.comment_count)}</h2>
      {session.value ? <NewComment path={path} onDone={() => void reload()} /> : <p class="soft"><Link href={`/signin?next=${encodeURIComponent(pagePath(repository))}`}>{t().account.signIn}</Link> {t().comments.toComment}</p>}
      <Failure failure={failure} />
      {isLoading && <Waiting lines={2} />}
      {data?.count === 0 && <Empty title={t().comments.none}><p>{t().comments.noneText}</p></Empty>}
      {data?.results.map((comment) => (
        <CommentItem key={comment.id} comment={comment} path={path} mayDelete={repository.permissions.admin || session.value?.username === comment.user} onDone={() => void reload()} />
      ))}
      {data && <Pager page={page} size={SIZE} count={data.count} onPage={setPage} />}
    </section>
  );
}

interface Doing {
  readonly path: string;
  readonly onDone: () => void;
}

function NewComment({ path, onDone }: Doing) {
  const [comment, setComment] = useState('');
  const { run, isBusy, failure } = useAction();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!(await run(() => api.post(path, { comment })))) return;
    setComment('');
    onDone();
  };
  return (
    <form class="form" onSubmit={(event) => void submit(event)}>
      <Field label={t().comments.yours} name="comment" value={comment} onInput={setComment} failure={failure} rows={2} maxLength={5000} required />
      <Failure failure={failure} fields={['comment']} />
      <button type="submit" disabled={isBusy || comment.trim() === ''}>{t().comments.send}</button>
    </form>
  );
}

interface ItemProps extends Doing {
  readonly comment: Comment;
  readonly mayDelete: boolean;
}

function CommentItem({ comment, path, mayDelete, onDone }: ItemProps) {
  const [open, setOpen] = useState<'report' | 'delete'>();
  const close = () => setOpen(undefined);
  const { run, isBusy, failure } = useAction();
  const own = `${path}${at`/${String(comment.id)}`}`;
  const remove = async () => {
    if (await run(() => api.delete(own))) onDone();
  };
  return (
    <article class="comment">
      <header class="row">
        <strong>{comment.user}</strong> <span class="soft small-text"><Time at={comment.created_on} />{comment.updated_on !== comment.created_on && ` · ${t().comments.changed}`}</span>
        <span class="comment-actions">
          {session.value && <button type="button" class="bare small" onClick={() => setOpen('report')}><Icon name="flag" />{t().comments.report}</button>}
          {mayDelete && <button type="button" class="bare small" onClick={() => setOpen('delete')}><Icon name="trash" />{t().common.delete}</button>}
        </span>
      </header>
      <p class="comment-text" dir="auto">{comment.comment}</p>
      {open === 'report' && <Report path={`${own}/report`} onClose={close} />}
      {open === 'delete' && <Confirm title={t().comments.deleteTitle} verb={t().common.delete} isDangerous isBusy={isBusy} failure={failure} onConfirm={() => void remove()} onClose={close}><p>{t().comments.deleteText}</p></Confirm>}
    </article>
  );
}

function Report({ path, onClose }: { readonly path: string; readonly onClose: () => void }) {
  const [reason, setReason] = useState('');
  const { run, isBusy, failure } = useAction();
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!(await run(() => api.post(path, { reason })))) return;
    announce(t().comments.reported);
    onClose();
  };
  return (
    <Dialog title={t().comments.reportTitle} onClose={onClose}>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <Field label={t().comments.reason} name="reason" value={reason} onInput={setReason} failure={failure} rows={3} maxLength={500} required autofocus />
        <Failure failure={failure} fields={['reason']} />
        <div class="buttons end">
          <button type="button" onClick={onClose}>{t().common.cancel}</button>
          <button type="submit" class="primary" disabled={isBusy}>{t().comments.report}</button>
        </div>
      </form>
    </Dialog>
  );
}
