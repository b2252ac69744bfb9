import { Type } from '@sinclair/typebox';
import { Closed, Moment, Nullable } from './shapes.js';

/** What the hub knows of the receiver behind a webhook. */
export const Endpoint = Closed(
  {
    state: Type.String({ enum: ['active', 'paused'] }),
    reason: Nullable(Type.String({ description: 'Why it is paused: `retry_after`, `timeout`, `connect_refused`, …, or `status_503`' })),
    paused_since: Nullable(Moment),
    paused_until: Nullable(Type.String({ format: 'date-time', description: 'When one delivery tries it' })),
    failures: Type.Integer({ description: 'Failed attempts in a row' }),
  },
  { title: 'Endpoint' },
);

/** A paused endpoint, for the administrator of the hub. */
export const PausedEndpoint = Closed(
  {
    webhook: Closed({ id: Type.String(), name: Type.String() }),
    namespace: Type.String(),
    repository: Type.String(),
    chain: Type.String({ description: 'Slug' }),
    host: Type.String({ description: 'Host and port of its URL' }),
    held: Type.Integer({ description: 'Deliveries that wait' }),
    endpoint: Endpoint,
  },
  { title: 'PausedEndpoint' },
);
