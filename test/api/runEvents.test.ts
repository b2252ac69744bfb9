import test from 'ava';
import { deleteAccessToken, insertAccessToken } from '../../db/accessTokens.js';
import { findPosition } from '../../db/changes.js';
import { closeDelivery } from '../../db/deliveries.js';
import { cancelRuns } from '../../db/runs.js';
import { deletePermission, setPermission } from '../../db/permissions.js';
import { deleteSession, listSessions } from '../../db/sessions.js';
import { formatPosition } from '../../api/live/events.js';
import { assertError, buildPlace, fromPage, pathOf, startApi, type Place, type TestApi } from '../helpers/api.js';
import { advanceToClosed, advanceToDelivering, advanceToWaiting, buildOrganization, buildRepository, buildRun, buildTeam, buildUser, describeCallback, pick, type BuiltRun } from '../helpers/builders.js';
import { countQueries, type Cleaner } from '../helpers/database.js';
import { openEvents, type EventClient, type EventOptions, type Received } from '../helpers/eventStream.js';
import { pollUntil } from '../helpers/poll.js';

interface Stage extends Place {
  readonly built: BuiltRun;
  /** Opens the stream of the run, or of all runs. */
  watch(options?: EventOptions & { readonly all?: boolean }): Promise<EventClient>;
}

/** A run of a chain of two, and its repository's owner. */
async function buildStage(t: Cleaner, api: TestApi): Promise<Stage> {
  const place = await buildPlace(api);
  const built = await buildRun(api.db, { repository: place.repository, webhooks: 2 });
  const url = `http://127.0.0.1:${api.port}${place.path}/runs`;
  const watch: Stage['watch'] = ({ all = false, ...options } = {}) => openEvents(t, all ? `${url}/events` : `${url}/${built.run.id}/events`, { token: place.token, ...options });
  return { ...place, built, watch };
}

const names = (events: readonly Received[]) => events.map(({ event }) => event);
const ids = (events: readonly Received[]) => events.flatMap(({ id }) => id ?? []);
/** A place in the order of changes as a number; of one transaction there are a few. */
const place = (id: string) => { const [tx = 0, seq = 0] = id.split('-').map(Number); return tx * 1e7 + seq; };
const has = (event: string, state: string) => (events: readonly Received[]) => events.some((one) => one.event === event && one.data['state'] === state);

/** Takes the first webhook of the run through, and the second to its end. */
async function runThrough({ db }: TestApi, { deliveries }: BuiltRun): Promise<void> {
  for (const { id } of deliveries) {
    await advanceToWaiting(db, id);
    await closeDelivery(db, describeCallback(id, 'success'));
  }
}

test('a run is shown as it is and then with every change, in the shapes of the history, to its end', async (t) => {
  const api = await startApi(t);
  const { built, path, token, watch } = await buildStage(t, api);
  const client = await watch();
  t.is(client.status, 200);
  t.is(client.headers['content-type'], 'text/event-stream; charset=utf-8');
  t.regex(client.headers['cache-control'] ?? '', /no-store/);
  const history = async () => (await api.request('GET', `${path}/runs/${built.run.id}`, { token })).body as { deliveries: { attempts: object[]; callback: object }[] };
  const [present] = await client.until('the present state', (events) => events.length === 1);
  t.deepEqual([present?.event, present?.data], ['run', { run_id: built.run.id, ...(await history()) }]);
  await runThrough(api, built);
  const events = await client.until('the end', has('end', 'success'));
  await pollUntil('the end of the stream', async () => client.isOver());
  const full = await history();
  t.log(names(events).join(' '));
  t.deepEqual(events.findLast(({ event }) => event === 'run')?.data, { run_id: built.run.id, ...full });
  for (const [index, delivery] of built.deliveries.entries()) {
    const of = (event: string) => events.filter((one) => one.event === event && (one.data['delivery_id'] ?? one.data['id']) === delivery.id).at(-1)?.data;
    const { attempts: [attempt], callback, ...rest } = pick(full.deliveries, index);
    t.deepEqual(of('delivery'), { run_id: built.run.id, ...rest });
    const { id, ...shown } = of('attempt') ?? {};
    t.regex(String(id), /^att_/);
    t.deepEqual(shown, { run_id: built.run.id, delivery_id: delivery.id, ...attempt });
    t.deepEqual(of('callback'), { run_id: built.run.id, delivery_id: delivery.id, ...callback });
  }
  t.is(new Set(ids(events)).size, ids(events).length, 'no event comes twice');
});

