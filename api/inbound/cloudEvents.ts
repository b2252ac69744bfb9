import { Type } from '@sinclair/typebox';
import { createReader } from '../hookPayloads.js';
import type { InboundCall } from './told.js';

/** An event of the CloudEvents specification, version 1. */
export interface CloudEvent {
  readonly type: string;
  /** One event's, and the same when it is sent again: `source` and `id` together (specification, section 3.1). */
  readonly delivery: string;
  readonly data: unknown;
}

const Attribute = Type.String({ minLength: 1, maxLength: 255 });
const readStructured = createReader(
  Type.Object({ specversion: Attribute, id: Attribute, source: Attribute, type: Attribute }),
  ({ id, source, type }) => ({ type, delivery: `${source} ${id}` }),
);
const readBinary = createReader(
  Type.Object({ 'ce-id': Attribute, 'ce-source': Attribute, 'ce-type': Attribute }),
  ({ 'ce-id': id, 'ce-source': source, 'ce-type': type }) => ({ type, delivery: `${source} ${id}` }),
);

/**
 * The event of a call in the structured mode, where the body is the event, or in the binary mode, where the headers are
 * and the body is its data. Undefined: the call is no CloudEvent.
 * @throws ApiError 400
 */
export function readCloudEvent({ headers, body }: InboundCall): CloudEvent | undefined {
  if (headers['ce-specversion'] !== undefined) return { ...readBinary(headers), data: body };
  const event = body as { readonly specversion?: unknown; readonly data?: unknown };
  return event.specversion === undefined ? undefined : { ...readStructured(event), data: event.data };
}
