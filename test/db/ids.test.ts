import test from 'ava';
import { newId, nowIso } from '../../db/ids.js';

test('ids carry their prefix, hold no full stop and sort by creation', (t) => {
  const ids = Array.from({ length: 5000 }, () => newId('run'));
  t.true(ids.every((id) => /^run_[0-9a-f]{32}$/.test(id)));
  t.deepEqual([...ids].sort(), ids);
  t.is(new Set(ids).size, ids.length);
});

test('a moment is ISO 8601 in UTC with milliseconds', (t) => {
  t.regex(nowIso(), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});
