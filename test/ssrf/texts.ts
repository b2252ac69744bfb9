import type { Registry } from '../../db/inbounds.js';
import { buildPlace, callbackPath, startApi, type Answer, type TestApi } from '../helpers/api.js';
import { advanceToWaiting, buildRepository, buildRun, pick, TEST_KEYRING } from '../helpers/builders.js';
import type { Cleaner } from '../helpers/database.js';
import { buildInbound, readInboundFixture, writeInboundHeaders } from '../helpers/inbound.js';
import { buildClaimedBuild, buildSource, readSourceFixture, signCall } from '../helpers/sources.js';
import type { Place } from './place.js';
import type { Check } from './report.js';

const INBOUND: readonly (readonly [Registry, string])[] = [
  ['docker-hub', 'docker-hub-push'], ['quay', 'quay-push'], ['quay', 'quay-build'], ['harbor', 'harbor-push'], ['harbor', 'harbor-cloudevent'], ['ghcr', 'ghcr-push'],
  ['ghcr', 'ghcr-registry-package'], ['gitea', 'gitea-push'], ['zot', 'zot-image'], ['zot', 'zot-structured'], ['distribution', 'distribution-push'],
];
/** Every text in a payload that is an address of something. */
const ADDRESSES = /"((?:https?|git|ssh):\/\/[^"]*|[a-z.]+(?::[0-9]+)?\/acme\/[^"]*)"/g;

/** What others write into their calls is kept, shown or dropped, and never asked for. */
export async function tryTexts(t: Cleaner, { canary, guard }: Place, check: Check): Promise<void> {
  const api = await startApi(t, { guard });
  const inside = `http://127.0.0.1:${canary.port}/`;
  const note = (what: string, { status }: Answer) => check('text that is kept', `${what} answered ${status}`, status < 300 && canary.connections === 0);
  for (const [provider, fixture] of INBOUND) note(fixture, await tellInbound(api, provider, readInboundFixture(fixture).replaceAll(ADDRESSES, poison(inside))));
  note('github-push', await tellSource(api, readSourceFixture('github-push').replaceAll(ADDRESSES, poison(inside))));
  note('events', await tellEvent(api, inside));
  for (const [what, answer] of await sendLinks(api, inside)) note(what, answer);
}

/** Names of images keep their path: a call that tells of nothing of ours would prove nothing. */
function poison(inside: string) {
  return (_: string, text: string) => JSON.stringify(/^(https?|git|ssh):/.test(text) ? inside : text);
}

async function tellInbound(api: TestApi, provider: Registry, body: string): Promise<Answer> {
  const { id } = await buildInbound(api.db, { provider });
  return api.request('POST', `/v2/inbound/${id}/`, { body, headers: writeInboundHeaders(provider, body) });
}

async function tellSource(api: TestApi, body: string): Promise<Answer> {
  const { id } = await buildSource(api.db);
  return api.request('POST', `/v2/sources/${id}/hook`, { body, headers: { 'X-GitHub-Event': 'push', 'X-GitHub-Delivery': 'one', 'X-Hub-Signature-256': signCall(body) } });
}

async function tellEvent(api: TestApi, url: string): Promise<Answer> {
  const { repository, owner } = await buildPlace(api);
  const target = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: `sha256:${'a'.repeat(64)}`, size: 5, repository: `${repository.namespace}/${repository.name}`, tag: '1', url };
  const { host } = new URL(url);
  const event = { id: 'one', timestamp: '2026-11-23T16:34:31Z', action: 'push', target, request: { id: 'r', addr: host, host, method: 'PUT', useragent: 'x' }, actor: { name: owner.username }, source: { addr: host, instanceID: 'one' } };
  return api.request('POST', '/events', { body: { events: [event] }, headers: { authorization: `Bearer ${TEST_KEYRING.deriveSecret('registry events')}` } });
}

/** Links that users and receivers leave: they are for readers to follow. */
async function sendLinks(api: TestApi, url: string): Promise<[string, Answer][]> {
  const { run, deliveries, repository: called } = await buildRun(api.db);
  const delivery = await advanceToWaiting(api.db, pick(deliveries).id);
  const { path, token, repository } = await buildPlace(api);
  await buildSource(api.db, { repository });
  const build = await buildClaimedBuild(api.db, repository);
  const text = `![x](${url}) [y](${url}) <img src="${url}">`;
  return [
    [`a callback of ${run.id}`, await api.request('POST', callbackPath(called, delivery.id), { body: { state: 'success', target_url: url, description: url } })],
    ['the end of a build', await api.request('POST', `${path}/builds/${build.id}/finish`, { token, body: { claim: build.claim, state: 'success', target_url: url } })],
    ['a description', await api.request('PATCH', path, { token, body: { full_description: text } })],
    ['a rendered readme', await api.request('GET', `${path}/readme.html`, { token })],
    ['a push of a public name', await api.request('POST', `${path}/pushes/`, { token, body: { tag: 'latest', images: [url] } })],
    ['a profile', await api.request('PATCH', '/v2/user', { token, body: { profile_url: url } })],
    ['a repository', await api.request('GET', `/v2/repositories/${(await buildRepository(api.db)).namespace}/`, { token })],
  ];
}
