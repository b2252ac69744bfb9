import { Type, type Static } from '@sinclair/typebox';
import type { RegistryEvent } from '../db/registryEvents.js';
import { USER_AGENT } from '../registry/client.js';
import { isArtifact, isIndex, isManifest, listImages } from '../registry/mediaTypes.js';
import { ApiError } from './errors.js';
import { compileCheck } from './validate.js';

/**
 * What Distribution sends: https://distribution.github.io/distribution/about/notifications/. The schema is open, and
 * names what is read alone; most of it is what a client made the registry repeat. What it does not know is left out by
 * 2.8, and is empty text in 3.
 */
const Digest = Type.String({ pattern: '^([a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,128})?$' });
const Text = Type.Optional(Type.String());
const Reference = Type.Object({
  mediaType: Text,
  digest: Type.Optional(Digest),
  size: Type.Optional(Type.Number()),
  platform: Type.Optional(Type.Object({ architecture: Text, os: Text })),
  annotations: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
});
const Event = Type.Object({
  id: Type.String({ pattern: '^[\\x21-\\x7e]{1,255}$' }),
  timestamp: Type.String({ format: 'date-time' }),
  action: Type.String(),
  target: Type.Object({
    mediaType: Type.Optional(Type.String({ pattern: '^[\\x20-\\x7e]{0,255}$' })),
    digest: Type.Optional(Digest),
    repository: Type.String({ pattern: '^[a-z0-9._/-]{1,255}$' }),
    tag: Type.Optional(Type.String({ pattern: '^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$' })),
    references: Type.Optional(Type.Array(Reference)),
  }),
  request: Type.Optional(Type.Object({ method: Text, useragent: Text })),
  actor: Type.Optional(Type.Object({ name: Text })),
  source: Type.Optional(Type.Object({ instanceID: Type.Optional(Type.String({ pattern: '^[\\x20-\\x7e]{0,255}$' })) })),
});
type Event = Static<typeof Event>;

const check = compileCheck(Event, 'body');

/** What a notification says to us. */
export interface Notice {
  /** Of the registry's process. */
  readonly instance: string | undefined;
  /** Undefined: nothing that concerns us, as blobs and what we read ourselves. */
  readonly event: RegistryEvent | undefined;
}

/** Reads one event; undefined where it is none that we know. */
export function readNotice(value: unknown): Notice | undefined {
  try {
    check(value);
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
  const event = value as Event;
  const what = readWhat(event);
  const time = Date.parse(event.timestamp);
  if (Number.isNaN(time)) return undefined;
  return {
    instance: event.source?.instanceID || undefined,
    event: what && { id: event.id, at: new Date(time).toISOString(), repository: event.target.repository, what },
  };
}

function readWhat(event: Event): RegistryEvent['what'] | undefined {
  const { action, target, request } = event;
  if (action === 'push') return readPush(event);
  if (action === 'pull') {
    // HEAD looks whether there is something new; our own looks are nobody's pulls.
    const isPull = request?.method === 'GET' && isManifest(target.mediaType) && request.useragent !== USER_AGENT;
    return isPull ? { action } : undefined;
  }
  if (action !== 'delete') return undefined;
  const { tag, digest } = target;
  return { action, ...(tag ? { tag } : {}), ...(digest ? { digest } : {}) };
}

/** A manifest without a tag is one of an index, which comes after it. */
function readPush({ target, actor }: Event): RegistryEvent['what'] | undefined {
  const { tag, digest, mediaType, references = [] } = target;
  if (!tag || !digest) return undefined;
  return {
    action: 'push',
    tag,
    digest,
    media_type: mediaType || null,
    images: listImages(digest, mediaType, references),
    size: isIndex(mediaType) ? null : sumSizes(references),
    pusher: cleanName(actor?.name ?? ''),
    isArtifact: isArtifact(tag, mediaType, references),
  };
}

/** Bytes of configuration and layers; null where one of them has no proper size. The sizes that an index gives are those of manifests. */
function sumSizes(references: readonly { readonly size?: number }[]): number | null {
  const sizes = references.map(({ size = NaN }) => (size >= 0 ? size : NaN));
  const sum = sizes.reduce((total, size) => total + size, 0);
  return sizes.length > 0 && Number.isSafeInteger(sum) ? sum : null;
}

/** Names of a registry with accounts of its own may hold anything. */
function cleanName(name: string): string {
  return name.slice(0, 255).replace(/[\p{Cc}\p{Surrogate}]/gu, '');
}
