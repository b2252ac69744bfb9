import { spawnSync } from 'node:child_process';
import test from 'ava';
import { listLabelValues, readExposition } from '../helpers/exposition.js';
import { destroyAll, listFaults, startHub, tail, type Hub } from '../helpers/hub.js';
import { startTraceReceiver, type Span, type TraceReceiver } from '../helpers/otlp.js';
import { pollUntil } from '../helpers/poll.js';
import { freePort } from '../helpers/ports.js';
import { testWith } from '../helpers/programs.js';
import { postCallback } from '../helpers/receiver.js';
import { stopAll } from '../temporal/testServer.js';
import type { PushView } from './api.js';
import { buildScenario, HAPPY, type Scenario } from './scenario.js';

const PASSWORD = 'correct horse battery';
const TOKEN = 'a-token-for-whoever-scrapes';
const REQUEST_ID = 'request-of-the-observed-push-01';
/** Stands in names, tags and paths that a tenant chose. */
const CANARY = 'canary';

let hub: Hub;
let scenario: Scenario;
let pushed: PushView;
let traces: TraceReceiver;
let metricsUrl: string;
let sdkUrl: string;
let metrics: string;

const cleaners: (() => Promise<void> | void)[] = [];

/** One push with everything in it: a retry, callbacks of all kinds, and two webhooks. */
test.before(async () => {
  const t = { passed: true, log: () => undefined, teardown: (clean: () => Promise<void> | void) => void cleaners.push(clean) };
  traces = await startTraceReceiver(t);
  const port = await freePort();
  const sdkPort = await freePort();
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  sdkUrl = `http://127.0.0.1:${sdkPort}/metrics`;
  hub = await startHub(undefined, {
    env: {
      HOOKLINE_METRICS_ADDRESS: `127.0.0.1:${port}`,
      HOOKLINE_METRICS_TOKEN: TOKEN,
      HOOKLINE_TEMPORAL_METRICS_ADDRESS: `127.0.0.1:${sdkPort}`,
      HOOKLINE_TRUSTED_PROXIES: '1',
      OTEL_EXPORTER_OTLP_ENDPOINT: traces.url,
      OTEL_EXPORTER_OTLP_HEADERS: 'x-key=a%20key',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    },
  });
  const failing = { statuses: [503, 200], path: `/${CANARY}-path?${CANARY}-query` };
  scenario = await buildScenario(t, hub.api, [failing, { ...HAPPY, path: `/${CANARY}-path` }], {
    repository: { name: `${CANARY}-name`, description: CANARY }, chain: { name: `${CANARY} chain` },
  });
  pushed = await push({ tag: `${CANARY}-tag` }, { 'x-request-id': REQUEST_ID });
  const id = pushed.runs[0]?.id ?? '';
  await scenario.repository.waitForDelivery(id, 1, 'waiting');
  const { callback_url } = (await scenario.receiver(1).request(2)).payload;
  for (const state of ['success', 'success', 'failure']) await postCallback(callback_url, { state });
  await postCallback(callback_url.replace(/hook\/[^/]+/, 'hook/none'), { state: 'success' });
  await scenario.repository.waitForEnd(id);
  metrics = (await scrape()).text;
});
test.after('the hub stops cleanly and has logged no fault', async (t) => {
  await hub.process.stop();
  t.deepEqual(listFaults(hub.process.output), []);
});
test.after.always(async () => {
  for (const clean of cleaners) await clean();
});
test.after.always(stopAll);
test.after.always(destroyAll);
test.afterEach.always((t) => {
  if (!t.passed) t.log(tail(hub.process.output));
});

async function push(body: object, headers: Readonly<Record<string, string>>): Promise<PushView> {
  const authorization = `Basic ${Buffer.from(`admin:${PASSWORD}`).toString('base64')}`;
  const answer = await fetch(`${hub.url}${scenario.repository.path}/pushes/`, {
    method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', authorization, ...headers },
  });
  if (answer.headers.get('x-request-id') !== REQUEST_ID) throw new Error('the answer does not name its request');
  return (await answer.json()) as PushView;
}

async function scrape(token = TOKEN): Promise<{ status: number; text: string }> {
  const answer = await fetch(metricsUrl, { headers: { authorization: `Bearer ${token}` } });
  return { status: answer.status, text: await answer.text() };
}

/** Lines of the hub's log that say this. */
function listLines(message: string): Record<string, unknown>[] {
  const lines = hub.process.output.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ msg }) => msg === message);
}

test('what happened is counted', (t) => {
  const series = readExposition(metrics);
  const expected = {
    'hookline_pushes_total{source="api",answer="accepted"}': 1,
    'hookline_attempts_total{outcome="2xx"}': 2,
    'hookline_attempts_total{outcome="5xx"}': 1,
    'hookline_attempts_total{outcome="timeout"}': 0,
    'hookline_attempt_seconds_count{answered="yes"}': 3,
    'hookline_push_first_call_seconds_count': 1,
    'hookline_callbacks_total{result="accepted"}': 2,
    'hookline_callbacks_total{result="duplicate"}': 1,
    'hookline_callbacks_total{result="contradictory"}': 1,
    'hookline_callbacks_total{result="refused"}': 1,
    'hookline_runs_ended_total{state="success"}': 1,
    'hookline_open_runs{state="running",age="1m"}': 0,
    'hookline_oldest_queued_run_seconds': 0,
    'hookline_overdue_runs': 0,
    'hookline_database_writable': 1,
    'hookline_temporal_reachable': 1,
    'hookline_http_requests_total{route="/v2/repositories/:namespace/:name/pushes",method="POST",status="2xx"}': 1,
    'hookline_http_requests_total{route="/u/:namespace/:name/hook/:token",method="POST",status="4xx"}': 2,
  };
  t.deepEqual(Object.fromEntries(Object.keys(expected).map((name) => [name, series.get(name)])), expected);
  for (const name of ['hookline_database_wait_seconds_count', 'hookline_data_dir_free_bytes', 'nodejs_eventloop_lag_p99_seconds', 'process_resident_memory_bytes']) {
    t.true((series.get(name) ?? 0) > 0, name);
  }
});

