import { Type } from '@sinclair/typebox';
import { Closed, Moment, Nullable } from './shapes.js';

const Number = Type.Integer({ description: 'Stands for an id where Docker Hub has a number' });

const TagImage = Closed(
  {
    architecture: Type.String({ description: '`unknown` where the push did not say' }),
    features: Type.Literal(''),
    variant: Nullable(Type.String()),
    digest: Nullable(Type.String()),
    os: Type.String(),
    os_features: Type.Literal(''),
    os_version: Nullable(Type.String()),
    size: Type.Integer({ description: 'Bytes; 0 where they are not known' }),
    status: Type.Literal('active'),
    last_pulled: Type.Null(),
    last_pushed: Moment,
  },
  { title: 'TagImage' },
);

export const Tag = Closed(
  {
    creator: Number,
    id: Number,
    images: Type.Array(TagImage),
    last_updated: Moment,
    last_updater: Number,
    last_updater_username: Type.String(),
    name: Type.String(),
    repository: Number,
    full_size: Type.Integer({ description: 'Bytes as the push said them, by default those of all its images; of an index in the registry those of one platform; 0 where they are not known' }),
    v2: Type.Literal(true),
    tag_status: Type.Literal('active'),
    tag_last_pulled: Type.Null(),
    tag_last_pushed: Moment,
    media_type: Nullable(Type.String()),
    content_type: Type.Literal('image'),
    digest: Nullable(Type.String()),
  },
  { title: 'Tag' },
);