test('a client that comes back gets what it missed and nothing twice', async (t) => {
  const api = await startApi(t);
  const { built, watch } = await buildStage(t, api);
  const [first, second] = [pick(built.deliveries), pick(built.deliveries, 1)];
  const whole = await watch();
  const cut = await watch();
  await cut.until('the present state', (events) => events.length === 1);
  await advanceToWaiting(api.db, first.id);
  await cut.until('the wait', has('delivery', 'waiting'));
  cut.close();
  const lastId = cut.lastId();
  await closeDelivery(api.db, describeCallback(first.id, 'success'));
  const back = await watch({ lastId });
  await advanceToWaiting(api.db, second.id);
  await closeDelivery(api.db, describeCallback(second.id, 'success'));
  await back.until('the end', has('end', 'success'));
  await whole.until('the end', has('end', 'success'));
  const seen = [...cut.events, ...back.events];
  t.is(new Set(ids(seen)).size, ids(seen).length, names(seen).join(' '));
  t.deepEqual(ids(seen), ids(seen).toSorted((a, b) => place(a) - place(b)), 'in their order');
  const rows = (events: readonly Received[]) => [...new Set(events.map(({ event, data }) => `${event} ${String(data['delivery_id'] ?? data['id'])} ${String(data['state'])}`))];
  for (const row of rows(whole.events)) t.true(rows(seen).includes(row), row);
});

test('a client that comes back after the end gets what it missed and the end, and then nothing more', async (t) => {
  const api = await startApi(t);
  const { built, watch } = await buildStage(t, api);
  const client = await watch();
  await client.until('the present state', (events) => events.length === 1);
  const before = client.lastId();
  client.close();
  await runThrough(api, built);
  const back = await watch({ lastId: before });
  const events = await back.until('the end', has('end', 'success'));
  t.false(has('run', 'queued')(events));
  t.is(events.at(-1)?.event, 'end');
  const again = await watch({ lastId: back.lastId() });
  t.is(again.status, 204);
  const anew = await watch();
  t.deepEqual(names(await anew.until('the end', has('end', 'success'))), ['run', 'end']);
});

for (const lastId of ['nonsense', '999999999999-1', '-1', '']) {
  test(`who names no place that is known, ${JSON.stringify(lastId)}, is shown the present state`, async (t) => {
    const api = await startApi(t);
    const { built, watch } = await buildStage(t, api);
    const client = await watch({ lastId });
    t.deepEqual(names(await client.until('the present state', (events) => events.length > 0)), ['run']);
    await cancelRuns(api.db, { id: built.run.id });
    await client.until('the end', has('end', 'canceled'));
  });
}

test('all runs of a repository are watched at once, and no others', async (t) => {
  const api = await startApi(t);
  const { built, repository, watch } = await buildStage(t, api);
  const client = await watch({ all: true });
  await client.until('the present state', (events) => events.length === 1);
  await buildRun(api.db);
  const { run } = await buildRun(api.db, { of: built.chain });
  await cancelRuns(api.db, { id: built.run.id });
  const events = await client.until('both', (all) => has('run', 'canceled')(all) && all.some(({ data }) => data['id'] === run.id));
  t.deepEqual([...new Set(events.map(({ data }) => data['run_id']))].sort(), [built.run.id, run.id].sort());
  t.is(events.find(({ data }) => data['id'] === run.id)?.data['state'], 'queued');
  t.false(client.isOver(), 'a run that ends ends not the stream of all');
  const again = await openEvents(t, `http://127.0.0.1:${api.port}${pathOf(repository)}/runs/events`, { token: await api.login(await buildUser(api.db, { is_admin: true })) });
  t.deepEqual((await again.until('two runs', (all) => all.length === 2)).map(({ data }) => data['id']), [built.run.id, run.id]);
});

