import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { parse as parseDotenv } from 'dotenv';
import { parseAllowEntry } from './address.js';
import { readWatching } from './config/watching.js';
import type { MasterKey } from './keys.js';

/** Everything a process may be told from outside. Durations are milliseconds. */
export type Config = Readonly<ReturnType<typeof parseAll>> & { readonly temporal: ClientConnectConfig | undefined };

/** Host and port of a listening socket. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** All faults of a configuration, one line each, so that they can be mended in one go. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** How a duration is written, in the environment and in the API: `500ms`, `30s`, `5m`, `1h`, `7d`. */
export const DURATION_PATTERN = '^[0-9]{1,9}(ms|s|m|h|d)$';

/** Milliseconds of a duration such as `30s`; throws an Error that shows the accepted form. */
export function parseDuration(text: string): number {
  const [, amount, unit] = /^([0-9]{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) throw new Error('write a duration such as 30s, 5m, 1h');
  return Number(amount) * (UNITS[unit] ?? 1);
}

/** The shortest exact spelling of a duration in milliseconds: 3600000 -> `1h`. */
export function formatDuration(ms: number): string {
  const [unit, size] = Object.entries(UNITS).reverse().find(([, size]) => ms > 0 && ms % size === 0) ?? ['ms', 1];
  return `${ms / size}${unit}`;
}

function parseAddress(text: string): Address {
  const [, host, port] = /^(\[[0-9a-fA-F:]+\]|[^:\s]+):([0-9]{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) throw new Error('write HOST:PORT, for instance 127.0.0.1:7080');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}

/** HOST:PORT, as it stands in a URL. */
export function formatAddress({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function parsePort(text: string): number {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 65_535) throw new Error('write a port from 1 to 65535');
  return Number(text);
}

function parsePublicUrl(text: string): string {
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.search || url.hash || url.username) {
    throw new Error('write an http or https URL without query, fragment or credentials');
  }
  return url.href.replace(/\/+$/, '');
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

function splitList(text: string): string[] {
  return text.split(',').map((entry) => entry.trim()).filter(Boolean);
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

function parseDurations(text: string): number[] {
  return splitList(text).map(parseDuration);
}

function oneOf<const T extends string>(...values: T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value === text);
    if (found === undefined) throw new Error(`write one of: ${values.join(', ')}`);
    return found;
  };
}

const asText = (text: string): string => text;

function parsePassword(text: string): string {
  if (text.length < 8) throw new Error('use at least 8 characters');
  return text;
}

/** Reads each key in turn, collecting faults instead of stopping at the first. */
class Reader {
  readonly faults: string[] = [];
  constructor(private readonly env: Readonly<Record<string, string | undefined>>) {}

  /** The parsed value, or the parsed default; a fault is kept and the default returned. */
  read<T>(name: string, fallback: string, parse: (text: string) => T): T {
    return this.optional(name, parse) ?? parse(fallback);
  }

  optional<T>(name: string, parse: (text: string) => T): T | undefined {
    const text = this.env[name]?.trim();
    if (!text) return undefined;
    try {
      return parse(text);
    } catch (error) {
      // The value itself stays out of the message: it may be a secret.
      this.faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
}

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
    ...readWatching(reader, parseAddress),
    remoteImages: reader.read('HOOKLINE_REMOTE_IMAGES', 'off', oneOf('off', 'on')),
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
    cacheDir: resolve(reader.read('HOOKLINE_CACHE_DIR', `${reader.read('XDG_CACHE_HOME', `${homedir()}/.cache`, asText)}/hookline`, asText)),
  };
}

/** `off`, `embedded`, or the origin of a registry that the operator runs. */
function parseRegistry(text: string): { readonly mode: 'off' | 'embedded' | 'attached'; readonly url?: string } {
  if (text === 'off' || text === 'embedded') return { mode: text };
  if (!/^https?:\/\//.test(text)) throw new Error('write off, embedded, or the URL of a registry');
  return { mode: 'attached', url: parseOrigin(text) };
}

/** Clients know a registry by host and port alone. */
function parseOrigin(text: string): string {
  const url = new URL(parsePublicUrl(text));
  if (url.pathname !== '/') throw new Error('write an http or https URL without a path');
  return url.origin;
}

function readRegistry(reader: Reader) {
  const address = reader.read('HOOKLINE_REGISTRY_ADDRESS', '127.0.0.1:5000', parseAddress);
  return {
    ...reader.read('HOOKLINE_REGISTRY', 'off', parseRegistry),
    /** Where the door to the registry listens. */
    address,
    /** The door's public origin: its host and port stand before the names of images. */
    publicUrl: reader.read('HOOKLINE_REGISTRY_URL', `http://${formatAddress(address)}`, parseOrigin),
    autoCreate: reader.read('HOOKLINE_REGISTRY_AUTO_CREATE', 'on', oneOf('off', 'on')) === 'on',
  };
}

/** How receivers are spared, and others spared from them. */
function readEndpoint(reader: Reader) {
  return {
    /** Calls at once to one origin that answers, in each process; a quarter of them until it has. */
    concurrency: reader.read('HOOKLINE_ENDPOINT_CONCURRENCY', '32', parsePositive),
    /** Deliveries a second, to one webhook and in each process, that go on after a pause. */
    rate: reader.read('HOOKLINE_ENDPOINT_RATE', '10', parsePositive),
    /** Failed attempts in a row, over all deliveries of a webhook, that pause it. */
    pauseAfter: reader.read('HOOKLINE_ENDPOINT_PAUSE_AFTER', '5', parsePositive),
    /** The first pause, the second, …; the last one stands for all that follow. */
    pauses: reader.read('HOOKLINE_ENDPOINT_PAUSES', '1m,2m,5m,10m,20m,30m', parsePauses),
    /** How long a delivery waits behind a pause before it is given up. */
    hold: reader.read('HOOKLINE_ENDPOINT_HOLD', '3d', parseDuration),
  };
}

function parsePauses(text: string): number[] {
  const pauses = parseDurations(text);
  if (pauses.length === 0) throw new Error('write at least one duration');
  return pauses;
}

function parsePositive(text: string): number {
  const count = parseCount(text);
  if (count === 0) throw new Error('write a whole number from 1 to 999999');
  return count;
}

function parseCount(text: string): number {
  if (!/^[0-9]{1,6}$/.test(text)) throw new Error('write a whole number from 0 to 999999');
  return Number(text);
}

function parseUsername(text: string): string {
  if (!/^[a-z0-9]{2,30}$/.test(text)) throw new Error('use 2 to 30 lower-case letters and digits');
  return text;
}

function parseCallbackTimeout(text: string): number {
  const timeout = parseDuration(text);
  if (timeout < 1000 || timeout > 30 * 86_400_000) throw new Error('use 1s to 30d');
  return timeout;
}

function parseFastCallback(text: string): number {
  const patience = text === '0' ? 0 : parseDuration(text);
  if (patience > 5000) throw new Error('use 0 to 5s');
  return patience;
}

function parseDatabaseUrl(text: string): string {
  if (!/^(sqlite:|postgres(ql)?:\/\/)./.test(text)) throw new Error('write sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME');
  return text;
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
