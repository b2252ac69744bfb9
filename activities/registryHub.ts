import type { Db } from '../db/connection.js';
import type { PrivateLimits } from '../db/namespaces.js';
import type { Logger } from '../log.js';
import type { RegistryClient } from '../registry/client.js';
import type { Temporal } from '../temporal/client.js';

/** What looking into the registry works with. */
export interface RegistryHub {
  readonly db: Db;
  readonly temporal: Temporal;
  readonly registry: RegistryClient;
  readonly config: {
    readonly callbackTimeout: number;
    readonly privateLimits: PrivateLimits;
    readonly registry: { readonly autoCreate: boolean };
  };
  readonly log: Logger;
}