test('no label holds a name, an id, a host or a path of a tenant', (t) => {
  const values = listLabelValues(readExposition(metrics).keys());
  t.true(values.includes('/u/:namespace/:name/hook/:token'));
  t.deepEqual(values.filter((value) => /canary|127\.0\.0\.1|https?:|_[0-9a-f-]{32}|(psh|run|dlv|rep|whk|chn|att)_/i.test(value)), []);
});

test('whoever brings no token gets nothing', async (t) => {
  t.is((await scrape('a-token-of-somebody-else')).status, 401);
  t.is((await fetch(metricsUrl)).status, 401);
  t.is((await fetch(`${hub.url}/metrics`)).status, 404);
});

test('the SDK offers its own where they are asked for, and no name of a tenant in them', async (t) => {
  const text = await (await fetch(sdkUrl)).text();
  t.regex(text, /^temporal_worker_task_slots_available\{/m);
  t.false(text.includes(CANARY));
});

testWith('promtool')('the metrics are what promtool takes', (t) => {
  const { status, stderr, stdout } = spawnSync('promtool', ['check', 'metrics'], { input: metrics, encoding: 'utf8' });
  t.deepEqual({ status, said: stdout + stderr }, { status: 0, said: '' });
  t.not(spawnSync('promtool', ['check', 'metrics'], { input: 'a{b} 1\n' }).status, 0);
});

test('the request of a push finds each of its attempts, and one line tells everything of one', (t) => {
  const [run] = pushed.runs;
  const attempts = listLines('webhook attempted').filter(({ request_id }) => request_id === REQUEST_ID);
  t.deepEqual(attempts.map(({ position, attempt, status, next }) => [position, attempt, status, next]), [
    [1, 1, 503, 'retry'], [1, 2, 200, 'wait'], [2, 1, 200, 'wait'],
  ]);
  for (const line of attempts) {
    t.like(line, { run: run?.id, push: pushed.id, workflow: `run/${run?.id ?? ''}`, kind: 'answered' });
    t.regex(String(line['host']), /^127\.0\.0\.1:\d+$/);
    for (const [name, form] of Object.entries({ repository: /^rep_/, delivery: /^dlv_/, webhook: /^whk_/, next_at: /^\d{4}-.*Z$/ })) {
      t.regex(String(line[name]), form, name);
    }
    for (const name of ['duration_ms', 'bytes_sent', 'bytes_received']) t.is(typeof line[name], 'number', name);
  }
  t.like(listLines('push accepted')[0], { push: pushed.id, runs: [run?.id], request_id: REQUEST_ID, source: 'api' });
});

test('callbacks and the end of a run have their lines', (t) => {
  const [run] = pushed.runs;
  t.deepEqual(listLines('callback accepted').map((line) => [line['run'], line['position'], line['state']]), [[run?.id, 1, 'success'], [run?.id, 2, 'success']]);
  t.like(listLines('callback refused')[0], { run: run?.id, result: 'contradictory', code: 'callback_conflict' });
  t.deepEqual(listLines('run ended').map((line) => [line['run'], line['state']]), [[run?.id, 'success']]);
});

/** Spans up to the root, from one on. */
function climb(span: Span): Span[] {
  const parent = traces.spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent ? [span, ...climb(parent)] : [span];
}

test('one push is one connected trace, from the request to each call', async (t) => {
  const calls = await pollUntil('the spans of three calls', async () => {
    const found = traces.spans.filter(({ name }) => name === 'POST');
    // A workflow's own span is sent when it ends.
    return found.length === 3 && traces.spans.some(({ name }) => name === 'RunWorkflow:chain') && found;
  });
  for (const call of calls) {
    const names = climb(call).map(({ name }) => name);
    // The first try is a local activity, what follows a failed one a regular one.
    const activity = names[1]?.replace('RunActivity:', '') ?? '';
    t.true(['tryFirst', 'deliver'].includes(activity), activity);
    t.deepEqual(names, [
      'POST', `RunActivity:${activity}`, `StartActivity:${activity}`, 'RunWorkflow:chain', 'StartWorkflow:chain', 'POST /v2/repositories/:namespace/:name/pushes',
    ]);
    t.is<string | undefined, string | undefined>(call.traceId, calls[0]?.traceId);
  }
  t.is(traces.headers[0]?.['x-key'], 'a key');
});

test('neither traces nor log hold a path, a query, a token or a name of a webhook, and receivers learn of no trace', (t) => {
  const token = /hook\/([^/]+)\//.exec(scenario.receivers[0]?.requests[0]?.payload.callback_url ?? '')?.[1] ?? 'no token';
  for (const text of [traces.raw.join('\n'), hub.process.output]) {
    t.false(text.includes(`${CANARY}-path`));
    t.false(text.includes(`${CANARY}-query`));
    t.false(text.includes(token));
  }
  t.deepEqual(traces.raw.join(' ').match(new RegExp(`.{60}${CANARY}.{20}`, 'g')), null);
  const headers = scenario.receivers.flatMap(({ requests }) => requests.map((request) => request.headers));
  t.deepEqual(headers.flatMap((one) => Object.keys(one)).filter((name) => /trace|request-id|baggage/.test(name)), []);
});
