import test from 'ava';
import { judgeFailure, type Failure } from '../../activities/pause.js';
import type { PostResult } from '../../activities/post.js';
import { loadConfig } from '../../config.js';
import type { EndpointColumns } from '../../db/endpoints.js';

const NOW = Date.parse('2026-11-25T12:00:00.000Z');
const MINUTE = 60_000;
const POLICY = loadConfig({}).endpoint;
const ACTIVE: EndpointColumns = { failures: 0, paused_since: null, paused_until: null, pause_reason: null, probe_delivery: null, probe_until: null };
const TIMEOUT: PostResult = { kind: 'failed', error: 'timeout', detail: '', duration_ms: 15_000 };

function answered(status: number, headers: Record<string, string> = {}): PostResult {
  return { kind: 'answered', status, headers, body: '', truncated: false, duration_ms: 1 };
}

function judge(endpoint: EndpointColumns, result: PostResult, options: Partial<Failure> = {}): EndpointColumns {
  return { ...endpoint, ...judgeFailure(endpoint, { deliveryId: 'dlv_1', result, now: NOW, random: 0.5, ...options }, POLICY) };
}

/** Milliseconds that an endpoint is paused from now on. */
function pauseOf({ paused_until }: EndpointColumns, now = NOW): number {
  return paused_until === null ? 0 : Date.parse(paused_until) - now;
}

/** The delivery that tries a paused endpoint. */
function probing(endpoint: EndpointColumns): EndpointColumns {
  return { ...endpoint, probe_delivery: 'dlv_1', probe_until: new Date(NOW + MINUTE).toISOString() };
}

test('the fifth failure in a row pauses, and each failed try pauses for longer, up to half an hour', (t) => {
  let endpoint = ACTIVE;
  const pauses: number[] = [];
  for (let count = 1; count <= 12; count += 1) {
    endpoint = judge(endpoint.paused_until === null ? endpoint : probing(endpoint), TIMEOUT);
    pauses.push(pauseOf(endpoint) / MINUTE);
  }
  t.deepEqual(pauses, [0, 0, 0, 0, 1, 2, 5, 10, 20, 30, 30, 30]);
  t.like(endpoint, { failures: 12, pause_reason: 'timeout', paused_since: new Date(NOW).toISOString(), probe_delivery: null, probe_until: null });
});

test('chance moves a pause by a fifth at the most', (t) => {
  const almost = { ...ACTIVE, failures: 4 };
  t.is(pauseOf(judge(almost, TIMEOUT, { random: 0 })), 0.8 * MINUTE);
  t.is(pauseOf(judge(almost, TIMEOUT, { random: 1 })), 1.2 * MINUTE);
});

test('failures of calls made before the pause do not deepen it', (t) => {
  const paused = judge({ ...ACTIVE, failures: 4 }, TIMEOUT);
  t.deepEqual(judge(paused, TIMEOUT, { deliveryId: 'dlv_2' }), paused);
});

test('429 and 503 with Retry-After pause at once, for as long as they ask, an hour at the most', (t) => {
  for (const status of [429, 503]) {
    const asked = judge(ACTIVE, answered(status, { 'retry-after': '7' }));
    t.like(asked, { failures: 1, pause_reason: 'retry_after' });
    t.is(pauseOf(asked), 7000);
    t.is(pauseOf(judge(ACTIVE, answered(status, { 'retry-after': '999999' }))), 60 * MINUTE);
    t.is(pauseOf(judge(ACTIVE, answered(status))), 0);
  }
  t.is(pauseOf(judge(ACTIVE, answered(500, { 'retry-after': '7' }))), 0, 'of other answers it concerns this delivery alone');
});

test('a later 429 may lengthen a pause, and never shortens it', (t) => {
  const asked = judge(ACTIVE, answered(429, { 'retry-after': '7' }));
  t.is(pauseOf(judge(asked, answered(429, { 'retry-after': '60' }), { deliveryId: 'dlv_2' })), MINUTE);
  t.is(pauseOf(judge(asked, answered(429, { 'retry-after': '1' }), { deliveryId: 'dlv_2' })), 7000);
});

test('a try that fails otherwise after a pause that was asked for ends it, and counts', (t) => {
  const asked = judge(ACTIVE, answered(429, { 'retry-after': '7' }));
  t.deepEqual(judge(probing(asked), TIMEOUT), { ...ACTIVE, failures: 2 });
});

test('an endpoint that keeps asking is paused for failing in the end', (t) => {
  const paused = judge({ ...ACTIVE, failures: 4 }, answered(429, { 'retry-after': '7' }));
  t.is(pauseOf(paused), MINUTE);
  t.is(paused.pause_reason, 'status_429');
});
