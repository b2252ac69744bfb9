import type { Api, ChainView } from '../e2e/api.js';
import { Repository } from '../e2e/api.js';
import { startReceiver, type Owner as ReceiverOwner } from '../helpers/receiver.js';
import { buildOrganization } from './organization.js';
import { PASSWORD } from './site.js';

/** What the pages are looked at with: addresses by what stands for them in pages.ts. */
export interface SiteScene {
  readonly values: Readonly<Record<string, string>>;
}

const README = `# Storefront

The web shop, as one image. It listens on **port 8080** and keeps nothing on disk.

## Run it

\`\`\`sh
docker run -p 8080:8080 -e DATABASE_URL=postgres://… alice/storefront
\`\`\`

| Variable | Default | Meaning |
|---|---|---|
| \`DATABASE_URL\` | – | where orders are kept |
| \`WORKERS\` | 4 | processes that answer |

- Every push of \`main\` is built, tested and deployed by the chain **ship**.
- [Source](https://git.example/alice/storefront)
`;

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;

const PLATFORMS = ['amd64', 'arm64'].map((architecture, index) => ({ digest: digest(String(index + 1)), architecture, os: 'linux', size: 48_300_000 - index * 1_700_000 }));

const OTHERS: readonly [name: string, description: string, stars: number][] = [
  ['nginx', 'The web server, with our defaults', 2],
  ['worker', 'Takes orders from the queue', 1],
  ['backup', 'Nightly dumps to object storage', 0],
];

async function buildRepositories(api: Api): Promise<void> {
  for (const username of ['alice', 'bob']) await api.post('/v2/users', { username, email: `${username}@shop.example`, password: PASSWORD });
  await api.login('alice', PASSWORD);
  await api.post('/v2/repositories', { namespace: 'alice', name: 'storefront', description: 'The web shop: built, tested and deployed at every push', full_description: README });
  await api.post('/v2/repositories', { namespace: 'alice', name: 'secret', description: 'Nobody else sees this', is_private: true });
  for (const [name, description] of OTHERS) await api.post('/v2/repositories', { namespace: 'alice', name, description });
}

async function buildOpinions(api: Api): Promise<void> {
  for (const username of ['alice', 'bob']) {
    await api.login(username, PASSWORD);
    const liked = ['storefront', ...OTHERS.filter(([, , stars]) => stars > (username === 'bob' ? 1 : 0)).map(([name]) => name)];
    for (const name of liked) await api.post(`/v2/repositories/alice/${name}/stars`);
  }
  await api.post('/v2/repositories/alice/storefront/comments', { comment: 'Runs here since spring without a hitch. Would you add an arm/v7 image?' });
  await api.login('alice', PASSWORD);
  await api.post('/v2/repositories/alice/storefront/comments', { comment: 'It is in the chain now, from 2.4 on.' });
  await api.post('/v2/repositories/alice/storefront/inbound', { provider: 'ghcr', upstream: 'ghcr.io/alice/storefront' });
}

/** A chain of three whose second receiver says what it is told: runs that succeed, that fail at two, and one that is under way. */
async function buildRuns(api: Api, t: ReceiverOwner): Promise<Record<string, string>> {
  const repository = new Repository(api, 'alice/storefront');
  const build = await startReceiver(t, { callback: 'success', path: '/build' });
  const tests = await startReceiver(t, { statuses: [200, 503, 200], path: '/tests' });
  const deploy = await startReceiver(t, { callback: 'success', path: '/deploy' });
  const webhooks = [['build', build], ['tests', tests], ['deploy', deploy]] as const;
  const chain: ChainView = await api.post(`${repository.path}/webhook_pipeline`, { name: 'ship', webhooks: webhooks.map(([name, { url }]) => ({ name, hook_url: url })) });
  const push = (tag: string, digit: string) => repository.pushOnce({ tag, digest: digest(digit), images: PLATFORMS });
  const good = await push('2.3', '3');
  await answer((await tests.request(1)).payload.callback_url, { state: 'success', description: 'all 214 tests passed', context: 'ci/tests', target_url: 'https://ci.example/builds/411' });
  await repository.waitForRun(good, 'the end', ({ state }) => state === 'success');
  const bad = await push('2.4', '4');
  await answer((await tests.request(3)).payload.callback_url, { state: 'failure', description: '2 of 214 tests failed', context: 'ci/tests', target_url: 'https://ci.example/builds/412' });
  await repository.waitForRun(bad, 'the end', ({ state }) => state === 'failure');
  const open = await push('2.5', '5');
  await repository.waitForRun(open, 'its second hop', ({ deliveries }) => deliveries[1]?.state === 'waiting');
  return { chain: chain.slug, good, bad, open };
}

async function answer(url: string, body: object): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`the callback was answered ${response.status}: ${await response.text()}`);
}

/** A test receiver that has been called and has not been answered; its id. */
async function buildTestReceiver(api: Api): Promise<string> {
  const { id, url } = await api.post<{ id: string; url: string }>('/v2/receivers', { name: 'alice/worker' });
  const worker = new Repository(api, 'alice/worker');
  await api.post(`${worker.path}/webhook_pipeline`, { name: 'first', webhooks: ['tests', 'deploy'].map((name) => ({ name, hook_url: url })) });
  const run = await worker.pushOnce({ tag: '1.0' });
  await worker.waitForRun(run, 'its first hop', ({ deliveries }) => deliveries[0]?.state === 'waiting');
  return id;
}

/** A hub with people in it: repositories, readme, tags, stars, comments, a chain and its runs. Ends logged in as the administrator. */
export async function buildScene(api: Api, t: ReceiverOwner): Promise<SiteScene> {
  await buildRepositories(api);
  await buildOpinions(api);
  const values = await buildRuns(api, t);
  const receiver = await buildTestReceiver(api);
  await buildOrganization(api);
  await api.login('admin', PASSWORD);
  await api.call('PATCH', '/v2/admin/repositories/alice/nginx', { is_official: true });
  return { values: { ...values, receiver } };
}
