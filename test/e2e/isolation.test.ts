import { rmSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { destroyAll, listFaults, startHub, tail, type Hub } from '../helpers/hub.js';
import { reserveReceiver } from '../helpers/lateReceiver.js';
import { pollUntil } from '../helpers/poll.js';
import { startReceiver } from '../helpers/receiver.js';
import { isAlive, stopAll } from '../temporal/testServer.js';
import { summarize, type ChainView, type Repository } from './api.js';

/** Pauses grow from half a second to an hour: what goes on before that was woken. */
const ENV = {
  HOOKLINE_ENDPOINT_PAUSE_AFTER: '3', HOOKLINE_ENDPOINT_PAUSES: '500ms,500ms,1s,2s,1h', HOOKLINE_ENDPOINT_RATE: '20',
  HOOKLINE_RETRY_DELAYS: '100ms,200ms,300ms,400ms,500ms',
};

let hub: Hub;

test.before(async () => {
  hub = await startHub(undefined, { env: ENV });
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

async function readEndpoint(repository: Repository) {
  const { results } = await repository.api.get<{ results: ChainView[] }>(`${repository.path}/webhook_pipeline/`);
  const webhook = results[0]?.webhooks[0];
  if (!webhook) throw new Error('there is no webhook');
  return webhook;
}

const waitPaused = (repository: Repository, failures: number) =>
  pollUntil('the pause', async () => {
    const { endpoint } = await readEndpoint(repository);
    return endpoint.state === 'paused' && endpoint.failures >= failures;
  }, 60_000);

async function buildDead(t: ExecutionContext, pushes: number) {
  const receiver = await reserveReceiver(t);
  const repository = await hub.api.createRepository();
  await repository.createChain([{ url: receiver.url } as Awaited<ReturnType<typeof startReceiver>>]);
  const runs: string[] = [];
  for (let count = 0; count < pushes; count += 1) runs.push(await repository.pushOnce());
  return { receiver, repository, runs };
}

test.serial('a dead endpoint is paused with a reason, tried again on its own, and its backlog goes on when it is back', async (t) => {
  const { receiver, repository, runs } = await buildDead(t, 6);
  await waitPaused(repository, 3);
  const shown = await readEndpoint(repository);
  t.like(shown.endpoint, { state: 'paused', reason: 'connect_refused' });
  const [last = ''] = runs.slice(-1);
  const waiting = await repository.waitForRun(last, 'the reason of its wait', ({ deliveries }) => deliveries[0]?.reason === 'endpoint_paused');
  t.is(waiting.state, 'running');
  t.truthy(waiting.deliveries[0]?.next_attempt);
  const { results } = await hub.api.get<{ results: { webhook: { id: string } }[] }>('/v2/admin/endpoints?page_size=100');
  t.true(results.some(({ webhook }) => webhook.id === shown.id));
  await receiver.open();
  for (const id of runs) t.deepEqual(summarize(await repository.waitForEnd(id, 60_000)), { state: 'success', deliveries: ['success'] });
  t.is(new Set(receiver.calls.map(({ id }) => id)).size, runs.length);
  t.like((await readEndpoint(repository)).endpoint, { state: 'active', reason: null, failures: 0 });
  t.regex(hub.process.output, /endpoint paused/);
  t.regex(hub.process.output, /endpoint resumed/);
});

test.serial('meanwhile another repository is called as ever', async (t) => {
  const { repository } = await buildDead(t, 3);
  const healthy = await startReceiver(t, { callback: 'success' });
  const other = await hub.api.createRepository();
  await other.createChain([healthy, healthy]);
  await waitPaused(repository, 3);
  t.is((await other.waitForEnd(await other.pushOnce())).state, 'success');
});

test.serial('an owner ends a long pause by hand: everything that waits goes on, long before the pause would have ended', async (t) => {
  const { receiver, repository, runs } = await buildDead(t, 5);
  await waitPaused(repository, 7);
  const { id, endpoint } = await readEndpoint(repository);
  t.true(Date.parse(endpoint.paused_until ?? '') > Date.now() + 600_000);
  await receiver.open();
  const answer = await hub.api.ask('POST', `${repository.path}/webhooks/${id}/resume`);
  t.is(answer.status, 200);
  for (const run of runs) t.is((await repository.waitForEnd(run, 60_000)).state, 'success');
});

test.serial('deliveries that wait go on after Temporal has lost its data', async (t) => {
  const { receiver, repository, runs } = await buildDead(t, 3);
  await waitPaused(repository, 7);
  await hub.process.kill('SIGKILL');
  const pid = hub.temporalPid();
  if (pid === undefined) throw new Error('the hub has no Temporal of its own');
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  await pollUntil('the end of its Temporal', async () => !isAlive(pid));
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(hub.dataDir, `temporal.db${suffix}`), { force: true });
  await hub.restart();
  await receiver.open();
  const { id } = await readEndpoint(repository);
  t.is((await hub.api.ask('POST', `${repository.path}/webhooks/${id}/resume`)).status, 200);
  for (const run of runs) t.deepEqual(summarize(await repository.waitForEnd(run, 60_000)), { state: 'success', deliveries: ['success'] });
});
