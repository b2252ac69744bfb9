import test from 'ava';
import { destroyAll } from '../helpers/hub.js';
import { stopAll } from '../temporal/testServer.js';
import { drainBacklog } from './backlog.js';

test.after.always(stopAll);
test.after.always(destroyAll);

test('what waited for a receiver that was away arrives once each (npm run check:backlog does a whole day, and looks at the rate)', async (t) => {
  const { faults, ...figures } = await drainBacklog({ pushes: 60, rate: 10, say: (line) => t.log(line) });
  t.deepEqual(faults, [], JSON.stringify(figures));
  t.like(figures, { pushes: 60, lost: 0, repeated: 0, unhappy: 0 });
});
