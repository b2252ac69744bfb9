import type { IncomingMessage } from 'node:http';
import { finished } from 'node:stream/promises';
import getRawBody from 'raw-body';
import secureJson from 'secure-json-parse';
import { ApiError, createInputError, ERRORS } from './errors.js';
import { parseStrictly } from './json.js';

/** A body's text and what it says. */
export interface Body {
  readonly raw: string;
  readonly value: unknown;
}

/** What bodies may be, and how each is read. */
const PARSERS = {
  'application/json': parseJson,
  'application/x-www-form-urlencoded': parseForm,
  'application/vnd.docker.distribution.events.v2+json': parseJson,
} as const;
export type BodyType = keyof typeof PARSERS;

/**
 * Reads a body of at most `limit` bytes, strictly: it must be of this type, uncompressed, its bytes UTF-8.
 * @throws ApiError 413, 415, 400
 */
export async function readBody(request: IncomingMessage, limit: number, expected: BodyType = 'application/json'): Promise<Body> {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').split(';');
  const bytes = await readBytes(request, limit);
  if (bytes.length === 0) return { raw: '', value: {} };
  if (simplify(type) !== expected) throw new ApiError('unsupported_media_type', describeType(type, expected));
  requirePlain(request.headers['content-encoding'], parameters);
  const raw = decode(bytes);
  return { raw, value: PARSERS[expected](raw) };
}

/**
 * Reads a body whose sender would send it again for ever if it were refused. Whatever is no JSON object, or larger than
 * `limit` bytes, is an empty one, once its last byte has come. Text may hold anything.
 */
export async function readAnyBody(request: IncomingMessage, limit: number): Promise<Body> {
  try {
    const raw = (await readBytes(request, limit)).toString('utf8');
    const value: unknown = secureJson.parse(raw, { protoAction: 'remove', constructorAction: 'remove' });
    return { raw, value: requireObject(value) };
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof SyntaxError)) throw error;
    if (!request.readableEnded && !request.destroyed) await finished(request.resume());
    return { raw: '', value: {} };
  }
}

/** JSON of whatever is JSON: application/cloudevents+json (RFC 6839, section 3.1). */
function simplify(type: string): string {
  return type.trim().toLowerCase().replace(/^application\/[\w.-]+\+json$/, 'application/json');
}

/** A compressed body says nothing of its size; and what is no UTF-8 by its own account is not read as if it were. */
function requirePlain(encoding: string | undefined, parameters: readonly string[]): void {
  if (encoding !== undefined && !/^(identity)?$/i.test(encoding.trim())) {
    throw new ApiError('unsupported_media_type', 'Send the body without Content-Encoding');
  }
  const charset = parameters.map((parameter) => /^\s*charset\s*=\s*"?([^"]*?)"?\s*$/i.exec(parameter)?.[1]).find((name) => name !== undefined);
  if (charset !== undefined && !/^(utf-?8|us-ascii)$/i.test(charset)) throw new ApiError('unsupported_media_type', 'Send the body in UTF-8');
}

/** Forms are what GitHub's webhooks send unless they are told otherwise. */
function describeType(type: string, expected: BodyType): string {
  if (expected !== 'application/json') return `Send ${expected}`;
  if (!/^application\/x-www-form-urlencoded/i.test(type)) return ERRORS.unsupported_media_type.message;
  return 'Send application/json, not a form: a webhook at GitHub has a setting for it, “Content type”';
}

async function readBytes(request: IncomingMessage, limit: number): Promise<Buffer> {
  try {
    return await getRawBody(request, { limit });
  } catch (error) {
    const { type, status } = error as { type?: string; status?: number };
    if (type === 'entity.too.large') throw new ApiError('body_too_large', `At most ${limit} bytes are taken`);
    if (status !== undefined && status < 500) throw new ApiError('malformed_json', 'The body broke off');
    throw error;
  }
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw new ApiError('malformed_json', 'The body is not UTF-8');
    throw error;
  }
}

function parseJson(raw: string): unknown {
  return requireObject(parseStrictly(raw, refuseBrokenText));
}

function requireObject(value: unknown): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw createInputError({ body: 'must be a JSON object' });
  }
  return value;
}

/** A field that stands more than once is a list of its values. */
function parseForm(raw: string): unknown {
  const fields = new URLSearchParams(raw);
  const values = [...new Set(fields.keys())].map((name) => {
    const all = fields.getAll(name).map((value) => refuseBrokenText(name, value));
    return [name, all.length === 1 ? all[0] : all] as const;
  });
  return Object.fromEntries(values);
}

/** Text that a database refuses (NUL) or that no encoder can write (half a surrogate pair) is named at the door. */
function refuseBrokenText(key: string, value: unknown): unknown {
  if (typeof value === 'string' && (value.includes('\u0000') || /\p{Surrogate}/u.test(value))) {
    throw createInputError({ [key || 'body']: 'holds a NUL character or half a surrogate pair' });
  }
  return value;
}
