import { Type, type Static } from '@sinclair/typebox';
import { Closed, Moment, Nullable } from './shapes.js';

const Description = Type.String({ maxLength: 100, description: 'Short, used by search' });
const FullDescription = Type.String({ maxLength: 25_000, description: 'Markdown readme' });
const IsPrivate = Type.Boolean();

/** Each part of a repository's name, as the registry takes it too. */
export const REPOSITORY_NAME = /^[a-z0-9]+(?:(?:_|__|-+)[a-z0-9]+)*$/;

const newRepository = {
  name: Type.String({
    pattern: REPOSITORY_NAME.source,
    minLength: 1,
    maxLength: 255,
    description: 'Lower-case letters and digits, separated by `-`, `_` or `__`',
  }),
  description: Type.Optional(Description),
  full_description: Type.Optional(FullDescription),
  is_private: Type.Optional(IsPrivate),
  registry: Type.Optional(Type.String({ maxLength: 255, description: 'Sent by Docker Hub’s clients, without meaning here' })),
};

export const NewNamedRepository = Closed(newRepository);
export const NewRepository = Closed({ namespace: Type.String({ minLength: 1, maxLength: 255 }), ...newRepository });
export type NewRepository = Static<typeof NewRepository>;

export const RepositoryChange = Closed({
  description: Type.Optional(Description),
  full_description: Type.Optional(FullDescription),
  immutable_tags: Type.Optional(Type.Literal(false, { description: 'Sent by Docker Hub’s clients; tags are not immutable here' })),
});

export const ReadmeDraft = Closed({ full_description: FullDescription });
export const OfficialChange = Closed({ is_official: Type.Boolean() });
export const Privacy = Closed({ is_private: IsPrivate });
export const Collaborator = Closed({ user: Type.String({ minLength: 1, maxLength: 255 }) });

const Texts = Type.Array(Type.String());

const item = {
  user: Type.String(),
  hub_user: Type.String(),
  name: Type.String(),
  namespace: Type.String(),
  repo_name: Type.String({ description: 'The name it is pulled by: official repositories have no namespace in it' }),
  description: Type.String(),
  star_count: Type.Integer(),
  pull_count: Type.Integer(),
  repository_type: Type.Literal('image'),
  status: Type.Literal(1),
  status_description: Type.Literal('active'),
  is_private: IsPrivate,
  is_automated: Type.Boolean(),
  is_official: Type.Boolean(),
  last_updated: Nullable(Moment),
  last_modified: Moment,
  date_registered: Moment,
  affiliation: Type.Null(),
  media_types: Texts,
  content_types: Texts,
  categories: Texts,
};

/** A repository in a list. */
export const RepositoryItem = Closed(item, { title: 'RepositoryItem' });

export const Repository = Closed(
  {
    ...item,
    full_description: Type.String(),
    collaborator_count: Type.Integer(),
    comment_count: Type.Integer(),
    has_starred: Type.Boolean({ description: 'By the caller' }),
    permissions: Closed({ read: Type.Boolean(), write: Type.Boolean(), admin: Type.Boolean() }),
    storage_size: Type.Integer({ description: 'Bytes of all images that tags point at' }),
    immutable_tags_settings: Closed({ enabled: Type.Literal(false), rules: Texts }),
    source: Nullable(Type.String({ description: 'The source repository it is built from' })),
  },
  { title: 'Repository' },
);
