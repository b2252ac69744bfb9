import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import test from 'ava';
import { destroyAll, startHub, tail, type Hub } from '../helpers/hub.js';
import { pollUntil } from '../helpers/poll.js';
import { postCallback } from '../helpers/receiver.js';
import { stopAll } from '../temporal/testServer.js';
import { buildScenario, getSecret, HAPPY, QUIET } from './scenario.js';
import { describeRun, openClient, waitForStatus } from './temporal.js';

let hub: Hub;

test.before(async () => {
  hub = await startHub();
});
test.after.always(stopAll);
test.after.always(destroyAll);
test.afterEach.always((t) => {
  if (!t.passed) t.log(tail(hub.process.output));
});

async function getHandle(runId: string): Promise<WorkflowHandle> {
  return (await openClient(hub)).workflow.getHandle(`run/${runId}`);
}

/** Ids of the workflows that a query of the Web UI finds. */
async function listIds(query: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const { workflowId } of (await openClient(hub)).workflow.list({ query })) ids.push(workflowId);
  return ids.sort();
}

/** The query once it finds this many: visibility follows the workflow by a moment. */
function findIds(query: string, count: number): Promise<string[]> {
  return pollUntil(`${count} of ${query}`, async () => {
    const ids = await listIds(query);
    return ids.length === count && ids;
  });
}

/** Everything that Temporal holds of a run and shows to whoever opens it, as one text with the payloads decoded. */
async function readAll(runId: string): Promise<string> {
  const handle = await getHandle(runId);
  const history = historyToJSON(await handle.fetchHistory());
  const described = await handle.describe();
  const texts = [await described.staticSummary(), await described.staticDetails(), JSON.stringify(described.raw)];
  // Payloads are base64 in this JSON: what they say must be readable here.
  const decoded = history.replace(/"data": ?"([^"]+)"/g, (_, data: string) => Buffer.from(data, 'base64').toString('utf8'));
  return [history, decoded, ...texts].join('\n');
}

/** Summaries of the activities, local ones too, and timers, in order. */
async function listSummaries(runId: string): Promise<string[]> {
  const { events } = await (await getHandle(runId)).fetchHistory();
  const begun = (events ?? []).filter((one) => one.activityTaskScheduledEventAttributes ?? one.timerStartedEventAttributes ?? one.markerRecordedEventAttributes);
  const data = begun.flatMap(({ userMetadata }) => userMetadata?.summary?.data ?? []);
  return data.map((bytes) => JSON.parse(Buffer.from(bytes).toString('utf8')) as string);
}

test('the workflow of a run is called run/<run id> and tells repository, tag, chain and webhooks', async (t) => {
  const { repository, receivers } = await buildScenario(t, hub.api, [HAPPY, HAPPY], { chain: { name: 'Build & test' } });
  const id = await repository.pushOnce({ tag: '1.2' });
  t.is((await repository.waitForEnd(id)).workflow_id, `run/${id}`);
  const described = await waitForStatus(hub, id, 'COMPLETED');
  t.is(described.workflowId, `run/${id}`);
  t.is(await described.staticSummary(), `${repository.fullName}:1.2 → Build & test`);
  const details = (await described.staticDetails()) ?? '';
  for (const { url } of receivers) t.true(details.includes(new URL(url).host), details);
});

