import type { Config } from '../config.js';
import type { Db } from '../db/connection.js';
import type { Keyring } from '../keys.js';
import type { Logger } from '../log.js';
import type { Poster } from './post.js';

/** What activities work with. */
export interface Hub {
  readonly db: Db;
  readonly config: Pick<Config, 'publicUrl' | 'retryDelays'>;
  readonly keyring: Keyring;
  readonly poster: Poster;
  readonly log: Logger;
}
