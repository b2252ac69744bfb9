import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import test from 'ava';
import { Webhook } from 'standardwebhooks';
import { WebhookPayload } from '../../api/schemas/payload.js';
import { startScenarioHub, type ScenarioHub } from '../cluster/scenarioHub.js';
import { destroyAll, listFaults, tail } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import { postCallback, startReceiver, type Behaviour } from '../helpers/receiver.js';
import { stopAll } from '../temporal/testServer.js';
import { summarize } from './api.js';
import { buildScenario, getSecret, HAPPY, QUIET } from './scenario.js';
import { waitForStatus } from './temporal.js';

/** One attempt is answered 503 and the next would be due in a minute: whoever goes on before did not wait for it. */
const BUSY_FOR_A_MINUTE: Behaviour = { statuses: [503], headers: { 'retry-after': '60' } };
const ALL_GOOD = { state: 'success', deliveries: ['success', 'success', 'success'] };

let hub: ScenarioHub;

test.before(async (t) => {
  t.timeout(300_000);
  hub = await startScenarioHub();
});
test.after('the hub stops cleanly and has logged no fault', async (t) => {
  await hub.process.stop();
  t.deepEqual(listFaults(hub.process.output), []);
});
test.after.always(stopAll);
test.after.always(destroyAll);
test.afterEach.always((t) => {
  if (!t.passed) t.log(tail(hub.process.output));
});

function isPayload(value: unknown): string | true {
  const ajv = new Ajv2020({ strict: true, strictTypes: false });
  addFormats.default(ajv, ['uri']);
  return ajv.validate(WebhookPayload, value) || ajv.errorsText();
}

test('each webhook is called only after the callback of the one before', async (t) => {
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, QUIET, QUIET]);
  const id = await repository.pushOnce({ tag: '1.0', digest: `sha256:${'a'.repeat(64)}` });
  for (const nth of [1, 2, 3]) {
    await repository.waitForDelivery(id, nth, 'waiting');
    t.deepEqual(calls(), [1, 2, 3].map((other) => (other <= nth ? 1 : 0)));
    const before = Date.now();
    t.is((await receiver(nth).callBack('success')).status, 200);
    if (nth < 3) t.true((await receiver(nth + 1).request()).at >= before);
  }
  t.deepEqual(summarize(await repository.waitForEnd(id)), ALL_GOOD);
  t.deepEqual(calls(), [1, 1, 1]);
});

test('every webhook of a chain gets the same push under its own callback URL, in whole seconds and by the schema', async (t) => {
  const { repository, receivers } = await buildScenario(t, hub.api, [HAPPY, HAPPY, HAPPY]);
  const pushed = await repository.push({ tag: 'v2', digest: `sha256:${'b'.repeat(64)}`, images: ['one'], media_type: 'application/x', size: 31_415 });
  await repository.waitForEnd(pushed.runs[0]?.id ?? '');
  const payloads = receivers.flatMap(({ requests }) => requests.map(({ payload }) => payload));
  t.is(new Set(payloads.map(({ callback_url }) => callback_url)).size, 3);
  for (const payload of payloads) {
    t.is(isPayload(payload), true);
    t.deepEqual(payload.push_data, payloads[0]?.push_data);
    t.deepEqual(payload.repository, payloads[0]?.repository);
    t.true(payload.callback_url.startsWith(`${hub.url}/u/${repository.fullName}/hook/`));
  }
  t.deepEqual(payloads[0]?.push_data, {
    images: ['one'],
    pushed_at: Math.floor(Date.parse(pushed.pushed_at) / 1000),
    pusher: 'admin',
    tag: 'v2',
    digest: `sha256:${'b'.repeat(64)}`,
    media_type: 'application/x',
    full_size: 31_415,
  });
  t.is(payloads[0]?.repository.repo_name, repository.fullName);
  t.true(Number.isInteger(payloads[0]?.repository.date_created));
});

