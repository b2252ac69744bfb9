import { Type } from '@sinclair/typebox';
import { Closed } from './shapes.js';

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
  hub: Type.String({ description: 'The same for all processes of one hub: made of its secret key, and tells nothing of it' }),
  instance: Type.String({ description: 'Made anew at each start of a process' }),
});
