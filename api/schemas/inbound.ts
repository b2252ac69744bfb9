import { Type } from '@sinclair/typebox';
import { HookHeader, HookSecret } from './hooks.js';
import { Closed, Moment, Nullable } from './shapes.js';

const Provider = Type.String({ enum: ['docker-hub', 'harbor', 'quay', 'ghcr', 'gitea', 'zot', 'distribution'] });

export const NewInbound = Closed({
  provider: Provider,
  upstream: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9]+(?:[._:-]+[A-Za-z0-9]+)*(?:/[A-Za-z0-9]+(?:[._-]+[A-Za-z0-9]+)*)*$',
      maxLength: 255,
      examples: ['harbor.example/library/alpine'],
      description: 'The repository there, with or without its host. What is told of others is ignored',
    }),
  ),
  secret: Type.Optional(HookSecret),
});

export const Inbound = Closed(
  {
    id: Type.String(),
    provider: Provider,
    upstream: Nullable(Type.String()),
    url: Type.String({ description: 'What the registry’s webhook must call; who knows it may be the registry' }),
    secret: Type.Optional(Type.String({ description: 'For the registry’s webhook; shown once, in the answer that made it' })),
    has_secret: Type.Boolean({ description: 'Whether calls must prove a secret: Docker Hub and Quay can keep none' }),
    previous_secret_expires: Nullable(Moment),
    last_received: Nullable(Moment),
    last_outcome: Nullable(Type.String({ description: 'What came of the last call, also of one that was refused' })),
    created: Moment,
  },
  { title: 'Inbound' },
);

/** Headers that registries send. */
export const InboundHeaders = Type.Object({
  'x-github-event': HookHeader, 'x-github-delivery': HookHeader, 'x-hub-signature-256': HookHeader,
  'x-gitea-event': HookHeader, 'x-gitea-delivery': HookHeader, 'x-gitea-signature': HookHeader,
  'ce-specversion': HookHeader, 'ce-id': HookHeader, 'ce-source': HookHeader, 'ce-type': HookHeader,
});

export const InboundReceipt = Closed(
  {
    detail: Type.String(),
    pushes: Type.Array(Closed({ id: Type.String(), tag: Type.String(), digest: Nullable(Type.String()) })),
  },
  { title: 'InboundReceipt' },
);
