import type { IncomingMessage } from 'node:http';
import getRawBody from 'raw-body';
import secureJson from 'secure-json-parse';
import { ApiError, createInputError, ERRORS } from './errors.js';

/** A body's text and what it says. */
export interface Body {
  readonly raw: string;
  readonly value: unknown;
}

/**
 * Reads a JSON body of at most `limit` bytes, strictly: its type must be JSON, its bytes UTF-8.
 * @throws ApiError 413, 415, 400
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  const type = request.headers['content-type'] ?? '';
  const isJson = /^application\/json *(;|$)/i.test(type);
  const bytes = await readBytes(request, limit);
  if (!isJson && bytes.length > 0) throw new ApiError('unsupported_media_type', describeType(type));
  if (bytes.length === 0) return { raw: '', value: {} };
  const raw = decode(bytes);
  return { raw, value: parse(raw) };
}

/** Forms are what GitHub's webhooks send unless they are told otherwise. */
function describeType(type: string): string {
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

function parse(raw: string): unknown {
  let value: unknown;
  try {
    value = secureJson.parse(raw, refuseBrokenText);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ApiError('malformed_json', error.message);
    throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw createInputError({ body: 'must be a JSON object' });
  }
  return value;
}

/** Text that a database refuses (NUL) or that no encoder can write (half a surrogate pair) is named at the door. */
function refuseBrokenText(key: string, value: unknown): unknown {
  if (typeof value === 'string' && (value.includes('\u0000') || /\p{Surrogate}/u.test(value))) {
    throw createInputError({ [key || 'body']: 'holds a NUL character or half a surrogate pair' });
  }
  return value;
}