test('the cookie of a page opens a stream', async (t) => {
  const api = await startApi(t);
  const { token, watch } = await buildStage(t, api);
  const { cookie = '' } = fromPage(api, token);
  const client = await watch({ token: undefined, headers: { cookie } });
  t.is(client.status, 200);
});

test('a stream shows that it lives', async (t) => {
  const api = await startApi(t, { heartbeat: 50 });
  const { watch } = await buildStage(t, api);
  const client = await watch();
  await pollUntil('heartbeats', async () => client.comments() >= 3);
  t.deepEqual(names(client.events), ['run'], 'a comment is no event');
});

test('a stream ends with its session, its access token, or its permission', async (t) => {
  const api = await startApi(t, { heartbeat: 50 });
  const { db } = api;
  const owner = await buildUser(db);
  const organization = await buildOrganization(db, { owner });
  const repository = await buildRepository(db, { namespace: organization.name, is_private: true });
  const member = await buildUser(db);
  const team = await buildTeam(db, organization, [member]);
  await setPermission(db, repository.id, { team, permission: 'admin' });
  const { run } = await buildRun(db, { repository });
  const { row, secret } = await insertAccessToken(db, { user_id: owner.id, label: '', scopes: ['repo:admin'], repository_id: null, creator_ip: '', creator_ua: '', expires: null });
  const url = `http://127.0.0.1:${api.port}${pathOf(repository)}/runs/${run.id}/events`;
  const watch = async (token: string) => {
    const client = await openEvents(t, url, { token });
    await client.until('the present state', (events) => events.length === 1);
    return client;
  };
  const [bySession, byToken, byTeam] = [await watch(await api.login(owner)), await watch(secret), await watch(await api.login(member))];
  const seen = byTeam.comments();
  await pollUntil('a heartbeat of each', async () => [bySession, byToken, byTeam].every((client) => client.comments() > seen));
  await deleteSession(db, pick((await listSessions(db, owner.id, { limit: 1, offset: 0 })).rows).id);
  await pollUntil('the end of the session’s stream', async () => bySession.isOver());
  t.deepEqual([byToken.isOver(), byTeam.isOver()], [false, false]);
  await deleteAccessToken(db, owner.id, row.id);
  await pollUntil('the end of the token’s stream', async () => byToken.isOver());
  t.false(byTeam.isOver());
  await deletePermission(db, repository.id, team.id);
  await pollUntil('the end of the member’s stream', async () => byTeam.isOver());
  assertError(t, await api.request('GET', `${pathOf(repository)}/runs/${run.id}/events`, { token: await api.login(member) }), { status: 404, code: 'not_found' });
});

