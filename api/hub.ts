import type { AddressGuard } from '../address.js';
import type { Config } from '../config.js';
import type { Db } from '../db/connection.js';
import type { Keyring } from '../keys.js';
import type { Logger } from '../log.js';
import type { RegistryClient } from '../registry/client.js';
import type { RegistryKeys } from '../registry/keys.js';
import type { WaitingRoom } from '../waiting.js';
import type { Outcome } from '../workflows/contract.js';
import type { ChangeFeed } from './live/feed.js';
import type { LoginLimits } from './loginLimits.js';
import type { Temporal } from '../temporal/client.js';

/** What routes work with. */
export interface Hub {
  readonly db: Db;
  readonly temporal: Temporal;
  readonly config: Pick<Config, 'publicUrl' | 'signup' | 'callbackTimeout' | 'privateLimits' | 'remoteImages' | 'trustedProxies' | 'registry'>;
  readonly keyring: Keyring;
  readonly guard: AddressGuard;
  readonly logins: LoginLimits;
  readonly registryKeys: RegistryKeys;
  /** Undefined: there is no registry, and tags are what requests make them. */
  readonly registry: RegistryClient | undefined;
  /** Where a worker of this process may be waiting for a callback. */
  readonly waiting: WaitingRoom<Outcome>;
  /** What changes in runs, for who watches them. */
  readonly changes: ChangeFeed;
  /** Where people see a workflow, up to its id; absent: nobody knows. */
  readonly workflowsUrl?: string | undefined;
  readonly log: Logger;
  /** Whether the process has been told to stop; absent: never. */
  readonly isStopping?: () => boolean;
}
