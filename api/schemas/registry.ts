import { Type } from '@sinclair/typebox';
import { Closed, FilterText, Moment, PageOf } from './shapes.js';

const asked = {
  service: Type.Optional(Type.String({ enum: ['hookline-registry'], description: 'Nobody else’s tokens are made here, whatever a client names' })),
  scope: Type.Optional(
    Type.Union([Type.String(), Type.Array(Type.String())], {
      description: 'What the token is to allow: `repository:NAME:pull,push,delete`, several separated by spaces or in a parameter each',
      examples: ['repository:alice/app:pull,push'],
    }),
  ),
  client_id: Type.Optional({ ...FilterText, description: 'What the client calls itself' }),
};

/** Clients send more than we read. */
const OTHERS = { additionalProperties: true };

export const TokenQuery = Type.Object(
  {
    ...asked,
    account: Type.Optional(Type.String({ description: 'The name of who asks; it must be that of the credentials' })),
    offline_token: Type.Optional(Type.String({ description: '`true`: answer a refresh token too' })),
  },
  OTHERS,
);

export const TokenForm = Type.Object(
  {
    ...asked,
    grant_type: Type.String({ enum: ['password', 'refresh_token'] }),
    username: Type.Optional(Type.String()),
    password: Type.Optional(Type.String({ description: 'Or an access token' })),
    refresh_token: Type.Optional(Type.String()),
    access_type: Type.Optional(Type.String({ description: '`offline`: answer a refresh token too' })),
  },
  OTHERS,
);

export const RegistryToken = Closed(
  {
    token: Type.String(),
    access_token: Type.String({ description: 'The same' }),
    expires_in: Type.Integer({ description: 'Seconds' }),
    issued_at: Type.String({ format: 'date-time' }),
    scope: Type.Optional(Type.String({ description: 'What it allows' })),
    refresh_token: Type.Optional(Type.String({ description: 'A registry login: good for further tokens until it is ended' })),
  },
  { title: 'RegistryToken' },
);

const RegistryLogin = Closed(
  {
    id: Type.String(),
    client_id: Type.String(),
    user_agent: Type.String(),
    address: Type.String(),
    created_at: Moment,
    last_used: Type.String({ ...Moment, description: 'To the minute; 90 days later the login is over' }),
  },
  { title: 'RegistryLogin' },
);

export const RegistryLogins = PageOf(RegistryLogin);

export const CatalogQuery = Type.Object(
  {
    n: Type.Optional(Type.Integer({ minimum: 0, default: 1000, description: 'Names a page; above 1000 is served as 1000' })),
    last: Type.Optional({ ...FilterText, description: 'The name before the first one of the page' }),
  },
  OTHERS,
);

export const Catalog = Closed({ repositories: Type.Array(Type.String({ description: 'The name it is pulled by' })) }, { title: 'Catalog' });
