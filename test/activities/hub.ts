import { createAddressGuard } from '../../address.js';
import { createBackground } from '../../activities/background.js';
import type { Hub } from '../../activities/hub.js';
import { createPace } from '../../activities/pace.js';
import { Places } from '../../activities/places.js';
import { createPoster, type Poster } from '../../activities/post.js';
import { Turns } from '../../activities/turns.js';
import { loadConfig, type Config } from '../../config.js';
import type { Db } from '../../db/connection.js';
import { createLog } from '../../log.js';
import { createWaitingRoom } from '../../waiting.js';
import { TEST_KEYRING } from '../helpers/builders.js';
import type { Cleaner } from '../helpers/database.js';

export type ActivityConfig = Partial<Pick<Config, 'retryDelays' | 'fastCallback' | 'endpoint'>> & {
  readonly publicUrl?: string;
  /** Of a call, in milliseconds. */
  readonly deadline?: number;
  /** In place of one that calls this machine. */
  readonly poster?: Poster;
};

/** What activities work with, over a database: receivers may stand on this machine, callbacks go by signal alone. */
export function openActivityHub(t: Cleaner, db: Db, { deadline = 15_000, poster = openPoster(t, deadline), ...config }: ActivityConfig = {}): Hub {
  const { retryDelays, endpoint } = loadConfig({});
  const policy = config.endpoint ?? endpoint;
  const log = createLog('silent', 'test');
  const hub: Hub = {
    db,
    config: { publicUrl: 'http://hub.example', retryDelays, endpoint, fastCallback: 0, ...config },
    keyring: TEST_KEYRING,
    poster,
    places: new Places({ perOrigin: policy.concurrency, perRepository: 100 }),
    turns: new Turns(policy.rate),
    waiting: createWaitingRoom(),
    pace: createPace(),
    background: createBackground(log),
    log,
  };
  t.teardown(() => hub.background.settle());
  return hub;
}

function openPoster(t: Cleaner, deadline: number): Poster {
  const poster = createPoster({ guard: createAddressGuard({ allow: ['127.0.0.0/8'] }), deadline });
  t.teardown(() => poster.close());
  return poster;
}
