import test from 'ava';
import { recordFailure, type EndpointColumns } from '../../db/endpoints.js';
import { holdDelivery } from '../../db/holds.js';
import { startApi, type TestApi } from '../helpers/api.js';
import { buildChain, buildRepository, buildRun, buildUser, pick } from '../helpers/builders.js';

const SINCE = '2026-11-25T12:00:00.000Z';
const UNTIL = '2126-11-25T12:30:00.000Z';
const PAUSE: Partial<EndpointColumns> = { failures: 7, paused_since: SINCE, paused_until: UNTIL, pause_reason: 'timeout' };
const SHOWN = { state: 'paused', reason: 'timeout', paused_since: SINCE, paused_until: UNTIL, failures: 7 };
const ACTIVE = { state: 'active', reason: null, paused_since: null, paused_until: null, failures: 0 };

/** A webhook of a user's that is paused, with one delivery that waits. */
async function buildPaused({ db, login }: TestApi) {
  const owner = await buildUser(db);
  const repository = await buildRepository(db, { owner });
  const chain = await buildChain(db, { repository, webhooks: [{ hook_url: 'https://ci.example:8443/hook?token=canary' }] });
  const { run, deliveries } = await buildRun(db, { of: chain });
  const webhook = pick(chain.webhooks);
  await recordFailure(db, webhook.id, () => PAUSE);
  await holdDelivery(db, { deliveryId: pick(deliveries).id, until: UNTIL, held: true });
  const path = `/v2/repositories/${repository.namespace}/${repository.name}`;
  return { token: await login(owner), owner, repository, chain, webhook, run, path };
}

test('a chain shows what is known of each endpoint, and a run why its delivery waits', async (t) => {
  const api = await startApi(t);
  const { token, chain, run, path } = await buildPaused(api);
  const shown = await api.request('GET', `${path}/webhook_pipeline/${chain.slug}/`, { token });
  t.like(shown.body, { webhooks: [{ endpoint: SHOWN }] });
  const { body } = await api.request('GET', `${path}/runs/${run.id}/`, { token });
  t.like(body, { state: 'running', deliveries: [{ state: 'pending', reason: 'endpoint_paused', next_attempt: UNTIL, attempts: [] }] });
});

test('its owner ends a pause, once, and that is in the audit log; Temporal need not be there', async (t) => {
  const api = await startApi(t);
  const { token, owner, chain, webhook, path } = await buildPaused(api);
  const resume = () => api.request('POST', `${path}/webhooks/${webhook.id}/resume`, { token });
  for (let turn = 0; turn < 2; turn += 1) t.like(await resume(), { status: 200, body: ACTIVE });
  const shown = await api.request('GET', `${path}/webhook_pipeline/${chain.slug}/`, { token });
  t.like(shown.body, { webhooks: [{ endpoint: ACTIVE }] });
  const log = await api.request('GET', `/v2/auditlogs/${owner.username}?action=repo.webhook.resume`, { token });
  t.like(log.body, { count: 1, logs: [{ actor: owner.username, data: { webhook: webhook.name } }] });
});

test('a webhook of another repository is not to be found', async (t) => {
  const api = await startApi(t);
  const { webhook } = await buildPaused(api);
  const { token, path } = await buildPaused(api);
  t.is((await api.request('POST', `${path}/webhooks/${webhook.id}/resume`, { token })).status, 404);
  t.is((await api.db('webhooks').where({ id: webhook.id }).first<{ failures: number }>('failures')).failures, 7);
});

test('the administrator sees all paused endpoints, with host and port of the URL and no more of it', async (t) => {
  const api = await startApi(t);
  const { repository, chain, webhook } = await buildPaused(api);
  await recordFailure(api.db, pick((await buildChain(api.db)).webhooks).id, () => ({ failures: 3 }));
  const token = await api.login(await buildUser(api.db, { is_admin: true }));
  const { text, body } = await api.request('GET', '/v2/admin/endpoints', { token });
  t.deepEqual((body as { results: object[] }).results, [{
    webhook: { id: webhook.id, name: webhook.name }, namespace: repository.namespace, repository: repository.name,
    chain: chain.slug, host: 'ci.example:8443', held: 1, endpoint: SHOWN,
  }]);
  t.notRegex(text, /canary/);
});

test('a webhook that keeps its place in an edited chain stays paused, one with another URL is a new one', async (t) => {
  const api = await startApi(t);
  const { token, chain, webhook, path } = await buildPaused(api);
  const change = async (hook_url: string) =>
    (await api.request('PATCH', `${path}/webhook_pipeline/${chain.slug}/`, { token, body: { webhooks: [{ name: webhook.name, hook_url }] } })).body;
  t.like(await change(webhook.hook_url), { webhooks: [{ id: webhook.id, endpoint: SHOWN }] });
  t.like(await change('https://other.example/'), { webhooks: [{ endpoint: ACTIVE }] });
});

test('the administrator sees how the hub does and what waits longest', async (t) => {
  const api = await startApi(t);
  const { repository, run } = await buildPaused(api);
  const token = await api.login(await buildUser(api.db, { is_admin: true }));
  const ask = async () => (await api.request('GET', '/v2/admin/health', { token })).body;
  t.like(await ask(), { database: 'ok', migrations: 'ok', registry: 'off', oldest_queued_run: null, queued_runs: 0, running_runs: 1, paused_endpoints: 1 });
  await api.db('runs').where({ id: run.id }).update({ state: 'queued' });
  t.like(await ask(), { queued_runs: 1, oldest_queued_run: { id: run.id, namespace: repository.namespace, repository: repository.name, created: run.created } });
});