test('while a chain runs its current details say where each webhook stands', async (t) => {
  const { repository, receiver } = await buildScenario(t, hub.api, [HAPPY, QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 2, 'waiting');
  const handle = await getHandle(id);
  const readStates = async () => {
    const { currentDetails } = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
    return (currentDetails ?? '').split('\n').map((line) => /^(\d\. \*\*hook \d\*\*) at 127\.0\.0\.1:\d+: (.*)$/.exec(line)?.slice(1));
  };
  const name = (position: number) => `${position}. **hook ${position}**`;
  const states = await pollUntil('the details of the wait', async () => {
    const found = await readStates();
    return found[1]?.[1] === 'waiting for the callback' && found;
  });
  t.deepEqual(states, [[name(1), 'success'], [name(2), 'waiting for the callback'], [name(3), 'pending']]);
  await receiver(2).callBack('failure');
  await waitForStatus(hub, id, 'COMPLETED');
  t.deepEqual(await readStates(), [[name(1), 'success'], [name(2), 'failure (callback)'], [name(3), 'skipped']]);
});

test('activities and timers of the history carry a summary with place and host', async (t) => {
  const { repository, receiver, receivers } = await buildScenario(t, hub.api, [QUIET, QUIET]);
  const id = await repository.pushOnce();
  for (const nth of [1, 2]) {
    await repository.waitForDelivery(id, nth, 'waiting');
    // The timer is in the history once the workflow waits, a moment after the delivery does.
    await pollUntil('the timer', async () => (await listSummaries(id)).some((text) => text.startsWith(`${nth}/2 callback`)));
    await receiver(nth).callBack('success');
  }
  await waitForStatus(hub, id, 'COMPLETED');
  const [first, second] = receivers.map(({ url }) => new URL(url).host);
  t.deepEqual(await listSummaries(id), [
    `1/2 POST ${first}`,
    `1/2 callback of ${first}`,
    `2/2 POST ${second}`,
    `2/2 callback of ${second}`,
  ]);
});

test('a run is found by repository, tag, digest, chain and state', async (t) => {
  const { repository, chain } = await buildScenario(t, hub.api, [HAPPY, HAPPY]);
  const digest = `sha256:${'c'.repeat(64)}`;
  const id = await repository.pushOnce({ tag: 'found', digest });
  await repository.pushOnce({ tag: 'other' }).then((other) => repository.waitForEnd(other));
  await repository.waitForEnd(id);
  const mine = `HooklineRepository="${repository.fullName}"`;
  t.is((await findIds(`${mine} AND HooklineState="success"`, 2)).length, 2);
  for (const condition of ['HooklineTag="found"', `HooklineDigest="${digest}"`]) {
    t.deepEqual(await findIds(`${mine} AND ${condition}`, 1), [`run/${id}`]);
  }
  t.is((await findIds(`${mine} AND HooklineChain="${chain.slug}"`, 2)).length, 2);
  t.deepEqual(await listIds(`${mine} AND HooklineState="failure"`), []);
});

test('a run whose workflow is reset to its first task goes on from the rows, and nobody is called twice', async (t) => {
  const { repository, receiver, calls } = await buildScenario(t, hub.api, [QUIET, QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await receiver(1).callBack('success');
  await repository.waitForDelivery(id, 2, 'waiting');
  const { workflowId, client } = await getHandle(id);
  const first = await pollUntil('the end of its first task', async () => {
    const { events } = await (await getHandle(id)).fetchHistory();
    return events?.find(({ workflowTaskCompletedEventAttributes: task }) => task);
  });
  await client.workflowService.resetWorkflowExecution({
    namespace: client.options.namespace, workflowExecution: { workflowId }, reason: 'test', requestId: id, workflowTaskFinishEventId: first.eventId ?? null,
  });
  t.is((await receiver(2).callBack('success')).status, 200);
  t.is((await repository.waitForEnd(id)).state, 'success');
  t.deepEqual(calls(), [1, 1, 1]);
  await waitForStatus(hub, id, 'COMPLETED');
});

test('a running chain has the state running, a failed one is Completed with the state failure', async (t) => {
  const { repository, receiver } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  const mine = `HooklineRepository="${repository.fullName}"`;
  await findIds(`${mine} AND HooklineState="running"`, 1);
  await receiver(1).callBack('failure');
  await repository.waitForEnd(id);
  await waitForStatus(hub, id, 'COMPLETED');
  t.deepEqual(await findIds(`${mine} AND HooklineState="failure" AND ExecutionStatus="Completed"`, 1), [`run/${id}`]);
  t.deepEqual(await (await getHandle(id)).result(), { state: 'failure', reason: 'callback' });
});

test('a cancelled run is Canceled with the state canceled', async (t) => {
  const { repository } = await buildScenario(t, hub.api, [QUIET, HAPPY]);
  const id = await repository.pushOnce();
  await repository.waitForDelivery(id, 1, 'waiting');
  await repository.cancel(id);
  await waitForStatus(hub, id, 'CANCELLED');
  const query = `HooklineRepository="${repository.fullName}" AND HooklineState="canceled" AND ExecutionStatus="Canceled"`;
  t.deepEqual(await findIds(query, 1), [`run/${id}`]);
});

test('nothing that Temporal holds of a run tells a secret, a callback URL, a path, a query or a text of users', async (t) => {
  const canary = 'canary-4f1d';
  const failing = { statuses: [503, 200], path: `/${canary}/hook?token=${canary}` };
  const { repository, receiver, chain } = await buildScenario(t, hub.api, [failing, failing], {
    repository: { description: canary, full_description: `${canary} readme` },
  });
  const id = await repository.pushOnce();
  const secrets: string[] = [canary, '/hook', 'callback_url', 'whsec_'];
  for (const nth of [1, 2]) {
    const { payload: { callback_url }, headers } = await receiver(nth).request(2);
    await repository.waitForDelivery(id, nth, 'waiting');
    const said = { state: nth === 1 ? 'success' : 'failure', description: canary, context: canary };
    t.is((await postCallback(callback_url, { ...said, target_url: `https://ci.example/${canary}` })).status, 200);
    const mac = callback_url.split('/').at(-2)?.split('.')[2] ?? '';
    t.true(mac.length > 30);
    secrets.push(mac, getSecret(chain, nth), getSecret(chain, nth).slice('whsec_'.length), headers['webhook-signature'] ?? '?');
  }
  await waitForStatus(hub, id, 'COMPLETED');
  const all = await readAll(id);
  t.true(all.includes(id) && all.includes('hook 1'), 'the texts are readable at all');
  for (const secret of secrets) t.false(all.includes(secret), secret);
});

test('a redelivery is a workflow of its own that names the run it repeats', async (t) => {
  const { repository, receiver } = await buildScenario(t, hub.api, [HAPPY, QUIET]);
  const first = await repository.pushOnce();
  await receiver(2).callBack('error');
  await repository.waitForEnd(first);
  const { id } = await repository.redeliver(first, 'failed');
  await receiver(2).callBack('success', 2);
  await repository.waitForEnd(id);
  await waitForStatus(hub, id, 'COMPLETED');
  const details = (await (await describeRun(hub, id)).staticDetails()) ?? '';
  t.true(details.includes(first), details);
  t.false((await listSummaries(id)).some((text) => text.startsWith('1/2 ')), 'the carried webhook takes no step');
});
