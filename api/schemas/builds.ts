import { Type } from '@sinclair/typebox';
import { BUILD_RESULTS, BUILD_STATES } from '../../states.js';
import { HookHeader as header, HookSecret } from './hooks.js';
import { Closed, Moment, Nullable } from './shapes.js';

const oneOf = (values: readonly string[]) => Type.String({ enum: [...values] });
const Provider = oneOf(['github', 'bitbucket']);
const Name = '(?!\\.{1,2}(?:/|$))[A-Za-z0-9_.-]{1,100}';

/** The link of a repository to its source, as clients write it. */
export const SourceInput = Closed({
  provider: Provider,
  source: Type.String({ pattern: `^${Name}/${Name}$`, examples: ['acme/app'], description: '`owner/name` at the provider' }),
  dockerfile: Type.Optional(
    Type.String({
      // Relative, and never out of the source repository.
      pattern: '^(?!/)(?!(?:.*/)?\\.\\.(?:/|$))[^\\u0000-\\u001f\\u007f\\\\]+$',
      maxLength: 255,
      default: 'Dockerfile',
      description: 'Path in the source repository',
    }),
  ),
  secret: Type.Optional(HookSecret),
});

export const Source = Closed(
  {
    provider: Provider,
    source: Type.String(),
    source_url: Type.String(),
    dockerfile: Type.String(),
    webhook_url: Type.String({ description: 'What the provider’s webhook must call, with content type application/json' }),
    secret: Type.Optional(Type.String({ description: 'Of the provider’s webhook; shown once, in the answer that made it' })),
    previous_secret_expires: Nullable(Moment),
    created: Moment,
    last_updated: Moment,
  },
  { title: 'Source' },
);

export const BuildState = oneOf(BUILD_STATES);

const build = {
  id: Type.String(),
  state: BuildState,
  provider: Provider,
  source: Type.String(),
  source_url: Type.String(),
  dockerfile: Type.String(),
  ref: Type.String({ examples: ['refs/heads/main'], description: '`refs/heads/…` or `refs/tags/…`' }),
  commit: Type.String(),
  message: Type.String(),
  author: Type.String(),
  claimed_by: Nullable(Type.String()),
  claimed: Nullable(Moment),
  claim_expires: Nullable(Moment),
  description: Nullable(Type.String()),
  target_url: Nullable(Type.String()),
  created: Moment,
  finished: Nullable(Moment),
};

export const Build = Closed(build, { title: 'Build' });
const claim = Type.String({ minLength: 1, maxLength: 100, description: 'From the answer to the claim' });
export const ClaimedBuild = Closed({ ...build, claim }, { title: 'ClaimedBuild' });

/** The same spelling as elsewhere; the bounds are the handler's. */
const Lifetime = Type.String({ pattern: '^[0-9]{1,9}(ms|s|m|h|d)$', default: '1h', description: 'From `1m` to `24h`' });

export const NewClaim = Closed({ lifetime: Type.Optional(Lifetime) });
export const Renewal = Closed({ claim, lifetime: Type.Optional(Lifetime) });
export const BuildEnd = Closed({
  claim,
  state: oneOf(BUILD_RESULTS),
  description: Type.Optional(Nullable(Type.String({ maxLength: 255 }))),
  target_url: Type.Optional(Nullable(Type.String({ maxLength: 2000, format: 'http-url' }))),
});

/** Headers that the providers send. */
export const SourceHeaders = Type.Object({
  'x-github-event': header, 'x-github-delivery': header, 'x-hub-signature-256': header,
  'x-event-key': header, 'x-request-uuid': header, 'x-hub-signature': header,
});

export const SourceReceipt = Closed(
  {
    detail: Type.String(),
    builds: Type.Array(Closed({ id: Type.String(), state: BuildState, ref: Type.String(), commit: Type.String() })),
  },
  { title: 'SourceReceipt' },
);
