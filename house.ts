import { createAddressGuard, type AddressGuard } from './address.js';
import type { Config } from './config.js';
import { openDatabase, type Db } from './db/connection.js';
import { migrate } from './db/migrate.js';
import { createKeyring, loadOwnKey, type Keyring } from './keys.js';
import type { Logger } from './log.js';
import { openRegistryKeys, type RegistryKeys } from './registry/keys.js';
import type { LinkOptions } from './temporal/link.js';
import { loadTemporalSettings, type TemporalSettings } from './temporal/settings.js';
import { createWaitingRoom, type WaitingRoom } from './waiting.js';
import type { Outcome } from './workflows/contract.js';

/** What every process of the hub opens at its start, whatever its role. */
export interface House {
  readonly config: Config;
  readonly log: Logger;
  readonly db: Db;
  readonly keyring: Keyring;
  readonly guard: AddressGuard;
  readonly registryKeys: RegistryKeys;
  readonly settings: TemporalSettings;
  /** Where activities wait for callbacks that the API of the same process receives. */
  readonly waiting: WaitingRoom<Outcome>;
}

/** Opens and migrates the database, reads keys and settings. */
export async function openHouse(config: Config, log: Logger): Promise<House> {
  const settings = loadTemporalSettings();
  const guard = createAddressGuard({ allow: config.allowAddresses });
  const keyring = openKeyring(config);
  const registryKeys = await openRegistryKeys(config.dataDir);
  const db = openDatabase(config.databaseUrl, log);
  try {
    const ran = await migrate(db);
    if (ran.length > 0) log.info({ migrations: ran }, 'the database was brought up to date');
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { config, log, db, keyring, guard, registryKeys, settings, waiting: createWaitingRoom() };
}

/** The keys of the configuration, or the data directory's own. */
export function openKeyring({ secretKeys, dataDir }: Pick<Config, 'secretKeys' | 'dataDir'>): Keyring {
  return createKeyring(secretKeys ?? [loadOwnKey(dataDir)]);
}

/** Where Temporal is: the server that the environment names, or else the one that the hub itself runs. */
export function locateTemporal({ config, settings }: Pick<House, 'config' | 'settings'>): Pick<LinkOptions, 'connection' | 'namespace' | 'own'> {
  const { temporal, temporalPort } = config;
  const namespace = temporal?.namespace ?? settings.namespace;
  if (temporal) return { connection: temporal.connectionOptions, namespace, own: false };
  return { connection: { address: `${settings.host}:${temporalPort ?? settings.port}` }, namespace, own: true };
}