test('a webhook carries the delivery as webhook-id and a signature that standardwebhooks accepts', async (t) => {
  const { repository, receiver, chain } = await buildScenario(t, hub.api, [HAPPY, HAPPY]);
  const { deliveries } = await repository.waitForEnd(await repository.pushOnce());
  for (const nth of [1, 2]) {
    const { headers, raw } = await receiver(nth).request();
    t.is(headers['webhook-id'], deliveries[nth - 1]?.id);
    t.is(headers['content-type'], 'application/json');
    t.regex(headers['user-agent'] ?? '', /^Hookline\//);
    t.notThrows(() => new Webhook(getSecret(chain, nth)).verify(raw, { ...headers }));
    t.throws(() => new Webhook(getSecret(chain, 3 - nth)).verify(raw, { ...headers }));
    t.throws(() => new Webhook(getSecret(chain, nth)).verify(`${raw} `, { ...headers }));
  }
});

for (const state of ['failure', 'error'] as const) {
  test(`a callback of ${state} ends the chain: the rest is skipped and never called`, async (t) => {
    const { repository, calls } = await buildScenario(t, hub.api, [HAPPY, { callback: state }, HAPPY]);
    const run = await repository.waitForEnd(await repository.pushOnce());
    t.deepEqual(summarize(run), { state, deliveries: ['success', `${state} callback`, 'skipped chain_interrupted'] });
    t.is(run.deliveries[1]?.callback?.state, state);
    await waitForStatus(hub, run.id, 'COMPLETED');
    t.deepEqual(calls(), [1, 1, 0]);
  });
}

test('what a receiver says in its callback is in the history, unknown fields are not', async (t) => {
  const { repository, receiver } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  const { payload } = await receiver(1).request();
  const said = { state: 'success', description: 'built', context: 'ci', target_url: 'https://ci.example/1' };
  const answer = await postCallback(payload.callback_url, { ...said, colour: 'red' });
  t.is(answer.status, 200);
  t.like(answer.body, said);
  const { deliveries } = await repository.waitForEnd(id);
  t.deepEqual(deliveries[0]?.callback, answer.body as unknown as (typeof deliveries)[0]['callback']);
});

test('a chain of three waits for the callback of its last webhook', async (t) => {
  const { repository, receiver } = await buildScenario(t, hub.api, [HAPPY, HAPPY, QUIET]);
  const id = await repository.pushOnce();
  t.is((await repository.waitForDelivery(id, 3, 'waiting')).state, 'running');
  await receiver(3).callBack('success');
  t.deepEqual(summarize(await repository.waitForEnd(id)), ALL_GOOD);
});

test('a chain of three without expect_final_callback is complete when its last webhook answers 2xx', async (t) => {
  const { repository } = await buildScenario(t, hub.api, [HAPPY, HAPPY, QUIET], { chain: { expect_final_callback: false } });
  const run = await repository.waitForEnd(await repository.pushOnce());
  t.deepEqual(summarize(run), ALL_GOOD);
  t.is(run.deliveries[2]?.callback, null);
});

test('a chain of one is complete on 2xx, and a callback after that is 410', async (t) => {
  const { repository, receiver } = await buildScenario(t, hub.api, [QUIET]);
  const run = await repository.waitForEnd(await repository.pushOnce());
  t.deepEqual(summarize(run), { state: 'success', deliveries: ['success'] });
  t.is((await receiver(1).callBack('success')).status, 410);
});

test('a chain of one with expect_final_callback waits for its callback', async (t) => {
  const { repository, receiver } = await buildScenario(t, hub.api, [QUIET], { chain: { expect_final_callback: true } });
  const id = await repository.pushOnce();
  t.is((await repository.waitForDelivery(id, 1, 'waiting')).state, 'running');
  await receiver(1).callBack('failure');
  t.deepEqual(summarize(await repository.waitForEnd(id)), { state: 'failure', deliveries: ['failure callback'] });
});

test('a webhook in the middle with expect_callback false hands on as soon as it answers 2xx', async (t) => {
  const webhooks = [{}, { expect_callback: false }];
  const { repository, receivers } = await buildScenario(t, hub.api, [HAPPY, QUIET, HAPPY], { webhooks });
  const run = await repository.waitForEnd(await repository.pushOnce());
  t.deepEqual(summarize(run), ALL_GOOD);
  t.deepEqual(run.deliveries.map(({ callback }) => callback?.state), ['success', undefined, 'success']);
  t.deepEqual(receivers.map(({ requests }) => requests.length), [1, 1, 1]);
});

test('a callback that comes before the answer of the webhook counts', async (t) => {
  let release: (() => void) | undefined;
  const until = new Promise<void>((resolve) => { release = resolve; });
  const { repository, receiver } = await buildScenario(t, hub.api, [{ until }, HAPPY]);
  const id = await repository.pushOnce();
  t.is((await receiver(1).callBack('success')).status, 200);
  // The first has not answered yet and must not be waited for, not even until the deadline of its call (15 s).
  await receiver(2).request(1, 10_000);
  t.is((await repository.run(id)).deliveries[0]?.state, 'success');
  release?.();
  t.deepEqual(summarize(await repository.waitForEnd(id)), { state: 'success', deliveries: ['success', 'success'] });
});

test('a callback made within the webhook, before it is answered, is accepted, and the webhook is not called again', async (t) => {
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [{ earlyCallback: 'success' }, { earlyCallback: 'failure' }]);
  const run = await repository.waitForEnd(await repository.pushOnce());
  t.deepEqual(summarize(run), { state: 'failure', deliveries: ['success', 'failure callback'] });
  t.deepEqual(receiver(1).earlyAnswers.map(({ status }) => status), [200]);
  t.deepEqual(calls(), [1, 1]);
});

