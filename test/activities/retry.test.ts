import { readFileSync } from 'node:fs';
import test from 'ava';
import { decideAfter, type Attempted } from '../../activities/retry.js';
import type { PostResult } from '../../activities/post.js';
import { loadConfig } from '../../config.js';

const NOW = Date.parse('2026-11-24T12:00:00.000Z');
const SECOND = 1000;
const HOUR = 3_600_000;
const RETRY_DELAYS = loadConfig({}).retryDelays;

function answered(status: number, headers: Record<string, string> = {}): PostResult {
  return { kind: 'answered', status, headers, body: '', truncated: false, duration_ms: 1 };
}

function decide(result: PostResult, change: Partial<Attempted['delivery']> & Partial<Pick<Attempted, 'random' | 'isProbe' | 'turn'>> = {}) {
  const { random = 0.5, isProbe = false, turn, ...delivery } = change;
  return decideAfter({
    result,
    delivery: { attempt_count: 1, probe_count: 0, expect_callback: true, callback_timeout_ms: HOUR, ...delivery },
    retryDelays: RETRY_DELAYS,
    isProbe,
    turn,
    now: NOW,
    random,
  });
}

/** Milliseconds until the next attempt. */
function delayOf(result: PostResult, change: Parameters<typeof decide>[1] = {}): number {
  const after = decide(result, change);
  return after.kind === 'retry' ? Date.parse(after.at) - NOW : Number.NaN;
}

test('2xx waits for the callback, or is the success where none is expected', (t) => {
  for (const status of [200, 201, 202, 204, 299]) {
    t.deepEqual(decide(answered(status)), { kind: 'wait', callbackDue: '2026-11-24T13:00:00.000Z' });
    t.deepEqual(decide(answered(status), { expect_callback: false }), { kind: 'close', state: 'success', reason: null });
  }
});

test('410 and a forbidden address end the delivery at once', (t) => {
  t.deepEqual(decide(answered(410)), { kind: 'close', state: 'error', reason: 'gone' });
  const refused: PostResult = { kind: 'refused', detail: '127.0.0.1 is a loopback address', duration_ms: 1 };
  t.deepEqual(decide(refused), { kind: 'close', state: 'error', reason: 'address_forbidden' });
});

test('every other answer, and none at all, is tried again', (t) => {
  for (const status of [301, 307, 400, 401, 404, 409, 425, 429, 500, 502, 503, 504]) t.is(decide(answered(status)).kind, 'retry');
  t.is(decide({ kind: 'failed', error: 'connect_refused', detail: '', duration_ms: 1 }).kind, 'retry');
});

test('the attempts stand apart as the documentation says: ten of them within three and a half hours', (t) => {
  const delays = Array.from({ length: 9 }, (_, index) => delayOf(answered(503), { attempt_count: index + 1 }) / SECOND);
  t.deepEqual(delays, [5, 15, 45, 120, 360, 1080, 3600, 3600, 3600]);
  t.is(delays.reduce((sum, delay) => sum + delay), 3 * 3600 + 27 * 60 + 5);
  t.deepEqual(decide(answered(503), { attempt_count: 10 }), { kind: 'close', state: 'error', reason: 'attempts_exhausted' });
});

test('chance moves a delay by a fifth at the most', (t) => {
  t.is(delayOf(answered(503), { random: 0 }), 4 * SECOND);
  t.is(delayOf(answered(503), { random: 1 }), 6 * SECOND);
});

test('Retry-After lengthens a delay up to an hour, and never shortens it', (t) => {
  const after = (value: string) => delayOf(answered(503, { 'retry-after': value }));
  t.is(after('7'), 7 * SECOND);
  t.is(after('1'), 5 * SECOND);
  t.is(after('999999'), HOUR);
  t.is(after('Tue, 24 Nov 2026 12:01:00 GMT'), 60 * SECOND);
  t.is(after('Tue, 24 Nov 2020 12:01:00 GMT'), 5 * SECOND);
  for (const nonsense of ['-1', 'soon', '', '1e9', '0x10']) t.is(after(nonsense), 5 * SECOND, nonsense);
});

const PER_UNIT: Readonly<Record<string, number>> = { s: SECOND, m: 60 * SECOND, h: HOUR };

/** Milliseconds of `1 h 27 m`, `5 s`, `0`. */
function readTime(text: string): number {
  return [...text.matchAll(/(\d+) ([smh])/g)].reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (PER_UNIT[unit] ?? Number.NaN), 0);
}

/** A row of the table of attempts as the documentation has it. */
function readDocumented(head: string): number[] {
  const text = readFileSync('docs/api.md', 'utf8');
  const row = text.split('\n').find((line) => line.startsWith(`| ${head} |`)) ?? '';
  return row.split('|').slice(2, -1).map((cell) => readTime(cell));
}

test('the schedule is the documented one to one percent, whatever chance does to each delay', (t) => {
  const [between, sinceFirst] = [readDocumented('after the one before'), readDocumented('after the first')];
  t.is(between.length, 10);
  const draws = Array.from({ length: 1001 }, (_, index) => index / 1000);
  let elapsed = 0;
  for (const [index, documented] of between.slice(1).entries()) {
    const delays = draws.map((random) => delayOf(answered(503), { attempt_count: index + 1, random }));
    const mean = delays.reduce((sum, delay) => sum + delay) / delays.length;
    elapsed += mean;
    t.true(Math.abs(mean / documented - 1) < 0.01, `before attempt ${index + 2}: ${mean}`);
    t.true(Math.abs(elapsed / (sinceFirst[index + 1] ?? 0) - 1) < 0.01, `attempt ${index + 2}: ${elapsed}`);
    t.true(Math.min(...delays) >= documented * 0.8 - 1 && Math.max(...delays) <= documented * 1.2 + 1);
  }
});

test('a try of a paused endpoint is none of the delivery’s own attempts, and its turn is when the next one comes', (t) => {
  const turn = NOW + HOUR;
  const held = { kind: 'retry', at: new Date(turn).toISOString(), held: true };
  t.deepEqual(decide(answered(503), { attempt_count: 40, probe_count: 35, isProbe: true, turn }), held);
  t.deepEqual(decide(answered(503), { attempt_count: 40, probe_count: 35, turn }), held);
  t.deepEqual(decide(answered(503), { attempt_count: 45, probe_count: 35, turn }), { kind: 'close', state: 'error', reason: 'attempts_exhausted' });
  t.is(delayOf(answered(503), { attempt_count: 40, probe_count: 35 }), 360 * SECOND, 'the sixth of its own, the fifth delay');
  t.is(delayOf(answered(503), { turn: NOW + 1000 }), 5 * SECOND, 'a turn does not shorten a delay');
});
