import {
  deleteComment, findComment, insertComment, listComments, updateComment, type CommentRow,
} from '../../db/comments.js';
import { insertReport } from '../../db/reports.js';
import { presentComment } from '../comments.js';
import { ApiError } from '../errors.js';
import { presentPage, readPage } from '../page.js';
import { findCallerLevel } from '../policy.js';
import { defineRoute, getCaller, getRepository, type Call } from '../route.js';
import { Comment, CommentPath, CommentText, NewReport } from '../schemas/opinions.js';
import { Closed, PageOf, PageQuery, RepositoryPath } from '../schemas/shapes.js';

const path = '/v2/repositories/:namespace/:name/comments';
const errors = ['invalid_input', 'authentication_required', 'forbidden', 'not_found'] as const;

type CommentCall = Call<{ readonly id: number }>;

function readKey(call: CommentCall) {
  return { id: call.params.id, repository_id: getRepository(call).id };
}

async function getComment(call: CommentCall): Promise<CommentRow> {
  const comment = await findComment(call.db, readKey(call));
  if (!comment) throw new ApiError('not_found');
  return comment;
}

const isAuthor = (call: Call, { user_id }: CommentRow) => getCaller(call).id === user_id;

export const commentRoutes = [
  defineRoute({
    method: 'GET',
    path,
    summary: 'List comments, newest first',
    may: 'repository:read',
    params: Closed(RepositoryPath),
    query: Closed(PageQuery),
    responses: { 200: PageOf(Comment) },
    errors: ['invalid_input', 'not_found'],
    async handler(call) {
      const page = await listComments(call.db, getRepository(call).id, readPage(call.query));
      return { status: 200, body: presentPage(page, presentComment, call) };
    },
  }),
  defineRoute({
    method: 'POST',
    path,
    summary: 'Comment on a repository',
    may: 'repository:user',
    params: Closed(RepositoryPath),
    body: CommentText,
    responses: { 201: Comment },
    errors,
    async handler(call) {
      const comment = { user_id: getCaller(call).id, comment: call.body.comment };
      const written = await insertComment(call.db, getRepository(call).id, comment);
      if (!written) throw new ApiError('not_found');
      return { status: 201, body: presentComment(written) };
    },
  }),
  defineRoute({
    method: 'PATCH',
    path: `${path}/:id`,
    summary: 'Change one’s own comment',
    may: 'repository:user',
    params: CommentPath,
    body: CommentText,
    responses: { 200: Comment },
    errors,
    async handler(call) {
      if (!isAuthor(call, await getComment(call))) throw new ApiError('forbidden', 'Only its author may change a comment');
      const changed = await updateComment(call.db, readKey(call), call.body.comment);
      if (!changed) throw new ApiError('not_found');
      return { status: 200, body: presentComment(changed) };
    },
  }),
  defineRoute({
    method: 'DELETE',
    path: `${path}/:id`,
    summary: 'Delete a comment',
    description: 'One’s own, or any where the caller administers the repository.',
    audit: 'repo.comment.delete',
    may: 'repository:user',
    params: CommentPath,
    responses: { 204: null },
    errors,
    async handler(call) {
      const comment = await getComment(call);
      const mayDelete = isAuthor(call, comment) || (await findCallerLevel(call, getRepository(call), call.caller)) === 'admin';
      if (!mayDelete) throw new ApiError('forbidden', 'Only its author and those who administer the repository may delete a comment');
      if (!(await deleteComment(call.db, comment))) throw new ApiError('not_found');
      return { status: 204, audit: { data: { comment: comment.id, user: comment.user } } };
    },
  }),
  defineRoute({
    method: 'POST',
    path: `${path}/:id/report`,
    summary: 'Report a comment to the administrator of the hub',
    description: 'A user’s first report of a comment stands; once more changes nothing.',
    may: 'repository:user',
    params: CommentPath,
    body: NewReport,
    responses: { 204: null },
    errors,
    async handler(call) {
      const report = { user_id: getCaller(call).id, reason: call.body.reason };
      if (!(await insertReport(call.db, readKey(call), report))) throw new ApiError('not_found');
      return { status: 204 };
    },
  }),
];
