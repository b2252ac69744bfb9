import { Type, type Static } from '@sinclair/typebox';
import { Endpoint } from './endpoints.js';
import { Closed, Moment, Nullable } from './shapes.js';

/** The same spelling as in the environment; from a second to thirty days, which the handler checks. */
const Timeout = Type.String({ pattern: '^[0-9]{1,9}(ms|s|m|h|d)$', examples: ['1h'], description: 'From `1s` to `30d`' });
const Secret = Type.String({ pattern: '^whsec_[A-Za-z0-9+/]{32,88}={0,2}$', description: '`whsec_` and 24 to 64 bytes in base64' });
const Name = Type.String({ minLength: 1, maxLength: 100 });

export const WebhookInput = Closed({
  id: Type.Optional(Type.String({ description: 'In a PATCH: the webhook of this chain that is kept' })),
  name: Name,
  hook_url: Type.String({ minLength: 1, maxLength: 2000, examples: ['https://ci.example/hook'] }),
  expect_callback: Type.Optional(Nullable(Type.Boolean({ description: 'false: complete on 2xx' }))),
  callback_timeout: Type.Optional(Nullable(Timeout)),
  require_signed_callback: Type.Optional(Type.Boolean()),
  secret: Type.Optional(Secret),
  registry: Type.Optional(Type.String({ maxLength: 255, description: 'Sent by Docker Hub’s clients, without meaning here' })),
});
export type WebhookInput = Static<typeof WebhookInput>;

const Webhooks = Type.Array(WebhookInput, { minItems: 1, maxItems: 50 });
const ExpectFinalCallback = Nullable(
  Type.Boolean({ description: 'Whether the last webhook must call back too. Default: true for two or more webhooks' }),
);

export const NewChain = Closed({
  name: Name,
  expect_final_callback: Type.Optional(ExpectFinalCallback),
  active: Type.Optional(Type.Boolean()),
  webhooks: Webhooks,
  registry: Type.Optional(Type.String({ maxLength: 255, description: 'Sent by Docker Hub’s clients, without meaning here' })),
});

export const ChainChange = Closed({
  name: Type.Optional(Name),
  expect_final_callback: Type.Optional(ExpectFinalCallback),
  active: Type.Optional(Type.Boolean()),
  webhooks: Type.Optional(Webhooks),
});

export const Webhook = Closed(
  {
    id: Type.String(),
    position: Type.Integer(),
    name: Type.String(),
    hook_url: Type.String(),
    expect_callback: Nullable(Type.Boolean()),
    callback_timeout: Nullable(Type.String()),
    require_signed_callback: Type.Boolean(),
    secret: Type.Optional(Type.String({ description: 'Shown once, in the answer that made it' })),
    endpoint: Endpoint,
    created: Moment,
    last_updated: Moment,
  },
  { title: 'Webhook' },
);

export const Chain = Closed(
  {
    name: Type.String(),
    slug: Type.String(),
    expect_final_callback: Type.Boolean(),
    active: Type.Boolean(),
    webhooks: Type.Array(Webhook),
    created: Moment,
    last_updated: Moment,
  },
  { title: 'Chain' },
);

export const RotatedSecret = Closed({
  id: Type.String(),
  secret: Type.String(),
  previous_secret_expires: Moment,
});
