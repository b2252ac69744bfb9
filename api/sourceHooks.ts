import { Type, type Static } from '@sinclair/typebox';
import type { BuildRequest } from '../db/builds.js';
import type { Provider } from '../db/sources.js';
import { createReader, cut } from './hookPayloads.js';

/** How a provider of source repositories writes its calls. */
interface SourceProvider {
  /** Its headers, in lower case: the event, the id of the call (the same when the call is repeated), the signature. */
  readonly event: string;
  readonly delivery: string;
  readonly signature: string;
  readonly pushEvent: string;
  /** Sent when a webhook is set up, to see whether anybody is there. */
  readonly pingEvent?: string;
  readonly readPush: (payload: unknown) => SourcePush;
}

/** What a push says, whoever tells it. */
export interface SourcePush {
  /** `owner/name` */
  readonly source: string;
  /** What is to be built; a branch or tag that was deleted is not. */
  readonly requests: readonly BuildRequest[];
}

/** Characters of a commit message that are kept. */
const MESSAGE_LENGTH = 1000;
const AUTHOR_LENGTH = 255;
/** References in one push. */
const CHANGES_LIMIT = 100;

// The schemas are open: providers send much more than this, and add to it.
const Ref = Type.String({ minLength: 1, maxLength: 1000 });
const Commit = Type.String({ pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$' });
const Text = Type.Optional(Type.String());
const repository = Type.Object({ full_name: Type.String({ minLength: 1, maxLength: 255 }) });

/** https://docs.github.com/webhooks/webhook-events-and-payloads#push */
const GitHubPush = Type.Object({
  ref: Ref,
  deleted: Type.Boolean(),
  after: Commit,
  head_commit: Type.Union([
    Type.Null(),
    Type.Object({ id: Commit, message: Type.String(), author: Type.Object({ name: Text, username: Text }) }),
  ]),
  repository,
});

/** https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/#Push */
const BitbucketChange = Type.Object({
  // Null: deleted.
  new: Type.Union([
    Type.Null(),
    Type.Object({
      type: Type.String(),
      name: Ref,
      target: Type.Object({
        hash: Commit,
        message: Text,
        author: Type.Optional(Type.Object({ raw: Text, user: Type.Optional(Type.Object({ nickname: Text, display_name: Text })) })),
      }),
    }),
  ]),
});
const BitbucketPush = Type.Object({
  push: Type.Object({ changes: Type.Array(BitbucketChange, { maxItems: CHANGES_LIMIT }) }),
  repository,
});

/** Each provider's way, by its name in the API. */
export const SOURCE_PROVIDERS: Readonly<Record<Provider, SourceProvider>> = {
  github: {
    event: 'x-github-event',
    // A redelivery by hand carries it again.
    delivery: 'x-github-delivery',
    // Not `x-hub-signature`, which is SHA-1.
    signature: 'x-hub-signature-256',
    pushEvent: 'push',
    pingEvent: 'ping',
    readPush: createReader(GitHubPush, readGitHubPush),
  },
  bitbucket: {
    event: 'x-event-key',
    // Of the event; its retries carry it again, and count in `x-attempt-number`. `x-hook-uuid` is the webhook's.
    delivery: 'x-request-uuid',
    signature: 'x-hub-signature',
    pushEvent: 'repo:push',
    readPush: createReader(BitbucketPush, readBitbucketPush),
  },
};

function readGitHubPush({ ref, deleted, after, head_commit: head, repository }: Static<typeof GitHubPush>): SourcePush {
  const isBuilt = !deleted && /^refs\/(heads|tags)\/./.test(ref);
  // An annotated tag's `after` is the tag itself, and its head the commit.
  const commit = head?.id ?? after;
  const author = head?.author.username ?? head?.author.name ?? '';
  return { source: repository.full_name, requests: isBuilt ? [describeRequest(ref, commit, head?.message ?? '', author)] : [] };
}

function readBitbucketPush({ push, repository }: Static<typeof BitbucketPush>): SourcePush {
  const requests = push.changes.flatMap(({ new: change }) => {
    if (change === null) return [];
    const { hash, message = '', author } = change.target;
    const name = author?.user?.nickname ?? author?.user?.display_name ?? author?.raw ?? '';
    return [describeRequest(`refs/${change.type === 'tag' ? 'tags' : 'heads'}/${change.name}`, hash, message, name)];
  });
  return { source: repository.full_name, requests };
}

function describeRequest(ref: string, commit: string, message: string, author: string): BuildRequest {
  return { ref, commit, message: cut(message, MESSAGE_LENGTH), author: cut(author, AUTHOR_LENGTH) };
}
