import { Type } from '@sinclair/typebox';
import { Closed, Moment, Nullable } from './shapes.js';

const Description = Type.String({ maxLength: 100, description: 'Short, used by search' });
const FullDescription = Type.String({ maxLength: 25_000, description: 'Markdown readme' });
const IsPrivate = Type.Boolean();

export const NewRepository = Closed({
  namespace: Type.String({ minLength: 1, maxLength: 255 }),
  name: Type.String({
    pattern: '^[a-z0-9]+(?:(?:_|__|-+)[a-z0-9]+)*$',
    minLength: 1,
    maxLength: 255,
    description: 'Lower-case letters and digits, separated by `-`, `_` or `__`',
  }),
  description: Type.Optional(Description),
  full_description: Type.Optional(FullDescription),
  is_private: Type.Optional(IsPrivate),
  registry: Type.Optional(Type.String({ maxLength: 255, description: 'Sent by Docker Hub’s clients, without meaning here' })),
});

export const RepositoryChange = Closed({
  description: Type.Optional(Description),
  full_description: Type.Optional(FullDescription),
});

export const Privacy = Closed({ is_private: IsPrivate });
export const Collaborator = Closed({ user: Type.String({ minLength: 1, maxLength: 255 }) });

export const Repository = Closed(
  {
    user: Type.String(),
    name: Type.String(),
    namespace: Type.String(),
    repository_type: Type.Literal('image'),
    status: Type.Literal(1),
    status_description: Type.Literal('active'),
    description: Type.String(),
    full_description: Type.String(),
    is_private: IsPrivate,
    is_automated: Type.Boolean(),
    is_official: Type.Boolean(),
    star_count: Type.Integer(),
    pull_count: Type.Integer(),
    collaborator_count: Type.Integer(),
    last_updated: Nullable(Moment),
    last_modified: Moment,
    date_registered: Moment,
    hub_user: Type.String(),
    permissions: Closed({ read: Type.Boolean(), write: Type.Boolean(), admin: Type.Boolean() }),
  },
  { title: 'Repository' },
);
