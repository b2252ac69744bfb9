import { Type, type Static } from '@sinclair/typebox';
import { createReader } from '../hookPayloads.js';
import { describeImage, Part } from './images.js';
import { LIST_LIMIT, maybe, Text, type InboundCall, type Told } from './told.js';

/** https://distribution.github.io/distribution/about/notifications/ */
const Event = Type.Object({
  id: Type.Optional(Text),
  action: Text,
  target: Type.Object({
    repository: maybe(Text),
    tag: maybe(Text),
    digest: maybe(Text),
    mediaType: maybe(Text),
    // With `includereferences` alone.
    references: maybe(Type.Array(Part, { maxItems: LIST_LIMIT })),
  }),
  actor: maybe(Type.Object({ name: maybe(Text) })),
});

const read = createReader(Type.Object({ events: Type.Array(Event, { maxItems: LIST_LIMIT }) }), ({ events }) => events.map(readEvent));

/** A registry tells of all its repositories, and of blobs and pulls as well. */
export function readDistribution({ body }: InboundCall): readonly Told[] {
  return read(body);
}

function readEvent({ id, action, target, actor }: Static<typeof Event>): Told {
  if (action !== 'push') return { ignored: `a ${action} is no push` };
  const { repository, tag, digest, mediaType, references } = target;
  // The host that the event names is the one that the client wrote into its request: it says nothing.
  return {
    repository: repository ?? '',
    tag: tag ?? '',
    digest,
    mediaType,
    image: describeImage(target, references ?? []),
    pusher: actor?.name,
    delivery: id,
  };
}
