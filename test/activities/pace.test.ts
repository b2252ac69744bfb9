import test from 'ava';
import { createPace } from '../../activities/pace.js';

test('a webhook that was slow is tried the fast way again after a minute, and no other is concerned', (t) => {
  let now = 0;
  const pace = createPace(() => now);
  t.true(pace.isQuick('whk_1'));
  pace.noteSlow('whk_1');
  t.false(pace.isQuick('whk_1'));
  t.true(pace.isQuick('whk_2'));
  t.true(pace.callsBackAtOnce('whk_1'));
  now = 60_000;
  t.true(pace.isQuick('whk_1'));
});

test('ten thousand are remembered, and the oldest are forgotten first', (t) => {
  const pace = createPace(() => 0);
  for (let index = 0; index < 10_000; index += 1) pace.noteNoCallback(`whk_${index}`);
  pace.noteNoCallback('whk_0');
  pace.noteNoCallback('whk_new');
  t.false(pace.callsBackAtOnce('whk_0'), 'said again a moment ago');
  t.true(pace.callsBackAtOnce('whk_1'));
  t.false(pace.callsBackAtOnce('whk_2'));
});
