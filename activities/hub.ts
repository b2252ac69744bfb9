import type { Config } from '../config.js';
import type { Db } from '../db/connection.js';
import type { Keyring } from '../keys.js';
import type { Logger } from '../log.js';
import type { WaitingRoom } from '../waiting.js';
import type { Outcome } from '../workflows/contract.js';
import type { Background } from './background.js';
import type { Pace } from './pace.js';
import type { Places } from './places.js';
import type { Poster } from './post.js';
import type { Turns } from './turns.js';

/** What activities work with. */
export interface Hub {
  readonly db: Db;
  readonly config: Pick<Config, 'publicUrl' | 'retryDelays' | 'endpoint' | 'fastCallback'> & Partial<Pick<Config, 'node'>>;
  readonly keyring: Keyring;
  readonly poster: Poster;
  /** For calls under way, and for those who wait behind a pause: of this process. */
  readonly places: Places;
  readonly turns: Turns;
  readonly waiting: WaitingRoom<Outcome>;
  readonly pace: Pace;
  readonly background: Background;
  readonly log: Logger;
}
