import test from 'ava';
import { addCollector, meters, openMetrics, readMetrics } from '../metrics.js';
import { readExposition } from './helpers/exposition.js';

const HERE = { host: '127.0.0.1', port: 0 };

async function read(): Promise<ReadonlyMap<string, number>> {
  return readExposition((await readMetrics()).text);
}

test.serial('the listener answers at /metrics alone, to GET alone, and to whoever brings the token', async (t) => {
  const faults: unknown[] = [];
  const { port, close } = await openMetrics({ address: HERE, token: 'the token of the scraper', onFault: (error) => faults.push(error) });
  t.teardown(close);
  const ask = async (path: string, method = 'GET', authorization = 'Bearer the token of the scraper'): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { method, headers: { authorization } })).status;
  t.is(await ask('/metrics'), 401, 'blanks are no part of a token');
  t.is(await ask('/metrics', 'GET', 'Basic x'), 401);
  t.is(await ask('/'), 404);
  t.is(await ask('/metrics/'), 404);
  t.is(await ask('/metrics', 'POST'), 405);
  t.deepEqual(faults, []);
});

test.serial('without a token whoever reaches the address may read, in the format of Prometheus', async (t) => {
  const { port, close } = await openMetrics({ address: HERE, token: undefined, onFault: (error) => t.fail(String(error)) });
  t.teardown(close);
  const answer = await fetch(`http://127.0.0.1:${port}/metrics?x=1`);
  t.is(answer.status, 200);
  t.regex(answer.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  t.true(readExposition(await answer.text()).has('hookline_callbacks_total{result="late"}'));
});

test.serial('an address that is taken is named', async (t) => {
  const { port, close } = await openMetrics({ address: HERE, token: undefined, onFault: () => undefined });
  t.teardown(close);
  await t.throwsAsync(() => openMetrics({ address: { ...HERE, port }, token: undefined, onFault: () => undefined }), {
    message: `The address 127.0.0.1:${port} of the metrics is in use: stop what listens there, or set HOOKLINE_METRICS_ADDRESS.`,
  });
});

test.serial('a group of gauges that fails shows nothing, says why, and leaves the rest alone', async (t) => {
  const faults: unknown[] = [];
  let broken = false;
  const remove = addCollector({
    group: 'broken',
    gauges: { one: { name: 'test_broken', help: 'x' }, by: { name: 'test_broken_by', help: 'x', labelNames: ['a'] } },
    ask: async () => {
      if (broken) throw new Error('away');
      return { one: [{ value: 1 }], by: [{ labels: { a: 'b' }, value: 2 }] };
    },
    onFault: (error) => faults.push(error),
  });
  t.teardown(remove);
  t.teardown(addCollector({ group: 'whole', gauges: { one: { name: 'test_whole', help: 'x' } }, ask: async () => ({ one: [{ value: 3 }] }), onFault: () => t.fail() }));
  t.like(Object.fromEntries(await read()), { test_broken: 1, 'test_broken_by{a="b"}': 2, test_whole: 3 });
  broken = true;
  const later = await readOnceStale();
  t.false(later.has('test_broken'));
  t.false(later.has('test_broken_by{a="b"}'));
  t.is(later.get('test_whole'), 3);
  t.is(later.get('hookline_collect_failures_total{group="broken"}'), 1);
  t.is(faults.length, 1);
});

/** What was asked for is kept for a second: the first answer that is newer. */
async function readOnceStale(): Promise<ReadonlyMap<string, number>> {
  for (;;) {
    const series = await read();
    if (series.has('hookline_collect_failures_total{group="broken"}')) return series;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

test.serial('a group that never answers keeps nobody waiting', async (t) => {
  const faults: unknown[] = [];
  const never = new Promise<never>(() => undefined);
  t.teardown(addCollector({ group: 'slow', gauges: { one: { name: 'test_slow', help: 'x' } }, ask: () => never, onFault: (error) => faults.push(error) }));
  const series = await read();
  t.false(series.has('test_slow'));
  t.is(series.get('hookline_collect_failures_total{group="slow"}'), 1);
  t.regex(String(faults[0]), /no answer within/);
});

test.serial('many who scrape at once cost one question', async (t) => {
  let asked = 0;
  const ask = async () => ({ one: [{ value: ++asked }] });
  t.teardown(addCollector({ group: 'cheap', gauges: { one: { name: 'test_cheap', help: 'x' } }, ask, onFault: () => t.fail() }));
  await Promise.all(Array.from({ length: 20 }, () => readMetrics()));
  t.is(asked, 1);
});

test.serial('every outcome of an attempt stands there before it happens', async (t) => {
  const series = await read();
  for (const outcome of meters.OUTCOMES) t.is(series.get(`hookline_attempts_total{outcome="${outcome}"}`), 0, outcome);
});
