import { Type, type Static } from '@sinclair/typebox';
import { DELIVERY_STATES, RUN_STATES } from '../../states.js';
import { Closed, Moment, Nullable } from './shapes.js';

const oneOf = (values: readonly string[], description?: string) =>
  Type.String({ enum: [...values], ...(description === undefined ? {} : { description }) });
const Headers = Nullable(Type.Record(Type.String(), Type.String()));
export const RunState = oneOf(RUN_STATES);

/** What a receiver POSTs. Only these fields are recognised; others are ignored. */
export const Callback = Type.Object(
  {
    state: oneOf(['success', 'failure', 'error']),
    description: Type.Optional(Nullable(Type.String({ maxLength: 255 }))),
    context: Type.Optional(Nullable(Type.String({ maxLength: 100 }))),
    target_url: Type.Optional(Nullable(Type.String({ maxLength: 2000, format: 'http-url' }))),
  },
  { title: 'Callback' },
);

export const RecordedCallback = Closed(
  {
    state: oneOf(['success', 'failure', 'error']),
    description: Nullable(Type.String()),
    context: Nullable(Type.String()),
    target_url: Nullable(Type.String()),
    received: Moment,
  },
  { title: 'RecordedCallback' },
);

export const Push = Closed(
  {
    id: Type.String(),
    tag: Type.String(),
    digest: Nullable(Type.String()),
    images: Type.Array(Type.String()),
    media_type: Nullable(Type.String()),
    size: Nullable(Type.Integer()),
    pusher: Type.String(),
    pushed_at: Moment,
    source: oneOf(['api', 'registry', 'reconcile'], 'Who told of it: a request to the API, the registry, or a look at the registry’s tags that found what nobody had told'),
    test: Type.Boolean({ description: 'Made by a test of a chain: nothing was published' }),
  },
  { title: 'Push' },
);

export const RunOfPush = Closed({
  id: Type.String(),
  chain: Type.String({ description: 'Slug of the chain' }),
  state: RunState,
  redelivery_of: Nullable(Type.String()),
});

export const PushWithRuns = Closed({ ...Push.properties, runs: Type.Array(RunOfPush) }, { title: 'PushWithRuns' });

export const AcceptedPush = Closed(
  {
    id: Type.String(),
    tag: Type.String(),
    digest: Nullable(Type.String()),
    pusher: Type.String(),
    pushed_at: Moment,
    runs: Type.Array(Closed({ id: Type.String(), chain: Type.String(), state: RunState })),
  },
  { title: 'AcceptedPush' },
);

export const Digest = Type.String({ pattern: '^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}$', maxLength: 255 });
export const TagName = Type.String({ pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$', default: 'latest' });
const Size = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'Bytes' });
const Word = Type.String({ minLength: 1, maxLength: 64 });

/** One image of a manifest list, by the names of the OCI image index. */
const Platform = Closed({
  digest: Digest,
  architecture: Word,
  os: Word,
  variant: Type.Optional(Nullable(Word)),
  os_version: Type.Optional(Nullable(Word)),
  size: Type.Optional(Size),
});
export type Platform = Static<typeof Platform>;

export const NewPush = Closed({
  tag: Type.Optional(TagName),
  digest: Type.Optional(Digest),
  images: Type.Optional(
    Type.Array(Type.Union([Type.String({ minLength: 1, maxLength: 255 }), Platform]), {
      maxItems: 100,
      description: 'Ids of the images, or what is known of each platform’s image; webhooks get ids and digests',
    }),
  ),
  media_type: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  size: Type.Optional({ ...Size, description: 'Bytes; by default those of all images' }),
});

const Attempt = Closed(
  {
    number: Type.Integer(),
    started: Moment,
    duration_ms: Nullable(Type.Integer({ description: 'null while the request is under way' })),
    status: Nullable(Type.Integer()),
    error: Nullable(Type.String()),
    error_detail: Nullable(Type.String()),
    request_headers: Headers,
    request_body: Nullable(Type.String({ description: 'The first 4096 characters, `…` in place of the callback’s token' })),
    response_headers: Headers,
    response_body: Nullable(Type.String({ description: 'At most 64 KiB' })),
  },
  { title: 'Attempt' },
);

const Delivery = Closed(
  {
    id: Type.String({ description: 'Also the `webhook-id` of every attempt' }),
    position: Type.Integer(),
    name: Type.String(),
    hook_url: Type.String(),
    state: oneOf(DELIVERY_STATES),
    reason: Nullable(Type.String({ description: 'Why it ended so; of an open one, why it waits: `endpoint_paused`, `endpoint_busy`' })),
    next_attempt: Nullable(Moment),
    callback_due: Nullable(Moment),
    carried_over_from: Nullable(Type.String()),
    attempts: Type.Array(Attempt),
    callback: Nullable(RecordedCallback),
  },
  { title: 'Delivery' },
);

export const Run = Closed(
  {
    id: Type.String(),
    state: RunState,
    chain: Closed({ slug: Type.String(), name: Type.String() }),
    push: Push,
    created: Moment,
    finished: Nullable(Moment),
    workflow_id: Type.String(),
    redelivery_of: Nullable(Type.String()),
    deliveries: Type.Array(Delivery),
  },
  { title: 'Run' },
);

export const Redelivery = Closed({
  from: Type.Optional(Type.String({ enum: ['start', 'failed'], default: 'start' })),
});
