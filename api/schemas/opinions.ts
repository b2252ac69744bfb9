import { Type } from '@sinclair/typebox';
import { Closed, Moment, Nullable, PageQuery, RepositoryPath } from './shapes.js';

/** PostgreSQL's largest integer. */
const CommentId = Type.Integer({ minimum: 1, maximum: 2_147_483_647, examples: [7] });

export const CommentPath = Closed({ ...RepositoryPath, id: CommentId });
export const CommentText = Closed({ comment: Type.String({ minLength: 1, maxLength: 5000 }) });
export const NewReport = Closed({ reason: Type.String({ minLength: 1, maxLength: 500 }) });
export const StarBody = Closed({});

export const Comment = Closed(
  {
    id: CommentId,
    user: Type.String({ description: 'The author' }),
    comment: Type.String(),
    created_on: Moment,
    updated_on: Moment,
  },
  { title: 'Comment' },
);

const ReportState = Type.String({ enum: ['open', 'dismissed', 'hidden'] });

export const ReportQuery = Closed({ ...PageQuery, state: Type.Optional(Type.String({ ...ReportState, default: 'open' })) });
export const ReportPath = Closed({ id: Type.String() });

export const Report = Closed(
  {
    id: Type.String(),
    state: ReportState,
    repository: Type.String({ examples: ['alice/app'] }),
    comment: Comment,
    reporter: Type.String(),
    reason: Type.String(),
    created_on: Moment,
    resolved_on: Nullable(Moment),
    resolved_by: Nullable(Type.String({ description: 'The administrator who settled it' })),
  },
  { title: 'Report' },
);
