import { Type, type Static } from '@sinclair/typebox';
import { Digest } from '../schemas/runs.js';
import { cut } from '../hookPayloads.js';
import { maybe, Text } from './told.js';

/** What a manifest points at, by the names of the OCI specification. */
export const Part = Type.Object({
  digest: maybe(Text),
  size: maybe(Type.Number()),
  platform: maybe(Type.Object({ architecture: maybe(Text), os: maybe(Text), variant: maybe(Text), 'os.version': maybe(Text) })),
});
type Part = Static<typeof Part>;

/** What is known of an image beyond its own digest. */
export interface ForeignImage {
  /** Digests. */
  readonly images: readonly string[];
  readonly platforms: readonly object[];
  /** Bytes, compressed; null where they are not known. */
  readonly size: number | null;
}

/** Platforms that are kept, as many as a request to the API may name. */
const PLATFORMS_LIMIT = 100;
const WORD_LENGTH = 64;
const isIndex = (mediaType: string): boolean => /\.(image\.index|manifest\.list)\./.test(mediaType);

/** The digest where it is one, null otherwise. */
export function readDigest(text: string | null | undefined): string | null {
  return text && text.length <= (Digest.maxLength ?? 0) && new RegExp(Digest.pattern ?? '').test(text) ? text : null;
}

/** An image by its manifest: configuration and layers, or, of an index, the images of its platforms. */
export function describeImage(
  { digest, mediaType }: { digest?: string | null | undefined; mediaType?: string | null | undefined },
  parts: readonly Part[],
): ForeignImage {
  if (isIndex(mediaType ?? '')) {
    const children = parts.filter(isImage).slice(0, PLATFORMS_LIMIT).map(describePlatform);
    // The sizes that an index gives are those of manifests.
    return { images: children.map((child) => child.digest), platforms: children, size: null };
  }
  const own = readDigest(digest);
  return { images: own === null ? [] : [own], platforms: [], size: sum(parts) };
}

/** Attestations stand in an index as images of an unknown platform. */
function isImage({ digest, platform }: Part): boolean {
  return readDigest(digest) !== null && platform?.architecture !== 'unknown';
}

function describePlatform({ digest, platform }: Part) {
  const { architecture, os, variant, 'os.version': version } = platform ?? {};
  const words = { architecture: architecture ?? 'unknown', os: os ?? 'unknown', variant: variant ?? null, os_version: version ?? null };
  const kept = Object.entries(words).map(([name, word]) => [name, word === null ? null : cut(word, WORD_LENGTH)] as const);
  return { digest: digest ?? '', ...Object.fromEntries(kept) };
}

function sum(parts: readonly Part[]): number | null {
  const total = parts.reduce((bytes, { size }) => bytes + (size ?? Number.NaN), 0);
  return parts.length > 0 && Number.isSafeInteger(total) && total >= 0 ? total : null;
}
