import { Type } from '@sinclair/typebox';
import { createReader } from '../hookPayloads.js';
import { LIST_LIMIT, maybe, Text, type InboundCall, type Told } from './told.js';

/** https://docs.quay.io/guides/notifications.html */
const Payload = Type.Object({
  repository: Text,
  docker_url: maybe(Text),
  updated_tags: maybe(Type.Array(Text, { maxItems: LIST_LIMIT })),
});

const read = createReader(Payload, ({ repository, docker_url, updated_tags }): Told[] => {
  if (!updated_tags) return [{ ignored: 'it names no updated tags, so it is no push' }];
  // Neither an id nor a moment nor a digest: a repeated call and another push of the same tag look alike. Quay repeats
  // only what was not answered with a 2xx, five minutes later, and then nothing was recorded. So every call is a push.
  return [...new Set(updated_tags)].map((tag) => ({ repository: docker_url ?? repository, tag, delivery: undefined }));
});

export function readQuay({ body }: InboundCall): readonly Told[] {
  return read(body);
}
