import { Type } from '@sinclair/typebox';
import { createReader } from '../hookPayloads.js';
import { maybe, Text, type InboundCall, type Told } from './told.js';

const Account = Type.Object({ login: Text });
/** https://docs.gitea.com/usage/webhooks, and the structure PackagePayload of its source. */
const Payload = Type.Object({
  action: Text,
  package: Type.Object({ owner: Account, creator: maybe(Account), type: Text, name: Text, version: Text }),
  sender: maybe(Account),
});

const read = createReader(Payload, (payload) => payload);

export function readGitea({ headers, body }: InboundCall): readonly Told[] {
  const event = headers['x-gitea-event'];
  if (event !== 'package') return [{ ignored: `the event ${event} is no push` }];
  const { action, package: { owner, creator, type, name, version }, sender } = read(body);
  if (type !== 'container') return [{ ignored: `a package of the type ${type} is no image` }];
  if (action !== 'created') return [{ ignored: `an image that was ${action} changes nothing here` }];
  return [
    {
      repository: `${owner.login}/${name}`,
      // The digest where nothing was tagged: the images of an index.
      tag: version,
      pusher: (sender ?? creator)?.login,
      delivery: headers['x-gitea-delivery'],
    },
  ];
}
