import { createAddressGuard, type AddressGuard } from './address.js';
import type { Config } from './config.js';
import { openDatabase, type Db } from './db/connection.js';
import { findDamage, locateFile } from './db/damage.js';
import { agreeOnKeys, type KeyClash } from './db/keyPrints.js';
import { migrate } from './db/migrate.js';
import { listSealed } from './db/webhooks.js';
import { createKeyring, loadOwnKey, type Keyring } from './keys.js';
import type { Logger } from './log.js';
import { openRegistryKeys, type RegistryKeys } from './registry/keys.js';
import type { LinkOptions } from './temporal/link.js';
import { loadTemporalSettings, type TemporalSettings } from './temporal/settings.js';
import { createWaitingRoom, type WaitingRoom } from './waiting.js';
import type { Outcome } from './workflows/contract.js';

/** How many of the newest webhooks show whether the key is theirs. */
const KEY_SAMPLES = 20;

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

/** What the hub keeps is damaged, or does not belong together. */
export class DamagedError extends Error {
  constructor(what: string, mend: string) {
    super(`${what}: ${mend} (docs/operations.md, "Backup and restore").`);
    this.name = 'DamagedError';
  }
}

/** The keys of this process are not those of the processes that work on the same database. */
export class StrangeKeysError extends Error {
  constructor(clash: KeyClash) {
    const what = clash.kind === 'other'
      ? `The secret key "${clash.kid}" of this process is not the one that the other processes of this hub have under that name`
      : `This process has none of the secret keys that the other processes of this hub have (${clash.known.join(', ')})`;
    super(`${what}: give all of them the same HOOKLINE_SECRET_KEYS, or the same secret.key (docs/operations.md, "Past one machine").`);
    this.name = 'StrangeKeysError';
  }
}

/**
 * Opens and migrates the database, reads keys and settings.
 * @throws DamagedError for a database file that is broken, and for a key that is not that of the database;
 * StrangeKeysError for keys that other processes of the hub do not have
 */
export async function openHouse(config: Config, log: Logger): Promise<House> {
  const settings = loadTemporalSettings();
  const guard = createAddressGuard({ allow: config.allowAddresses, publicUrl: config.publicUrl });
  const keyring = openKeyring(config);
  const registryKeys = await openRegistryKeys(config.dataDir);
  await refuseDamaged(config.databaseUrl);
  const db = openDatabase(config.databaseUrl, log);
  try {
    const ran = await migrate(db);
    if (ran.length > 0) log.info({ migrations: ran }, 'the database was brought up to date');
    if (config.keyCheck === 'on') await refuseStrangeKey(db, keyring);
    const clash = await agreeOnKeys(db, keyring.fingerprints, config.keyCheck === 'off');
    if (clash) throw new StrangeKeysError(clash);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { config, log, db, keyring, guard, registryKeys, settings, waiting: createWaitingRoom() };
}

async function refuseDamaged(databaseUrl: string): Promise<void> {
  const file = locateFile(databaseUrl);
  const damage = file === undefined ? undefined : await findDamage(file);
  if (damage !== undefined) throw new DamagedError(`The database ${file} is damaged: ${damage}. Nothing was changed`, 'restore a backup, or move the file away to begin with an empty hub');
}

/** A key made anew, or another hub's, would seal from now on and never open what was sealed before. */
async function refuseStrangeKey(db: Db, keyring: Keyring): Promise<void> {
  for (const { id, secret } of await listSealed(db, KEY_SAMPLES)) {
    try {
      keyring.open(secret, id);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new DamagedError(
        `The secret key does not open the secret of webhook ${id} (${reason})`,
        'put the secret.key or the HOOKLINE_SECRET_KEYS that belong to this database back, or, where they are lost for good, set HOOKLINE_KEY_CHECK=off and rotate the secrets of the webhooks',
      );
    }
  }
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

/** Where the Web UI shows a namespace's workflows, to which their ids are added; undefined where nobody has said where it is. */
export function locateWorkflows(house: Pick<House, 'config' | 'settings'>, ownUi?: string): string | undefined {
  const ui = house.config.temporalUiUrl ?? ownUi;
  return ui === undefined ? undefined : `${ui}/namespaces/${encodeURIComponent(locateTemporal(house).namespace)}/workflows/`;
}
