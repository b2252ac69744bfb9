import test from 'ava';
import { createPace } from '../../activities/pace.js';

test('the callback of a webhook that did not call back at once is waited for again after a minute', (t) => {
  let now = 0;
  const pace = createPace(() => now);
  t.true(pace.callsBackAtOnce('whk_1'));
  pace.noteNoCallback('whk_1');
  t.false(pace.callsBackAtOnce('whk_1'));
  t.true(pace.callsBackAtOnce('whk_2'), 'no other is concerned');
  now = 60_000;
  t.true(pace.callsBackAtOnce('whk_1'));
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
