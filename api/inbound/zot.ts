import { Type, type Static } from '@sinclair/typebox';
import secureJson from 'secure-json-parse';
import { createInputError } from '../errors.js';
import { createReader } from '../hookPayloads.js';
import { readCloudEvent, type CloudEvent } from './cloudEvents.js';
import { describeImage, Part } from './images.js';
import { LIST_LIMIT, maybe, Text, type InboundCall, type Told } from './told.js';

/** https://zotregistry.dev/latest/articles/events/ */
const Data = Type.Object({
  name: Text,
  reference: Text,
  digest: maybe(Text),
  mediaType: maybe(Text),
  /** The manifest itself, as text. */
  manifest: maybe(Type.String()),
  actor: maybe(Type.Object({ name: maybe(Text) })),
});

const Manifest = Type.Object({
  config: maybe(Part),
  layers: maybe(Type.Array(Part, { maxItems: LIST_LIMIT })),
  manifests: maybe(Type.Array(Part, { maxItems: LIST_LIMIT })),
});
const readParts = createReader(Manifest, ({ config, layers, manifests }) => manifests ?? (config ? [config, ...(layers ?? [])] : []));
const readData = createReader(Data, (data) => data);

export function readZot(call: InboundCall): readonly Told[] {
  const event = readCloudEvent(call);
  if (!event) throw createInputError({ 'ce-specversion': 'is required, or specversion in the body' });
  if (event.type !== 'zotregistry.image.updated') return [{ ignored: `${event.type} is no push` }];
  return [describePush(event, readData(event.data))];
}

function describePush({ delivery }: CloudEvent, data: Static<typeof Data>): Told {
  const { name, reference, digest, mediaType, manifest, actor } = data;
  const image = describeImage(data, readParts(parseManifest(manifest ?? '{}')));
  return { repository: name, tag: reference, digest, mediaType, image, pusher: actor?.name, delivery };
}

function parseManifest(text: string): unknown {
  const manifest: unknown = secureJson.safeParse(text);
  if (typeof manifest !== 'object' || manifest === null) throw createInputError({ 'data.manifest': 'must be the text of a manifest' });
  return manifest;
}
