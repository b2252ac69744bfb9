import { Type, type Static } from '@sinclair/typebox';
import { createReader } from '../hookPayloads.js';
import { describeImage, Part, readDigest } from './images.js';
import { LIST_LIMIT, maybe, Text, type InboundCall, type Told } from './told.js';

const Container = Type.Object({
  tag: maybe(Type.Object({ name: maybe(Text), digest: maybe(Text) })),
  manifest: maybe(
    Type.Object({
      digest: maybe(Text),
      media_type: maybe(Text),
      config: maybe(Part),
      layers: maybe(Type.Array(Part, { maxItems: LIST_LIMIT })),
    }),
  ),
});
const Package = Type.Object({
  name: Text,
  owner: Type.Object({ login: Text }),
  package_version: maybe(Type.Object({ container_metadata: maybe(Container) })),
});

/** https://docs.github.com/webhooks/webhook-events-and-payloads#package, and #registry_package, which says the same. */
const Payload = Type.Object({
  action: Text,
  package: Type.Optional(Package),
  registry_package: Type.Optional(Package),
  sender: maybe(Type.Object({ login: maybe(Text) })),
});

const read = createReader(Payload, (payload) => payload);
const EVENTS: readonly (string | undefined)[] = ['package', 'registry_package'];
// An image that was there gets a tag: `updated`.
const ACTIONS: readonly string[] = ['published', 'updated'];

export function readGhcr({ headers, body }: InboundCall): readonly Told[] {
  const event = headers['x-github-event'];
  if (!EVENTS.includes(event)) return [{ ignored: `the event ${event} is no push` }];
  const { action, sender, ...either } = read(body);
  const found = either.package ?? either.registry_package;
  const container = found?.package_version?.container_metadata;
  if (!found || !container || !ACTIONS.includes(action)) return [{ ignored: `a package ${action} is no push of an image` }];
  return [
    {
      repository: `ghcr.io/${found.owner.login}/${found.name}`,
      tag: container.tag?.name ?? '',
      pusher: sender?.login,
      delivery: headers['x-github-delivery'],
      ...readManifest(container),
    },
  ];
}

function readManifest({ tag, manifest }: Static<typeof Container>) {
  const digest = readDigest(manifest?.digest) ?? readDigest(tag?.digest);
  const mediaType = manifest?.media_type;
  const parts = manifest?.config ? [manifest.config, ...(manifest.layers ?? [])] : [];
  return { digest, mediaType, image: describeImage({ digest, mediaType }, parts) };
}
