import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { parse as parseDotenv } from 'dotenv';
import { parseAllowEntry } from './address.js';
import { parseDuration } from './config/durations.js';
import { readEndpoint, readRegistry } from './config/groups.js';
import { ConfigError, Reader } from './config/reader.js';
import {
  asText, formatAddress, oneOf, parseAddress, parseCallbackTimeout, parseCount, parseDatabaseUrl, parseDurations,
  parseFastCallback, parseNode, parsePassword, parsePort, parsePublicUrl, parseUsername, splitList,
} from './config/values.js';
import { readWatching } from './config/watching.js';
import type { MasterKey } from './keys.js';

export { DURATION_PATTERN, formatDuration, parseDuration } from './config/durations.js';
export { ConfigError } from './config/reader.js';
export { formatAddress, type Address } from './config/values.js';

/** Everything a process may be told from outside. Durations are milliseconds. */
export type Config = Readonly<ReturnType<typeof parseAll>> & { readonly temporal: ClientConnectConfig | undefined };

function parseAll(reader: Reader) {
  const dataDir = resolve(reader.read('HOOKLINE_DATA_DIR', './data', asText));
  const address = reader.read('HOOKLINE_ADDRESS', '127.0.0.1:7080', parseAddress);
  return {
    address,
    publicUrl: reader.read('HOOKLINE_PUBLIC_URL', `http://${formatAddress(address)}`, parsePublicUrl),
    dataDir,
    databaseUrl: reader.read('HOOKLINE_DATABASE_URL', `sqlite:${resolve(dataDir, 'hookline.db')}`, parseDatabaseUrl),
    adminUsername: reader.read('HOOKLINE_ADMIN_USERNAME', 'admin', parseUsername),
    adminPassword: reader.optional('HOOKLINE_ADMIN_PASSWORD', parsePassword),
    signup: reader.read('HOOKLINE_SIGNUP', 'closed', oneOf('closed', 'open')),
    privateLimits: {
      user: reader.read('HOOKLINE_PRIVATE_REPOS_PER_USER', '1', parseCount),
      organization: reader.read('HOOKLINE_PRIVATE_REPOS_PER_ORGANIZATION', '10', parseCount),
    },
    registry: readRegistry(reader),
    ...readWatching(reader),
    remoteImages: reader.read('HOOKLINE_REMOTE_IMAGES', 'off', oneOf('off', 'on')),
    /** Stands in callback URLs as `?node=…`, so that a proxy finds the process that waits. */
    node: reader.optional('HOOKLINE_NODE', parseNode),
    trustedProxies: reader.read('HOOKLINE_TRUSTED_PROXIES', '0', parseCount),
    secretKeys: reader.optional('HOOKLINE_SECRET_KEYS', parseSecretKeys),
    allowAddresses: reader.read('HOOKLINE_ALLOW_ADDRESSES', '', parseAllowList),
    callbackTimeout: reader.read('HOOKLINE_CALLBACK_TIMEOUT', '1h', parseCallbackTimeout),
    fastCallback: reader.read('HOOKLINE_FAST_CALLBACK', '1s', parseFastCallback),
    retryDelays: reader.read('HOOKLINE_RETRY_DELAYS', '5s,15s,45s,2m,6m,18m,1h,1h,1h', parseDurations),
    endpoint: readEndpoint(reader),
    sweepInterval: reader.read('HOOKLINE_SWEEP_INTERVAL', '10s', parseDuration),
    keyCheck: reader.read('HOOKLINE_KEY_CHECK', 'on', oneOf('on', 'off')),
    stopDelay: reader.read('HOOKLINE_STOP_DELAY', '0s', parseDuration),
    logLevel: reader.read('HOOKLINE_LOG_LEVEL', 'info', oneOf('silent', 'error', 'warn', 'info', 'debug', 'trace')),
    temporalPort: reader.optional('HOOKLINE_TEMPORAL_PORT', parsePort),
    temporalUiPort: reader.optional('HOOKLINE_TEMPORAL_UI_PORT', parsePort),
    /** Where people find Temporal's Web UI; without it, that of the server which the hub has started. */
    temporalUiUrl: reader.optional('HOOKLINE_TEMPORAL_UI_URL', parsePublicUrl),
    cacheDir: resolve(reader.read('HOOKLINE_CACHE_DIR', `${reader.read('XDG_CACHE_HOME', `${homedir()}/.cache`, asText)}/hookline`, asText)),
  };
}

function parseSecretKeys(text: string): MasterKey[] {
  const keys = splitList(text).map((entry) => {
    const [, kid, encoded] = /^([A-Za-z0-9_-]{1,32}):([A-Za-z0-9+/_-]+={0,2})$/.exec(entry) ?? [];
    const key = Buffer.from(encoded ?? '', 'base64');
    if (kid === undefined || key.length < 32) throw new Error('write kid:base64 with 32 bytes or more, comma-separated');
    return { kid, key };
  });
  if (keys.length === 0) throw new Error('write at least one kid:base64');
  if (new Set(keys.map(({ kid }) => kid)).size !== keys.length) throw new Error('each kid may stand once');
  return keys;
}

/** The entries as they are written; the address guard reads them again. Every faulty one is named. */
function parseAllowList(text: string): string[] {
  const entries = splitList(text);
  const faults = entries.flatMap((entry) => {
    try {
      parseAllowEntry(entry);
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
  if (faults.length > 0) throw new Error(faults.join('; '));
  return entries;
}

const ATTACH_KEYS = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'];

/**
 * How to reach an existing Temporal, from the standard TEMPORAL_* variables and, where one is named,
 * its configuration file. Undefined: none was named, so the hub starts a server of its own.
 */
function parseTemporal(env: Readonly<Record<string, string | undefined>>, faults: string[]): ClientConnectConfig | undefined {
  if (!ATTACH_KEYS.some((key) => env[key])) return undefined;
  const set = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  try {
    return loadClientConnectConfig({
      overrideEnvVars: Object.fromEntries(set),
      disableFile: !env['TEMPORAL_PROFILE'] && !env['TEMPORAL_CONFIG_FILE'],
    });
  } catch (error) {
    faults.push(`TEMPORAL_*: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

/** Reads `.env` of the working directory beneath the process environment, which wins. */
export function readEnvironment(): Record<string, string | undefined> {
  try {
    return { ...parseDotenv(readFileSync('.env')), ...process.env };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { ...process.env };
    throw error;
  }
}

/**
 * The configuration of this process, checked and frozen.
 * @throws ConfigError naming every faulty key at once.
 */
export function loadConfig(env: Readonly<Record<string, string | undefined>> = readEnvironment()): Config {
  const reader = new Reader(env);
  const parsed = parseAll(reader);
  const unknown = Object.keys(env).filter((key) => key.startsWith('HOOKLINE_') && !KNOWN_KEYS.has(key));
  reader.faults.push(...unknown.map((key) => `${key}: no such setting`));
  const temporal = parseTemporal(env, reader.faults);
  if (reader.faults.length > 0) throw new ConfigError(reader.faults);
  return Object.freeze({ ...parsed, temporal });
}

/** Every key that `parseAll` reads: a misspelt one is a fault, not a silent default. */
const KNOWN_KEYS: ReadonlySet<string> = (() => {
  const asked = new Set<string>();
  parseAll(new Reader(new Proxy({}, { get: (_, key) => void asked.add(String(key)) })));
  return asked;
})();
