import { Type } from '@sinclair/typebox';
import { createReader } from '../hookPayloads.js';
import { markMoment, maybe, Text, type InboundCall, type Told } from './told.js';

/** https://docs.docker.com/docker-hub/repos/manage/webhooks/ */
const Payload = Type.Object({
  push_data: Type.Object({ tag: maybe(Text), pusher: maybe(Text), pushed_at: maybe(Type.Number()) }),
  repository: Type.Object({ repo_name: Text }),
});

const read = createReader(Payload, ({ push_data: push, repository }): Told[] => [
  {
    repository: `docker.io/${repository.repo_name}`,
    tag: push.tag ?? '',
    pusher: push.pusher,
    delivery: markMoment(push.pushed_at, push.pusher),
  },
]);

export function readDockerHub({ body }: InboundCall): readonly Told[] {
  return read(body);
}
