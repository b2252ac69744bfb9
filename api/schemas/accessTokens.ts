import { Type } from '@sinclair/typebox';
import { Closed, GivenUtcMoment, Moment, Nullable, PageOf } from './shapes.js';

const Label = Type.String({ minLength: 1, maxLength: 100 });
const Scope = Type.String({
  enum: ['repo:public_read', 'repo:read', 'repo:write', 'repo:admin'],
  description: 'What the token may do at most: read public repositories; read; read and push; everything with repositories',
});

export const NewAccessToken = Closed({
  token_label: Type.Optional(Label),
  scopes: Type.Optional(Type.Array(Scope, { minItems: 1, uniqueItems: true, description: 'The widest counts; `repo:admin` where none is named' })),
  expires_at: Type.Optional(
    Type.Union(
      [Type.Literal(''), Type.Null(), GivenUtcMoment],
      { description: 'Never where it is left out, null or empty' },
    ),
  ),
  repository: Type.Optional(
    Type.String({ maxLength: 511, examples: ['acme/app'], description: 'For a robot: the token is good for this repository alone' }),
  ),
  is_active: Type.Optional(Type.Boolean({ description: 'Without meaning: Docker’s clients send false, and a new token is active' })),
});

export const AccessTokenChange = Closed({ token_label: Type.Optional(Label), is_active: Type.Optional(Type.Boolean()) });

export const AccessToken = Closed(
  {
    uuid: Type.String({ format: 'uuid' }),
    client_id: Type.Literal('HUB'),
    creator_ip: Type.String(),
    creator_ua: Type.String(),
    created_at: Moment,
    last_used: Nullable(Type.String({ ...Moment, description: 'To the minute' })),
    generated_by: Type.Literal('manual'),
    is_active: Type.Boolean(),
    token: Type.String({ description: 'Shown once, by the answer that created it; empty ever after' }),
    token_label: Type.String(),
    scopes: Type.Array(Scope),
    expires_at: Nullable(Type.String()),
    repository: Nullable(Type.String()),
  },
  { title: 'AccessToken' },
);

export const AccessTokens = Closed({ ...PageOf(AccessToken).properties, active_count: Type.Integer() });
