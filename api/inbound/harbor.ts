import { Type, type Static } from '@sinclair/typebox';
import { createReader } from '../hookPayloads.js';
import { readCloudEvent } from './cloudEvents.js';
import { LIST_LIMIT, markMoment, maybe, Text, type InboundCall, type Told } from './told.js';

/** https://goharbor.io/docs/main/working-with-projects/project-configuration/configure-webhooks/ */
const Data = Type.Object({
  resources: Type.Array(Type.Object({ digest: maybe(Text), tag: maybe(Text), resource_url: maybe(Text) }), { maxItems: LIST_LIMIT }),
  repository: Type.Object({ repo_full_name: Text }),
});
const Operator = Type.Object({ operator: maybe(Text) });
const Default = Type.Object({ type: Text, occur_at: maybe(Type.Number()), operator: maybe(Text), event_data: maybe(Type.Unknown()) });

type Event = Pick<Extract<Told, { tag: string }>, 'pusher' | 'delivery'>;
const readData = createReader(Data, (data) => data);
const readOperator = createReader(Operator, ({ operator }) => operator);
const readDefault = createReader(Default, (payload) => payload);

/** Both formats that a webhook policy may be set to. */
export function readHarbor(call: InboundCall): readonly Told[] {
  const event = readCloudEvent(call);
  if (event) {
    if (event.type !== 'harbor.artifact.pushed') return [{ ignored: `${event.type} is no push` }];
    return readResources(readData(event.data), { pusher: readOperator(call.body), delivery: event.delivery });
  }
  const { type, occur_at, operator, event_data } = readDefault(call.body);
  if (type !== 'PUSH_ARTIFACT') return [{ ignored: `${type} is no push` }];
  return readResources(readData(event_data ?? {}), { pusher: operator, delivery: markMoment(occur_at, operator) });
}

function readResources({ resources, repository }: Static<typeof Data>, event: Event): Told[] {
  return resources.map(({ digest, tag, resource_url }) => ({
    ...event,
    // host/project/name:tag or host/project/name@digest
    repository: resource_url ? resource_url.replace(/(?:@|:(?!.*\/)).*$/, '') : repository.repo_full_name,
    // Of an artifact without a tag it is the digest.
    tag: tag ?? '',
    digest,
  }));
}