test('the same callback again is 200, another one 409 with what was recorded, and the run keeps the first', async (t) => {
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, QUIET]);
  const id = await repository.pushOnce();
  const first = await receiver(1).callBack('success');
  t.is(first.status, 200);
  t.deepEqual(await receiver(1).callBack('success'), first);
  const other = await receiver(1).callBack('failure');
  t.is(other.status, 409);
  t.deepEqual(other.body['recorded'], first.body);
  await receiver(2).callBack('success');
  t.deepEqual(summarize(await repository.waitForEnd(id)), { state: 'success', deliveries: ['success', 'success'] });
  t.is((await receiver(1).callBack('success')).status, 200, 'the same answer after the end of the run');
  t.is((await receiver(1).callBack('error')).status, 409);
  t.deepEqual(calls(), [1, 1]);
});

test('a webhook whose callback does not come in time ends the chain, and the late callback is 410', async (t) => {
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, HAPPY], { webhooks: [{ callback_timeout: '1s' }] });
  const run = await repository.waitForEnd(await repository.pushOnce());
  t.deepEqual(summarize(run), { state: 'error', deliveries: ['error callback_timeout', 'skipped chain_interrupted'] });
  t.is((await receiver(1).callBack('success')).status, 410);
  t.deepEqual(calls(), [1, 0]);
});

test('a forged callback URL is 404 and changes nothing', async (t) => {
  const { repository, receiver } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  const url = (await receiver(1).request()).payload.callback_url;
  const { deliveries } = await repository.run(id);
  const flip = (text: string) => (text.startsWith('A') ? 'B' : 'A') + text.slice(1);
  const [kid = '', delivery = '', mac = ''] = url.split('/').at(-2)?.split('.') ?? [];
  t.is(deliveries[0]?.id, delivery);
  const tokens = [
    `${kid}.${delivery}.${flip(mac)}`,
    `${kid}.${deliveries[1]?.id}.${mac}`,
    `other.${delivery}.${mac}`,
    `${kid}.${delivery}.`,
    `${kid}.${delivery}`,
    'nonsense',
  ];
  for (const token of tokens) {
    const forged = `${hub.url}/u/${repository.fullName}/hook/${token}/`;
    t.is((await postCallback(forged, { state: 'success' })).status, 404, token);
  }
  t.is((await repository.run(id)).deliveries[0]?.state, 'waiting');
  await receiver(1).callBack('success');
  t.is((await repository.waitForEnd(id)).state, 'success');
});

