import { Type } from '@sinclair/typebox';
import { Closed, Nullable } from './shapes.js';

export const Health = Closed({ status: Type.Literal('ok') });

export const Readiness = Closed({
  status: Type.String({ enum: ['ok', 'degraded', 'stopping', 'unavailable'] }),
  database: Type.String({ enum: ['ok', 'not_writable'] }),
  migrations: Type.String({ enum: ['ok', 'pending'] }),
  temporal: Type.String({ enum: ['ok', 'away'] }),
  registry: Type.String({ enum: ['ok', 'away', 'off'], description: '`off`: the hub runs without one' }),
});

export const Version = Closed({
  name: Type.Literal('hookline'),
  version: Type.String(),
  instance: Type.String({ description: 'Made anew at each start of a process' }),
  registry: Nullable(Type.String({ description: 'Host and port that stand before the names of images; null where the hub runs without a registry', examples: ['registry.example:5000'] })),
  signup: Type.String({ enum: ['open', 'closed'], description: 'Whether anybody may create an account' }),
});
