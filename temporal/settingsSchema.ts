import { Type, type Static } from '@sinclair/typebox';

const CLOSED = { additionalProperties: false } as const;
/** A key that goes to the CLI as `KEY=VALUE`: neither `=` nor a blank in it. */
const Key = Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_.]*$' });
const Count = Type.Integer({ minimum: 1, maximum: 100_000 });
const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$' });

/** The types of a search attribute, spelt as the CLI spells them. */
const AttributeType = Type.Enum({
  Text: 'Text',
  Keyword: 'Keyword',
  Int: 'Int',
  Double: 'Double',
  Bool: 'Bool',
  Datetime: 'Datetime',
  KeywordList: 'KeywordList',
} as const);
/** One of the types that a search attribute may have. */
export type AttributeTypeName = Static<typeof AttributeType>;

const Worker = Type.Object(
  {
    'task-queue': Name,
    'max-cached-workflows': Count,
    'workflow-task-slots': Count,
    'local-activity-slots': Count,
    'activity-slots': Count,
    // The SDK wants two pollers or more: one of them serves the sticky queue.
    'workflow-task-pollers': Type.Integer({ minimum: 2, maximum: 1000 }),
    'activity-task-pollers': Type.Integer({ minimum: 1, maximum: 1000 }),
  },
  CLOSED,
);

const DevServer = Type.Object(
  {
    ip: Type.String({ pattern: '^[0-9]{1,3}(\\.[0-9]{1,3}){3}$' }),
    'ui-port': Type.Integer({ minimum: 1, maximum: 65_535 }),
    'log-level': Type.Enum({ debug: 'debug', info: 'info', warn: 'warn', error: 'error', never: 'never' } as const),
  },
  CLOSED,
);

const Hookline = Type.Object(
  {
    worker: Worker,
    namespace: Type.Object({ retention: Type.String({ pattern: '^[1-9][0-9]{0,5}h$' }) }, CLOSED),
    'search-attributes': Type.Record(Key, AttributeType, CLOSED),
    'dev-server': DevServer,
    'sqlite-pragmas': Type.Record(Key, Type.String({ pattern: '^[A-Za-z0-9_-]+$' }), CLOSED),
    'dynamic-config': Type.Record(Key, Type.Union([Type.Boolean(), Type.Number(), Type.String()]), CLOSED),
  },
  CLOSED,
);

const Env = Type.Object(
  { address: Type.String({ pattern: '^[0-9]{1,3}(\\.[0-9]{1,3}){3}:[1-9][0-9]{0,4}$' }), namespace: Name },
  CLOSED,
);

/** The shape of temporal.yaml. Objects are closed: a misspelt key is a fault, not a silent default. */
export const TemporalFile = Type.Object({ env: Type.Object({ default: Env }, CLOSED), hookline: Hookline }, CLOSED);
/** What a valid temporal.yaml holds, as written. */
export type TemporalFile = Static<typeof TemporalFile>;
