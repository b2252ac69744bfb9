import { createHash } from 'node:crypto';
import type { InboundRow } from '../db/inbounds.js';
import type { NewPush, PushReceipt } from '../db/pushes.js';
import type { ApiError } from './errors.js';
import { cut } from './hookPayloads.js';
import { readDigest } from './inbound/images.js';
import type { ForeignPush, Told } from './inbound/told.js';
import { TagName } from './schemas/runs.js';

/** What a call leaves to be written, and why the rest of it is not. */
export interface Sifted {
  readonly pushes: readonly NewPush[];
  readonly ignored: readonly string[];
}

const TEXT_LENGTH = 255;
const PUSHER_LENGTH = 100;
const isTag = (text: string): boolean => new RegExp(TagName.pattern ?? '').test(text);
/** Signatures, attestations and lists of referrers are kept under tags that are made from an image's digest. */
const isOfDigest = (tag: string): boolean => /^sha(256|512)-[0-9a-f]{64,128}(\.|$)/.test(tag);

/** Chooses among what a registry tells the pushes that mean this repository here. */
export function siftTold(inbound: InboundRow, told: readonly Told[]): Sifted {
  const pushes: NewPush[] = [];
  const ignored = new Set<string>();
  for (const entry of told) {
    const reason = 'ignored' in entry ? entry.ignored : findReason(inbound, entry);
    if (reason !== undefined) ignored.add(reason);
    else if ('tag' in entry) pushes.push(toPush(inbound, entry));
  }
  return { pushes, ignored: [...ignored] };
}

function findReason({ upstream }: InboundRow, { repository, tag }: ForeignPush): string | undefined {
  if (upstream !== null && !isSameRepository(upstream, repository)) return `it is about ${repository}, not ${upstream}`;
  if (!isTag(tag)) return 'nothing was tagged';
  return isOfDigest(tag) ? 'the tag is of a signature or an attestation' : undefined;
}

/** Whether both name the same repository; hosts count where both have one. Names in another case are the same. */
function isSameRepository(ours: string, theirs: string): boolean {
  const [left, right] = [splitHost(ours), splitHost(theirs)];
  return left.name === right.name && (left.host === undefined || right.host === undefined || left.host === right.host);
}

/** As docker reads names: what stands before the first slash is a host where it has a full stop or a port. */
function splitHost(text: string): { host: string | undefined; name: string } {
  const [, host, name = ''] = /^(?:((?:[^/]*[.:][^/]*)|localhost)\/)?(.*)$/s.exec(text.toLowerCase()) ?? [];
  return { host, name };
}

function toPush({ id, provider, repository_id }: InboundRow, push: ForeignPush): NewPush {
  const { tag, pusher, delivery, image, mediaType } = push;
  const digest = readDigest(push.digest);
  const { images = digest === null ? [] : [digest], platforms = [], size = null } = image ?? {};
  return {
    repository_id,
    tag,
    digest,
    images: JSON.stringify(images),
    platforms: JSON.stringify(platforms),
    media_type: mediaType ? cut(mediaType, TEXT_LENGTH) : null,
    size,
    // No user name here has a colon: nobody takes it for one of ours.
    pusher: `${provider}:${cleanName(pusher) || 'unknown'}`,
    is_test: false,
    idempotency_key: delivery === undefined ? null : hash([id, delivery, tag, digest]),
    request_hash: null,
  };
}

/** Without characters that are not seen, or that turn what follows round. */
function cleanName(name: string | null | undefined): string {
  return cut((name ?? '').replace(/\p{C}/gu, '').trim(), PUSHER_LENGTH);
}

function hash(parts: readonly (string | null)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** What came of a call, in words for its sender and for whoever looks at the address. */
export function describeOutcome(receipts: readonly PushReceipt[], ignored: readonly string[]): string {
  const repeated = receipts.filter((receipt) => receipt.repeated).length;
  const parts = [
    ...countPushes('Recorded', receipts.length - repeated),
    ...countPushes('Recorded before:', repeated),
    ...(ignored.length > 0 ? [`Ignored: ${ignored.join('; ')}`] : []),
  ];
  return cut(parts.join('. ') || 'Ignored: it tells of nothing', TEXT_LENGTH);
}

function countPushes(word: string, count: number): string[] {
  return count === 0 ? [] : [`${word} ${count} ${count === 1 ? 'push' : 'pushes'}`];
}

/** The same of a call that was refused. */
export function describeRefusal({ detail }: Pick<ApiError, 'detail'>): string {
  return cut(`Refused: ${detail}`, TEXT_LENGTH);
}
