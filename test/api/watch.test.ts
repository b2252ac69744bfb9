import test, { type ExecutionContext } from 'ava';
import { readMetrics } from '../../metrics.js';
import { buildPlace, callbackPath, startApi, type ApiOptions } from '../helpers/api.js';
import { advanceToWaiting, buildRun, pick } from '../helpers/builders.js';
import { readExposition } from '../helpers/exposition.js';

async function read(name: string): Promise<number> {
  return readExposition((await readMetrics()).text).get(name) ?? 0;
}

async function askId(t: ExecutionContext, given: string | undefined, options: ApiOptions): Promise<string> {
  const api = await startApi(t, options);
  const { headers } = await api.request('GET', '/version', { headers: given === undefined ? {} : { 'x-request-id': given } });
  return String(headers['x-request-id']);
}

const GIVEN = 'given-by-a-proxy_0001';
const OWN = /^[0-9a-f-]{36}$/;

test('a request has an id of its own, whoever asks, and whatever the answer', async (t) => {
  t.regex(await askId(t, undefined, {}), OWN);
  t.regex(await askId(t, GIVEN, {}), OWN, 'who is no proxy chooses nothing');
  const api = await startApi(t);
  const ids = await Promise.all(['/version', '/nowhere', '/v2/user/'].map(async (path) => (await api.request('GET', path)).headers['x-request-id']));
  t.is(new Set(ids).size, 3);
});

test('behind a proxy of the operator the id is the one that it wrote, in the strict form alone', async (t) => {
  t.is(await askId(t, GIVEN, { trustedProxies: 1 }), GIVEN);
  for (const strange of ['short', 'x'.repeat(65), 'with blanks in it, and more', 'a'.repeat(20) + ';', 'ünïcödé-ünïcödé-ün', '']) {
    t.regex(await askId(t, Buffer.from(strange).toString('latin1'), { trustedProxies: 1 }), OWN, strange);
  }
});

test.serial('requests are counted by the route that answered, never by what was typed', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api, { name: 'canary' });
  const route = '/v2/repositories/:namespace/:name';
  const name = (status: string, of = route) => `hookline_http_requests_total{route="${of}",method="GET",status="${status}"}`;
  const before = [await read(name('2xx')), await read(name('4xx', 'none'))];
  await api.request('GET', `${path}/`, { token });
  await api.request('GET', '/canary/of/nobody');
  t.deepEqual([await read(name('2xx')), await read(name('4xx', 'none'))], [(before[0] ?? 0) + 1, (before[1] ?? 0) + 1]);
  await api.request('PROPFIND', '/canary');
  t.is(await read('hookline_http_requests_total{route="none",method="other",status="4xx"}'), 1);
  t.false((await readMetrics()).text.includes('canary'));
});

test.serial('callbacks and pushes are counted by what was made of them', async (t) => {
  const api = await startApi(t);
  const { repository, deliveries } = await buildRun(api.db, { webhooks: 2 });
  const { id } = await advanceToWaiting(api.db, pick(deliveries).id);
  const path = callbackPath(repository, id);
  const send = (body: object, to = path) => api.request('POST', to, { body });
  const names = ['accepted', 'duplicate', 'contradictory', 'late', 'refused'].map((result) => `hookline_callbacks_total{result="${result}"}`);
  const before = await Promise.all(names.map(read));
  await send({ state: 'none of them' });
  await send({ state: 'success' }, path.replace(/hook\/[^/]+/, 'hook/x'));
  for (const state of ['failure', 'failure', 'success']) await send({ state });
  const skipped = await api.db('deliveries').where({ id: pick(deliveries, 1).id }).update({ attempt_count: 1 });
  t.is(skipped, 1);
  await send({ state: 'success' }, callbackPath(repository, pick(deliveries, 1).id));
  const after = await Promise.all(names.map(read));
  t.deepEqual(after.map((value, index) => value - (before[index] ?? 0)), [1, 1, 1, 1, 2]);
});

test.serial('pushes are counted by who told and what was answered', async (t) => {
  const api = await startApi(t);
  const { path, token } = await buildPlace(api);
  const names = ['accepted', 'repeated', 'conflict', 'refused'].map((answer) => `hookline_pushes_total{source="api",answer="${answer}"}`);
  const before = await Promise.all(names.map(read));
  const headers = { 'idempotency-key': 'one' };
  for (const tag of ['a', 'a', 'b']) await api.request('POST', `${path}/pushes/`, { token, body: { tag }, headers });
  await api.request('POST', `${path}/pushes/`, { body: {} });
  const after = await Promise.all(names.map(read));
  t.deepEqual(after.map((value, index) => value - (before[index] ?? 0)), [1, 1, 1, 1]);
});