test('a thousand listeners cost as many queries as one', async (t) => {
  // Rights are looked at by the clock, which is not what is counted.
  const api = await startApi(t, { heartbeat: 3_600_000 });
  const { built, watch } = await buildStage(t, api);
  const [first, second] = [pick(built.deliveries), pick(built.deliveries, 1)];
  const one = await watch();
  await one.until('the present state', (events) => events.length === 1);
  const count = async (id: string, clients: readonly EventClient[]) => {
    const position = formatPosition(await findPosition(api.db));
    let looks = 0;
    const note = ({ sql }: { sql: string }): void => { if (/from [`"]changes[`"]/.test(sql)) looks += 1; };
    api.db.on('query', note);
    const all = await countQueries(api.db, async () => {
      await api.db('deliveries').where({ id }).update({ reason: 'x' });
      await pollUntil('the change at all', async () => clients.every(({ events }) => events.some((event) => event.event === 'delivery' && event.data['id'] === id)));
    });
    api.db.removeListener('query', note);
    t.not(position, '');
    // Looks go on at a steady pace, whoever listens; what is counted is what one change costs.
    return all - looks;
  };
  const alone = await count(first.id, [one]);
  const many = [one];
  while (many.length < 1000) many.push(...(await Promise.all(Array.from({ length: 111 }, async () => watch()))));
  await pollUntil('all present states', async () => many.every(({ events }) => events.length > 0), 120_000);
  t.is(await count(second.id, many), alone);
  for (const client of many) client.close();
});

test('a client that does not read is cut, and goes on where it was', async (t) => {
  const api = await startApi(t);
  const { built, watch } = await buildStage(t, api);
  const [first] = built.deliveries;
  const slow = await watch();
  await slow.until('the present state', (events) => events.length === 1);
  slow.pause();
  await advanceToDelivering(api.db, pick(built.deliveries).id);
  const body = 'x'.repeat(512 * 1024);
  const [{ id: attemptId } = { id: '' }] = await api.db('attempts').where({ delivery_id: first?.id ?? '' }).select<{ id: string }[]>('id');
  const other = await watch();
  let rounds = 0;
  // Each change carries the answer of a receiver; beyond what lies in the buffers of both ends the server keeps a megabyte.
  await pollUntil('the cut', async () => {
    rounds += 1;
    await api.db('attempts').where({ id: attemptId }).update({ duration_ms: rounds, response_body: body });
    await other.until('the change', (events) => events.some(({ event, data }) => event === 'attempt' && data['duration_ms'] === rounds));
    return api.hub.changes.size() === 1;
  }, 120_000);
  slow.resume();
  await pollUntil('its end', async () => slow.isOver());
  const seen = Math.max(...slow.events.map(({ data }) => Number(data['duration_ms'] ?? 0)));
  t.true(seen < rounds, `${seen} of ${rounds} changes came`);
  const back = await watch({ lastId: slow.lastId() });
  await advanceToClosed(api.db, pick(built.deliveries).id, 'failure');
  const events = await back.until('the end', has('end', 'failure'));
  t.is(new Set(ids([...slow.events, ...events])).size, ids([...slow.events, ...events]).length);
});

test('a stop ends every stream at once, and nobody is left who listens', async (t) => {
  const api = await startApi(t);
  const { watch } = await buildStage(t, api);
  const clients = [await watch(), await watch({ all: true })];
  await pollUntil('both', async () => clients.every(({ events }) => events.length > 0));
  t.is(api.hub.changes.size(), 2);
  await api.hub.changes.stop();
  await pollUntil('their ends', async () => clients.every((client) => client.isOver()));
  t.is(api.hub.changes.size(), 0);
  const late = await watch();
  await pollUntil('an end', async () => late.isOver());
});

test('a hub that nobody watches looks at nothing', async (t) => {
  const api = await startApi(t);
  const { watch } = await buildStage(t, api);
  const client = await watch();
  await client.until('the present state', (events) => events.length === 1);
  client.close();
  await pollUntil('nobody', async () => api.hub.changes.size() === 0);
  let looks = 0;
  api.db.on('query', ({ sql }: { sql: string }) => { if (sql.includes('changes')) looks += 1; });
  const again = await watch();
  await again.until('the present state', (events) => events.length === 1);
  again.close();
  await pollUntil('nobody', async () => api.hub.changes.size() === 0);
  const seen = looks;
  t.true(seen > 0);
  // As long as twenty looks would have taken.
  const until = Date.now() + 2000;
  await pollUntil('some time', async () => Date.now() > until);
  t.true(looks - seen <= 1, 'a look that had begun may end');
});
