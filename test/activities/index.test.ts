import { ApplicationFailure } from '@temporalio/activity';
import test from 'ava';
import { createAddressGuard } from '../../address.js';
import { createBackground } from '../../activities/background.js';
import { createActivities } from '../../activities/index.js';
import { createPace } from '../../activities/pace.js';
import { Places } from '../../activities/places.js';
import { createPoster } from '../../activities/post.js';
import { Turns } from '../../activities/turns.js';
import { loadConfig } from '../../config.js';
import { openDatabase } from '../../db/connection.js';
import { createKeyring } from '../../keys.js';
import { createLog } from '../../log.js';
import { createWaitingRoom } from '../../waiting.js';
import type { Outcome } from '../../workflows/contract.js';

test('a fault of ours tells Temporal neither statement, value nor stack, and is tried again', async (t) => {
  // Nothing was migrated: every statement fails, with its text and values in the message.
  const db = openDatabase('sqlite::memory:');
  const poster = createPoster({ guard: createAddressGuard({ allow: [] }) });
  t.teardown(() => Promise.all([db.destroy(), poster.close()]));
  const keyring = createKeyring([{ kid: 'test', key: Buffer.alloc(32) }]);
  const config = { publicUrl: 'http://hub.example', retryDelays: [1000], fastCallback: 1000, endpoint: loadConfig({}).endpoint };
  const log = createLog('silent', 'test');
  const waiting = { places: new Places({ perOrigin: 8, perRepository: 100 }), turns: new Turns(10), waiting: createWaitingRoom<Outcome>() };
  const activities = createActivities({ db, poster, keyring, config, log, ...waiting, pace: createPace(), background: createBackground(log) });
  const input = { delivery_id: 'dlv_canary', run_id: 'run_canary' };
  for (const run of [activities.deliver, activities.tryFirst, activities.close, activities.cancel]) {
    const failure = await t.throwsAsync(run(input), { instanceOf: ApplicationFailure });
    t.is(failure.message, 'an unexpected error, which the log of the worker tells');
    t.false(failure.nonRetryable ?? false);
    t.notRegex(`${failure.stack ?? ''}${String(failure.cause)}`, /canary|select|update|\.ts|\.js/);
  }
});