test('a webhook may demand that its callback is signed with its secret under its own id', async (t) => {
  const webhooks = [{ require_signed_callback: true }];
  const { repository, receiver, chain } = await buildScenario(t, hub.api, [QUIET, HAPPY], { webhooks });
  const id = await repository.pushOnce();
  const { payload: { callback_url }, headers } = await receiver(1).request();
  t.is((await receiver(1).callBack('success')).status, 401);
  const body = JSON.stringify({ state: 'success' });
  const sign = async (secret: string) => {
    const [messageId = '', at] = [headers['webhook-id'], new Date()];
    const signature = new Webhook(secret).sign(messageId, at, body);
    const timestamp = String(Math.floor(at.getTime() / 1000));
    const signed = { 'webhook-id': messageId, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
    const type = { 'content-type': 'application/json' };
    return (await fetch(callback_url, { method: 'POST', headers: { ...type, ...signed }, body })).status;
  };
  t.is(await sign(getSecret(chain, 2)), 401);
  t.is(await sign(getSecret(chain, 1)), 200);
  t.is((await repository.waitForEnd(id)).state, 'success');
});

test('a receiver that answers 503 twice gets three attempts under one webhook-id, and the chain goes on', async (t) => {
  const { repository, receiver, chain } = await buildScenario(t, hub.api, [{ statuses: [503, 503, 200], callback: 'success' }, HAPPY]);
  const run = await repository.waitForEnd(await repository.pushOnce());
  t.deepEqual(summarize(run), { state: 'success', deliveries: ['success', 'success'] });
  t.deepEqual(run.deliveries[0]?.attempts.map(({ number, status }) => [number, status]), [[1, 503], [2, 503], [3, 200]]);
  t.deepEqual(receiver(1).requests.map(({ headers }) => headers['webhook-id']), Array(3).fill(run.deliveries[0]?.id));
  for (const { raw, headers } of receiver(1).requests) {
    t.notThrows(() => new Webhook(getSecret(chain, 1)).verify(raw, { ...headers }));
  }
  t.is(new Set(receiver(1).requests.map(({ raw }) => raw)).size, 1);
});

test('an attempt that failed is in the history while the next one is awaited', async (t) => {
  const { repository } = await buildScenario(t, hub.api, [BUSY_FOR_A_MINUTE, HAPPY]);
  const id = await repository.pushOnce();
  const run = await repository.waitForRun(id, 'the next attempt', ({ deliveries }) => deliveries[0]?.next_attempt !== null);
  const [delivery] = run.deliveries;
  t.like(run, { state: 'running', finished: null });
  t.like(delivery, { state: 'delivering', callback: null });
  t.deepEqual(delivery?.attempts.map(({ number, status }) => [number, status]), [[1, 503]]);
  t.true(Date.parse(delivery?.next_attempt ?? '') > Date.now());
  t.is((await repository.cancel(id)).status, 200);
});

test('a receiver that never recovers uses up its attempts, and the chain ends', async (t) => {
  const { repository, calls } = await buildScenario(t, hub.api, [{ statuses: [500] }, HAPPY]);
  const run = await repository.waitForEnd(await repository.pushOnce());
  t.deepEqual(summarize(run), { state: 'error', deliveries: ['error attempts_exhausted', 'skipped chain_interrupted'] });
  t.deepEqual(run.deliveries[0]?.attempts.map(({ number, status }) => [number, status]), [[1, 500], [2, 500], [3, 500], [4, 500]]);
  t.deepEqual(calls(), [4, 0]);
});

test('a receiver that is not there is tried again, and its attempts say why they failed', async (t) => {
  const { repository, receiver } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  await receiver(1).close();
  const run = await repository.waitForEnd(await repository.pushOnce());
  t.deepEqual(summarize(run), { state: 'error', deliveries: ['error attempts_exhausted', 'skipped chain_interrupted'] });
  t.deepEqual(run.deliveries[0]?.attempts.map(({ error }) => error), Array(4).fill('connect_refused'));
});

test('410 ends the delivery at once as gone', async (t) => {
  const { repository, calls } = await buildScenario(t, hub.api, [{ statuses: [410] }, HAPPY]);
  const run = await repository.waitForEnd(await repository.pushOnce());
  t.deepEqual(summarize(run), { state: 'error', deliveries: ['error gone', 'skipped chain_interrupted'] });
  t.deepEqual(calls(), [1, 0]);
});

test('a redirect is a failed attempt and is not followed', async (t) => {
  const target = await startReceiver(t);
  const redirecting = { statuses: [302, 307, 200], headers: { location: target.url } };
  const { repository } = await buildScenario(t, hub.api, [redirecting]);
  const run = await repository.waitForEnd(await repository.pushOnce());
  t.is(run.state, 'success');
  t.deepEqual(run.deliveries[0]?.attempts.map(({ status }) => status), [302, 307, 200]);
  t.is(target.requests.length, 0);
});

test('Retry-After puts the next attempt off for at least so long', async (t) => {
  const { repository } = await buildScenario(t, hub.api, [{ statuses: [503, 200], headers: { 'retry-after': '4' } }]);
  const run = await repository.waitForEnd(await repository.pushOnce());
  const [first, second] = run.deliveries[0]?.attempts ?? [];
  t.is(run.state, 'success');
  t.true(Date.parse(second?.started ?? '') - Date.parse(first?.started ?? '') >= 4000);
});

test('a callback between two failing attempts lets the chain go on at once', async (t) => {
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [BUSY_FOR_A_MINUTE, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForRun(id, 'the next attempt', ({ deliveries }) => deliveries[0]?.next_attempt !== null);
  t.is((await receiver(1).callBack('success')).status, 200);
  const run = await repository.waitForEnd(id);
  t.deepEqual(summarize(run), { state: 'success', deliveries: ['success', 'success'] });
  t.is(run.deliveries[0]?.next_attempt, null);
  t.deepEqual(calls(), [1, 1]);
});

test('twenty chains at once all complete, and nobody is called twice', async (t) => {
  const receivers = await Promise.all([HAPPY, HAPPY, HAPPY].map((behaviour) => startReceiver(t, behaviour)));
  const repository = await hub.api.createRepository();
  for (let number = 1; number <= 20; number += 1) await repository.createChain(receivers, { name: `chain ${number}` });
  const { runs } = await repository.push();
  t.is(runs.length, 20);
  for (const { id } of runs) t.deepEqual(summarize(await repository.waitForEnd(id, 60_000)), ALL_GOOD);
  for (const { requests } of receivers) {
    t.is(requests.length, 20);
    t.is(new Set(requests.map(({ headers }) => headers['webhook-id'])).size, 20);
  }
});

test('the payload of a private repository says so', async (t) => {
  const { repository, receiver } = await buildScenario(t, hub.api, [QUIET], { repository: { is_private: true } });
  await repository.waitForEnd(await repository.pushOnce());
  const { payload } = await receiver(1).request();
  t.true(payload.repository.is_private);
  t.is(isPayload(payload), true);
});

test('a test push is marked in the payload and in the history, and moves only its own chain', async (t) => {
  const { repository, receiver, chain } = await buildScenario(t, hub.api, [QUIET]);
  const other = await startReceiver(t);
  await repository.createChain([other], { name: 'other' });
  const { runs } = await hub.api.post<{ runs: { id: string }[] }>(`${repository.path}/webhook_pipeline/${chain.slug}/test`);
  t.is(runs.length, 1);
  const run = await repository.waitForEnd(runs[0]?.id ?? '');
  t.true(run.push.test);
  const { payload } = await receiver(1).request();
  t.true(payload.test);
  t.is(isPayload(payload), true);
  t.is(other.requests.length, 0);
});

test('a run that is cancelled while it waits ends as canceled, here and in Temporal; its callback is 410', async (t) => {
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  const { status, body } = await repository.cancel(id);
  t.is(status, 200);
  t.deepEqual(summarize(body), { state: 'canceled', deliveries: ['canceled canceled', 'canceled canceled'] });
  t.is((await receiver(1).callBack('success')).status, 410);
  await waitForStatus(hub, id, 'CANCELLED');
  t.deepEqual(calls(), [1, 0]);
  t.is((await repository.cancel(id)).status, 409);
  t.is((await repository.run(id)).state, 'canceled');
});

test('a run that is cancelled while it retries makes no further attempt', async (t) => {
  const { repository } = await buildScenario(t, hub.api, [BUSY_FOR_A_MINUTE, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForRun(id, 'the next attempt', ({ deliveries }) => deliveries[0]?.next_attempt !== null);
  t.is((await repository.cancel(id)).status, 200);
  await waitForStatus(hub, id, 'CANCELLED');
  const run = await repository.run(id);
  t.deepEqual(summarize(run), { state: 'canceled', deliveries: ['canceled canceled', 'canceled canceled'] });
  t.is(run.deliveries[0]?.attempts.length, 1);
  t.is(run.deliveries[0]?.next_attempt, null);
});

test('a redelivery from the start calls every webhook again with ids of its own', async (t) => {
  const { repository, receivers, calls } = await buildScenario(t, hub.api, [HAPPY, HAPPY]);
  const first = await repository.waitForEnd(await repository.pushOnce({ tag: 'again' }));
  const { id } = await repository.redeliver(first.id, 'start');
  const second = await repository.waitForEnd(id);
  t.like(second, { state: 'success', redelivery_of: first.id, push: first.push });
  t.deepEqual(calls(), [2, 2]);
  for (const { requests } of receivers) t.not(requests[0]?.headers['webhook-id'], requests[1]?.headers['webhook-id']);
});

test('a redelivery from the webhook that failed carries over what had succeeded', async (t) => {
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [HAPPY, QUIET, HAPPY]);
  const first = await repository.pushOnce();
  await receiver(2).callBack('failure');
  const failed = await repository.waitForEnd(first);
  const { id } = await repository.redeliver(first, 'failed');
  await receiver(2).callBack('success', 2);
  const second = await repository.waitForEnd(id);
  t.deepEqual(summarize(second), ALL_GOOD);
  t.deepEqual(calls(), [1, 2, 1]);
  t.deepEqual(second.deliveries.map((delivery) => delivery.carried_over_from), [failed.deliveries[0]?.id ?? '', null, null]);
  t.deepEqual(second.deliveries[0]?.callback, failed.deliveries[0]?.callback);
  t.deepEqual(summarize(await repository.run(first)), summarize(failed), 'the first run stays as it was');
});

test('an inactive chain is not run by a push', async (t) => {
  const { repository, calls, chain } = await buildScenario(t, hub.api, [HAPPY], { chain: { active: false } });
  t.deepEqual((await repository.push()).runs, []);
  await hub.api.call('PATCH', `${repository.path}/webhook_pipeline/${chain.slug}/`, { active: true });
  await repository.waitForEnd(await repository.pushOnce());
  t.deepEqual(calls(), [1]);
});

test('a chain that is edited after the push does not bend the run', async (t) => {
  const { repository, receiver, receivers, calls, chain } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  const other = await startReceiver(t, HAPPY);
  const webhooks = [receivers[0]?.url, other.url].map((hook_url, index) => ({ name: `hook ${index + 1}`, hook_url }));
  await hub.api.call('PATCH', `${repository.path}/webhook_pipeline/${chain.slug}/`, { webhooks });
  await receiver(1).callBack('success');
  const run = await repository.waitForEnd(id);
  t.deepEqual(summarize(run), { state: 'success', deliveries: ['success', 'success'] });
  t.deepEqual([...calls(), other.requests.length], [1, 1, 0]);
  const { raw, headers } = await receiver(2).request();
  t.notThrows(() => new Webhook(getSecret(chain, 2)).verify(raw, { ...headers }), 'the removed webhook still signs with its secret');
});

test('after a rotation a webhook carries a signature of each secret', async (t) => {
  const { repository, receiver, chain } = await buildScenario(t, hub.api, [QUIET]);
  const path = `${repository.path}/webhooks/${chain.webhooks[0]?.id}/rotate_secret`;
  const { secret } = await hub.api.post<{ secret: string }>(path);
  await repository.waitForEnd(await repository.pushOnce());
  const { raw, headers } = await receiver(1).request();
  const signatures = headers['webhook-signature']?.split(' ') ?? [];
  t.is(signatures.length, 2);
  t.not(secret, getSecret(chain, 1));
  for (const [index, one] of [secret, getSecret(chain, 1)].entries()) {
    const single = { ...headers, 'webhook-signature': signatures[index] ?? '' };
    t.notThrows(() => new Webhook(one).verify(raw, single));
  }
});

test('a chain that is deleted cancels its open runs, and their history stays', async (t) => {
  const { repository, receiver, chain, calls } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  t.is((await hub.api.ask('DELETE', `${repository.path}/webhook_pipeline/${chain.slug}/`)).status, 204);
  t.is((await receiver(1).callBack('success')).status, 410);
  await waitForStatus(hub, id, 'CANCELLED');
  t.is((await repository.run(id)).state, 'canceled');
  t.deepEqual(calls(), [1, 0]);
});

test('a repository that is deleted ends the workflows of its open runs', async (t) => {
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  t.is((await hub.api.ask('DELETE', `${repository.path}/`)).status, 202);
  t.is((await hub.api.ask('GET', `${repository.path}/runs/${id}/`)).status, 404);
  await waitForStatus(hub, id, 'CANCELLED');
  t.is((await receiver(1).callBack('success')).status, 404);
  t.deepEqual(calls(), [1, 0]);
});

test('a push is answered before its chain is through, and its runs are found by the push', async (t) => {
  const { repository } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const { id, runs: [run] } = await repository.push();
  t.is(run?.state, 'queued');
  const found = await pollUntil('the running push', async () => {
    const push = await hub.api.get<{ runs: { id: string; state: string }[] }>(`${repository.path}/pushes/${id}/`);
    return push.runs[0]?.state === 'running' && push;
  });
  t.is(found.runs[0]?.id, run?.id);
  t.is((await repository.cancel(run?.id ?? '')).status, 200);
});
