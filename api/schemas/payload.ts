import { Type, type Static } from '@sinclair/typebox';
import { Closed, Nullable } from './shapes.js';

/** Seconds since the epoch, whole: strict receivers decode dates and counts as integers. */
const Seconds = Type.Integer({ examples: [1_417_566_822] });

/** The body of a webhook: Docker Hub's payload, with the tag and digest that its users asked for. */
export const WebhookPayload = Closed(
  {
    callback_url: Type.String({ format: 'uri', description: 'Where the receiver POSTs its callback' }),
    push_data: Closed({
      images: Type.Array(Type.String()),
      pushed_at: Seconds,
      pusher: Type.String(),
      tag: Type.String(),
      digest: Nullable(Type.String()),
      media_type: Nullable(Type.String()),
      full_size: Nullable({ ...Type.Integer(), description: 'Bytes of one platform’s image, compressed: configuration and layers; null while it is not known' }),
    }),
    repository: Closed({
      comment_count: Type.Integer(),
      date_created: Seconds,
      description: Type.String(),
      dockerfile: Type.String(),
      full_description: Type.String(),
      is_official: Type.Boolean(),
      is_private: Type.Boolean(),
      is_trusted: Type.Boolean(),
      name: Type.String(),
      namespace: Type.String(),
      owner: Type.String(),
      repo_name: Type.String(),
      repo_url: Type.String({ format: 'uri' }),
      star_count: Type.Integer(),
      status: Type.Literal('Active'),
    }),
    test: Type.Optional(Type.Literal(true, { description: 'Present on the push of a test: nothing was published' })),
  },
  { title: 'WebhookPayload' },
);
export type WebhookPayload = Static<typeof WebhookPayload>;
