import { Type } from '@sinclair/typebox';
import { Closed, Moment, Nullable } from './shapes.js';

export const Health = Closed({ status: Type.Literal('ok') });

export const Readiness = Closed({
  status: Type.String({ enum: ['ok', 'degraded', 'stopping', 'unavailable'] }),
  database: Type.String({ enum: ['ok', 'not_writable'] }),
  migrations: Type.String({ enum: ['ok', 'pending'] }),
  temporal: Type.String({ enum: ['ok', 'away'] }),
  registry: Type.String({ enum: ['ok', 'away', 'off'], description: '`off`: the hub runs without one' }),
});

const { status, ...parts } = Readiness.properties;

/** A run that waits for Temporal, and where. */
const QueuedRun = Closed({ id: Type.String(), namespace: Type.String(), repository: Type.String(), created: Moment });

/** What the administrator looks at first. */
export const HubHealth = Closed(
  {
    status,
    ...parts,
    oldest_queued_run: Nullable(QueuedRun),
    queued_runs: Type.Integer({ description: 'Counted to 10,000 at most' }),
    running_runs: Type.Integer({ description: 'Likewise' }),
    overdue_runs: Type.Integer({ description: 'Under way, and what was due a minute ago has not come about' }),
    paused_endpoints: Type.Integer(),
  },
  { title: 'HubHealth' },
);

export const Version = Closed({
  name: Type.Literal('hookline'),
  version: Type.String(),
  hub: Type.String({ description: 'The same for all processes of one hub: made of its secret key, and tells nothing of it' }),
  instance: Type.String({ description: 'Made anew at each start of a process' }),
  registry: Nullable(Type.String({ description: 'Host and port that stand before the names of images; null where the hub runs without a registry', examples: ['registry.example:5000'] })),
  signup: Type.String({ enum: ['open', 'closed'], description: 'Whether anybody may create an account' }),
});
