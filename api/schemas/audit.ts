import { Type } from '@sinclair/typebox';
import { Closed, FilterText, GivenMoment, Moment, PageOf, PageQuery } from './shapes.js';

const AuditEvent = Closed(
  {
    id: Type.String(),
    account: Type.String({ description: 'User or organization concerned' }),
    action: Type.String(),
    name: Type.String({ description: 'What in the account it happened to; empty for the account itself' }),
    actor: Type.String(),
    data: Type.Record(Type.String(), Type.Unknown()),
    ip_address: Type.String(),
    timestamp: Moment,
    action_description: Type.String(),
  },
  { title: 'AuditEvent' },
);

const { results, ...page } = PageOf(AuditEvent).properties;
export const AuditLog = Closed({ ...page, logs: results });

export const AuditQuery = Closed({
  ...PageQuery,
  action: Type.Optional(FilterText),
  name: Type.Optional(FilterText),
  actor: Type.Optional(FilterText),
  from: Type.Optional(GivenMoment),
  to: Type.Optional(GivenMoment),
});

export const HubAuditQuery = Closed({ ...AuditQuery.properties, account: Type.Optional(FilterText) });

export const AuditActions = Closed({
  actions: Type.Record(
    Type.String(),
    Closed({ label: Type.String(), actions: Type.Array(Closed({ name: Type.String(), description: Type.String(), label: Type.String() })) }),
  ),
});
