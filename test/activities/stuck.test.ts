import test from 'ava';
import { isStuck, listClosed } from '../../activities/stuck.js';
import type { DeliveryRow } from '../../db/deliveries.js';

const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const RUN = { updated: at(0) };

function delivery(state: DeliveryRow['state'], change: Partial<DeliveryRow> = {}): DeliveryRow {
  const { next_attempt = null, callback_due = null, carried_over_from = null } = change;
  return {
    id: 'dlv', run_id: 'run', position: 1, webhook_id: 'whk', name: 'hook', hook_url: 'https://hook.example/', expect_callback: true,
    callback_timeout_ms: 60_000, require_signed_callback: false, reason: null, attempt_count: 0, probe_count: 0, held_since: null,
    finished: null, state, next_attempt, callback_due, carried_over_from,
  };
}

/** What is left of a chain whose first webhook succeeded, and when it counts as stuck: seconds after its last change. */
const CASES: readonly [string, DeliveryRow, number][] = [
  ['a webhook that was never begun', delivery('pending'), 0],
  ['a webhook that waits for its turn', delivery('pending', { next_attempt: at(500) }), 500],
  ['an attempt that nobody recorded', delivery('delivering'), 60],
  ['a retry that nobody made', delivery('delivering', { next_attempt: at(5) }), 5],
  ['a callback that is awaited', delivery('waiting', { callback_due: at(3600) }), 3600],
];

for (const [what, current, due] of CASES) {
  test(`${what}: stuck once its time has passed, and not before`, (t) => {
    const deliveries = [delivery('success'), current, delivery('pending')];
    t.false(isStuck(RUN, deliveries, at(due)));
    t.true(isStuck(RUN, deliveries, at(due + 1)));
  });
}

test('a chain of which nothing is left is not stuck', (t) => {
  t.false(isStuck(RUN, [delivery('success')], at(1e6)));
});

test('what an earlier run had closed is nothing that this workflow waits for', (t) => {
  const [carried, own, open] = [delivery('success', { carried_over_from: 'dlv_earlier' }), delivery('success'), delivery('waiting')];
  t.deepEqual(listClosed([carried, own, open]), [own]);
});
