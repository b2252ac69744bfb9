import test, { type ExecutionContext } from 'ava';
import { destroyAll, HubProcess, prepare, startHub } from '../helpers/hub.js';
import { openEvents, type Received } from '../helpers/eventStream.js';
import { pollUntil } from '../helpers/poll.js';
import { testWithPostgres } from '../helpers/postgres.js';
import { startPostgres } from '../helpers/postgresServer.js';
import { freePort } from '../helpers/ports.js';
import { stopAll } from '../temporal/testServer.js';
import { Api, type RunView } from './api.js';

test.after.always(stopAll);
test.after.always(destroyAll);

const PASSWORD = 'correct horse battery';

interface Process {
  readonly api: Api;
  readonly process: HubProcess;
}

/** An API alone, while Temporal is away: what it accepts is written, and what is written is told. */
async function startProcess(t: ExecutionContext, settings: Record<string, string>, dataDir?: string): Promise<Process & { dataDir: string }> {
  const env = { ...settings, TEMPORAL_ADDRESS: `127.0.0.1:${await freePort()}` };
  const prepared = await prepare({ env, ...(dataDir === undefined ? {} : { dataDir }) });
  const process = new HubProcess('api/server.js', prepared.env, prepared.dataDir);
  t.teardown(() => process.destroy());
  process.start();
  await process.said('the API listens');
  const api = new Api(prepared.url);
  await api.login('admin', PASSWORD);
  return { api, process, dataDir: prepared.dataDir };
}

const shows = (id: string, state: string) => (events: readonly Received[]) => events.some(({ event, data }) => event === 'run' && data['id'] === id && data['state'] === state);

/** Two processes over one database: what one writes the other shows, and where one ends the other goes on. */
async function checkProcesses(t: ExecutionContext, settings: Record<string, string>): Promise<void> {
  const first = await startProcess(t, settings);
  const second = await startProcess(t, settings, first.dataDir);
  const path = '/v2/repositories/admin/live';
  await first.api.post('/v2/repositories/', { namespace: 'admin', name: 'live' });
  await first.api.post(`${path}/webhook_pipeline/`, { name: 'ship', webhooks: [{ name: 'one', hook_url: 'http://127.0.0.1:8099/' }] });
  const watch = (by: Process, of: string, lastId?: string) => openEvents(t, `${by.api.url}${path}/runs/${of}`, { token: by.api.bearer, lastId });
  const all = await watch(first, 'events');
  const push = async (by: Process) => (await by.api.post<{ runs: [RunView] }>(`${path}/pushes/`, { tag: 'v1' })).runs[0].id;
  const [one, two] = [await push(second), await push(first)];
  await all.until('both pushes', (events) => shows(one, 'queued')(events) && shows(two, 'queued')(events));
  const single = await watch(second, `${one}/events`);
  await single.until('the present state', (events) => events.length === 1);
  await first.api.post(`${path}/runs/${one}/cancel/`);
  await single.until('the end', (events) => events.some(({ event, data }) => event === 'end' && data['state'] === 'canceled'));
  await all.until('the cancellation', shows(one, 'canceled'));
  // A stop waits for no stream, and a client that comes to another process goes on there.
  const exit = await first.process.kill('SIGTERM');
  t.is(exit, 0, first.process.output);
  await pollUntil('the end of its stream', async () => all.isOver());
  await second.api.post(`${path}/runs/${two}/cancel/`);
  const back = await watch(second, 'events', all.lastId());
  await back.until('what was missed', shows(two, 'canceled'));
  t.false(back.events.some(({ data }) => data['run_id'] === one), 'nothing comes twice');
}

test('on SQLite two processes see what the other changes', (t) => checkProcesses(t, {}));

testWithPostgres('on PostgreSQL two processes see what the other changes', async (t) => {
  const { url } = await startPostgres(t);
  await checkProcesses(t, { HOOKLINE_DATABASE_URL: url });
});

interface Receiver {
  readonly id: string;
  readonly url: string;
  readonly calls: readonly { readonly id: string; readonly callback_state: string | null }[];
}

test('a newcomer’s chain of two goes from the push to its end by the hub’s own receiver, watched live, where nothing inside may be called', async (t) => {
  const { api, url } = await startHub(t, { env: { HOOKLINE_ALLOW_ADDRESSES: '' } });
  const path = '/v2/repositories/admin/first';
  await api.post('/v2/repositories/', { namespace: 'admin', name: 'first' });
  const receiver = await api.post<Receiver>('/v2/receivers/', { name: 'mine' });
  t.true(receiver.url.startsWith(`${url}/receive/`));
  const chain = (hook_url: string) => api.ask('POST', `${path}/webhook_pipeline/`, { name: 'ship', webhooks: [{ name: 'one', hook_url }, { name: 'two', hook_url }] });
  t.is((await chain(`${url}/v2/`)).status, 400, 'the rest of the hub is not called');
  t.is((await chain(receiver.url)).status, 201);
  const { runs: [{ id }] } = await api.post<{ runs: [RunView] }>(`${path}/pushes/`, { tag: 'v1' });
  const client = await openEvents(t, `${url}${path}/runs/${id}/events`, { token: api.bearer });
  for (const count of [1, 2]) {
    const shown = await pollUntil('the call', async () => {
      const { calls } = await api.get<Receiver>(`/v2/receivers/${receiver.id}`);
      return calls.length === count && calls[0];
    });
    await client.until('the wait', (events) => events.filter(({ event, data }) => event === 'delivery' && data['state'] === 'waiting').length >= count || events.some(({ event, data }) => event === 'run' && (data as RunView).deliveries[count - 1]?.state === 'waiting'));
    await api.post(`/v2/receivers/${receiver.id}/calls/${shown.id}/callback`, { state: 'success', description: `answer ${count}` });
  }
  const events = await client.until('the end', (all) => all.some(({ event, data }) => event === 'end' && data['state'] === 'success'));
  const last = events.findLast(({ event }) => event === 'run')?.data as RunView | undefined;
  t.deepEqual(last?.deliveries.map(({ state, callback }) => [state, callback?.description]), [['success', 'answer 1'], ['success', 'answer 2']]);
});
