import test from 'ava';
import { Patience } from '../../activities/patience.js';

const PAUSES = { first: 2000, longest: 60_000 };
const RUN = { id: 'run_1', updated: '2026-01-01T00:00:00.000Z' };

/** Moments, in milliseconds, at which a run that never moves is told when it is looked at every `step`. */
function listTellings(patience: Patience, clock: { now: number }, { step, until }: { step: number; until: number }): number[] {
  const moments: number[] = [];
  for (; clock.now <= until; clock.now += step) {
    if (!patience.isDue(RUN)) continue;
    patience.note(RUN);
    moments.push(clock.now);
  }
  return moments;
}

test('a run that does not move is told again after growing pauses, a minute at most, and not at every sweep', (t) => {
  const clock = { now: 0 };
  const patience = new Patience(PAUSES, () => clock.now);
  t.deepEqual(listTellings(patience, clock, { step: 1000, until: 200_000 }), [0, 2000, 6000, 14_000, 30_000, 62_000, 122_000, 182_000]);
});

test('a run counts as told until it moves', (t) => {
  const patience = new Patience(PAUSES);
  t.false(patience.isTold(RUN));
  patience.note(RUN);
  t.true(patience.isTold(RUN));
  t.false(patience.isTold({ ...RUN, updated: '2026-01-01T00:00:02.000Z' }));
});

test('a run that has moved is looked after at once, with short pauses again', (t) => {
  const clock = { now: 0 };
  const patience = new Patience(PAUSES, () => clock.now);
  for (let times = 0; times < 5; times += 1) patience.note(RUN);
  clock.now = 3000;
  t.false(patience.isDue(RUN));
  const moved = { ...RUN, updated: '2026-01-01T00:00:02.000Z' };
  t.true(patience.isDue(moved));
  patience.note(moved);
  clock.now = 5000;
  t.true(patience.isDue(moved));
});

test('what nobody asked about for long is forgotten', (t) => {
  const clock = { now: 0 };
  const patience = new Patience(PAUSES, () => clock.now);
  patience.note(RUN);
  clock.now = 61_000;
  patience.tidy();
  patience.note(RUN);
  clock.now += 3000;
  t.false(patience.isDue(RUN), 'it was still known: this was the second telling');
  clock.now += 200_000;
  patience.tidy();
  patience.note(RUN);
  clock.now += 2000;
  t.true(patience.isDue(RUN), 'it was forgotten: this was a first telling');
});
