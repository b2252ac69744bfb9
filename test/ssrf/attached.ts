import { createRegistryClient, RegistryAwayError, type RegistryClient } from '../../registry/client.js';
import type { Cleaner } from '../helpers/database.js';
import { startOutside, type Place } from './place.js';
import { STATUSES } from './redirects.js';
import type { Check } from './report.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
/** All that the hub asks a registry but for blobs, which may lie in a bucket. */
const QUESTIONS: Readonly<Record<string, (client: RegistryClient) => Promise<unknown>>> = {
  'a digest': (client) => client.findDigest('a/b', 'latest'),
  'a manifest': (client) => client.findManifest('a/b', DIGEST),
  tags: (client) => client.listTags('a/b'),
  repositories: (client) => client.listRepositories(),
  'a deletion': (client) => client.deleteManifest('a/b', DIGEST),
};

/** An attached registry that sends the hub's own questions on, by a redirect or by the link to a next page. */
export async function tryRegistry(t: Cleaner, { canary }: Place, check: Check): Promise<void> {
  let status = 0;
  const inside = `http://127.0.0.1:${canary.port}`;
  const origin = await startOutside(t, ({ url }, response) => {
    const isPage = status === 200 && !url?.includes('last=');
    response.writeHead(status, { 'content-type': 'application/json', ...(status === 200 ? (isPage ? { link: `<${inside}/v2/_catalog?last=a>; rel="next"` } : {}) : { location: `${inside}/v2/x` }) }).end('{"repositories":["a"]}');
  });
  const client = createRegistryClient(() => origin, undefined);
  for (status of STATUSES) {
    for (const [what, question] of Object.entries(QUESTIONS)) {
      const isAway = await question(client).then(() => false, (error: unknown) => error instanceof RegistryAwayError);
      check('registry that redirects', `${status} to ${what}`, isAway && canary.connections === 0);
    }
  }
  status = 200;
  check('registry whose next page is elsewhere', 'the catalog', (await client.listRepositories())?.join() === 'a,a' && canary.connections === 0);
}
