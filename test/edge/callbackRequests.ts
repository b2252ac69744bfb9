import { gzipSync } from 'node:zlib';
import { drawBadValue, drawBomb, drawMembers, drawNoJson, drawNoObject, drawPrototype, drawTwice, write } from './callbackTexts.js';
import type { Random } from './random.js';

/** What may be answered: to a callback that is right, and to one that is not. */
const TAKEN = [200, 404, 409, 410];
const REFUSED = [400];
const EITHER = [...TAKEN, ...REFUSED];
const LIMIT = 16 * 1024;

interface Drawn {
  readonly body: Buffer | string;
  readonly statuses: readonly number[];
  readonly headers?: string;
  readonly isChunked?: boolean;
}

/** One callback as it is sent, the kind it is of, and the statuses that may answer it. */
export interface CallbackRequest {
  readonly kind: string;
  readonly bytes: Buffer;
  readonly statuses: readonly number[];
}

const JSON_TYPE = 'Content-Type: application/json\r\n';
const TYPES = ['', 'Content-Type: text/plain\r\n', 'Content-Type: application/x-www-form-urlencoded\r\n', 'Content-Type: application/jsonp\r\n', 'Content-Type: application/json; charset=utf-16\r\n', 'Content-Type: ;;\r\n', 'Content-Type: multipart/form-data; boundary=x\r\n'];
const CODINGS = ['gzip', 'deflate', 'br', 'zstd', 'gzip, identity', 'x'];
const BAD_BYTES = ['ff', 'c080', 'eda080', 'f4908080', 'c3', 'e28228', 'f0288cbc', '80'];

function drawRight(random: Random): string {
  return write(random, drawMembers(random));
}

function splice(bytes: Buffer, at: number, { drop = 0, add = Buffer.alloc(0) }: { drop?: number; add?: Buffer }): Buffer {
  return Buffer.concat([bytes.subarray(0, at), add, bytes.subarray(at + drop)]);
}

/** A right callback, hit a few times. Nobody knows what comes out. */
function mutate(random: Random): Buffer {
  let bytes: Buffer = Buffer.from(drawRight(random));
  for (let hits = random.between(1, 4); hits > 0; hits -= 1) {
    const at = random.between(0, bytes.length);
    const add = random.chance(0.5) ? Buffer.from([random.between(0, 255)]) : Buffer.from(random.pick(['"', '\\', '{', '}', '[', ',', ':', '\\u', '"state":', 'null']));
    bytes = splice(bytes, at, { drop: random.between(0, 3), add: random.chance(0.6) ? add : Buffer.alloc(0) });
  }
  return bytes;
}

/** The rest of a body behind it. */
function cut(random: Random): string {
  const text = drawRight(random).trim();
  return text.slice(0, random.between(0, text.length - 1));
}

function breakBytes(random: Random): Buffer {
  const text = '{"state":"success","x":""}';
  return splice(Buffer.from(text), text.length - 2, { add: Buffer.from(random.pick(BAD_BYTES), 'hex') });
}

function encodeWide(random: Random): Buffer {
  const bytes = Buffer.from(drawRight(random), 'utf16le');
  return random.chance(0.5) ? bytes : bytes.swap16();
}

/** Every kind of callback, and out of how many it is one. */
const KINDS: Readonly<Record<string, readonly [weight: number, draw: (random: Random) => Drawn]>> = {
  right: [8, (random) => ({ body: drawRight(random), statuses: TAKEN })],
  'right, in chunks': [4, (random) => ({ body: drawRight(random), statuses: TAKEN, isChunked: true })],
  'a bad value': [14, (random) => ({ body: drawBadValue(random), statuses: REFUSED })],
  'a name twice': [14, (random) => ({ body: drawTwice(random), statuses: REFUSED })],
  'no JSON': [12, (random) => ({ body: drawNoJson(random), statuses: REFUSED })],
  'no object': [6, (random) => ({ body: drawNoObject(random), statuses: REFUSED })],
  'a prototype': [6, (random) => ({ body: drawPrototype(random), statuses: REFUSED })],
  'brackets without end': [3, (random) => ({ body: drawBomb(random), statuses: REFUSED, isChunked: random.chance(0.2) })],
  'cut off': [8, (random) => ({ body: cut(random), statuses: REFUSED })],
  'a byte order mark': [2, (random) => ({ body: `\ufeff${drawRight(random).trim()}`, statuses: REFUSED })],
  'no UTF-8': [4, (random) => ({ body: random.chance(0.7) ? breakBytes(random) : encodeWide(random), statuses: REFUSED })],
  mutated: [14, (random) => ({ body: mutate(random), statuses: EITHER })],
  'another type': [2, (random) => ({ body: drawRight(random), statuses: [415], headers: random.pick(TYPES) })],
  coded: [2, (random) => ({ body: gzipSync(drawRight(random), { level: 1 }), statuses: [415], headers: `${JSON_TYPE}Content-Encoding: ${random.pick(CODINGS)}\r\n` })],
  'too large': [1, (random) => ({ body: `{"state":"success","x":"${'x'.repeat(LIMIT + random.between(0, LIMIT))}"}`, statuses: [413], isChunked: random.chance(0.3) })],
};

const DECK = Object.entries(KINDS).flatMap(([kind, [weight]]) => Array.from({ length: weight }, () => kind));

function writeChunks(random: Random, body: Buffer): Buffer {
  const chunks: Buffer[] = [];
  for (let at = 0; at < body.length;) {
    const size = Math.min(random.between(1, Math.max(32, body.length)), body.length - at);
    chunks.push(Buffer.from(`${size.toString(16)}\r\n`), body.subarray(at, at + size), Buffer.from('\r\n'));
    at += size;
  }
  return Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]);
}

/** Draws one callback to a path. */
export function drawRequest(random: Random, path: string): CallbackRequest {
  const kind = random.pick(DECK);
  const draw = KINDS[kind]?.[1];
  if (!draw) throw new Error(`${kind} is no kind`);
  const { body: drawn, statuses, headers = JSON_TYPE, isChunked = false } = draw(random);
  const body = Buffer.from(drawn);
  const length = isChunked ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
  const head = `POST ${path} HTTP/1.1\r\nHost: hub\r\n${headers}${length}\r\n\r\n`;
  // An empty body has no type to be wrong.
  return { kind, statuses: body.length === 0 ? REFUSED : statuses, bytes: Buffer.concat([Buffer.from(head), isChunked ? writeChunks(random, body) : body]) };
}
