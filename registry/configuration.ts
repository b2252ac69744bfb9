import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';
import { formatAddress, type Address, type Config } from '../config.js';
import type { Keyring } from '../keys.js';
import type { RegistryKeys } from './keys.js';
import { REGISTRY_SERVICE, TOKEN_ISSUER } from './token.js';

/** What the hub and a registry must agree on. */
export interface Agreement {
  /** The public origin of the door: it pins what the registry writes into `Location` and into its events. */
  readonly publicUrl: string;
  /** Where its clients get tokens. */
  readonly realm: string;
  /** The certificate of the authority that signs for tokens. */
  readonly caFile: string;
  /** Where it tells of pushes, and the secret it does so with. */
  readonly eventsUrl: string;
  readonly eventsSecret: string;
  /** Signs the state of uploads that are under way. */
  readonly httpSecret: string;
}

/** What this hub tells a registry that sends its events to `hubUrl`. */
export function agree(
  { config, keyring, keys, hubUrl }: { config: Pick<Config, 'publicUrl' | 'registry'>; keyring: Pick<Keyring, 'deriveSecret'>; keys: Pick<RegistryKeys, 'caFile'>; hubUrl: string },
): Agreement {
  return {
    publicUrl: config.registry.publicUrl,
    realm: `${config.publicUrl}/token`,
    caFile: keys.caFile,
    // Never a redirect on the way: it would lose the event.
    eventsUrl: `${hubUrl}/events`,
    eventsSecret: keyring.deriveSecret('registry events'),
    httpSecret: keyring.deriveSecret('registry http'),
  };
}

/** The hub's own origin from this machine, whatever proxies stand in front. */
export function findLocalUrl({ host, port }: Address): string {
  const local: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  return `http://${formatAddress({ host: local[host] ?? host, port })}`;
}

/** Where the registry that the hub runs itself listens and keeps its files. */
export interface EmbeddedPlace {
  readonly address: string;
  readonly directory: string;
}

/** How long an answer to an event may take, and the pause after five failures in a row. */
const EVENTS = { timeout: '5s', threshold: 5, backoff: '5s' };

/** The part that every registry under this hub needs: both lines of Distribution, 2.8 and 3, read it. */
export function describeAgreement({ publicUrl, realm, caFile, eventsUrl, eventsSecret, httpSecret }: Agreement) {
  return {
    http: { host: publicUrl, secret: httpSecret },
    auth: { token: { realm, service: REGISTRY_SERVICE, issuer: TOKEN_ISSUER, rootcertbundle: caFile } },
    notifications: {
      // Sizes of layers come with the event of their manifest.
      events: { includereferences: true },
      endpoints: [{
        name: 'hookline',
        url: eventsUrl,
        headers: { Authorization: [`Bearer ${eventsSecret}`] },
        ...EVENTS,
        // Blobs: of no use here, and most of all events.
        ignore: { mediatypes: ['application/octet-stream'] },
      }],
    },
  };
}

/** The whole configuration of the registry that the hub runs itself. There is no debug server: it would print the secret of the events. */
export function describeEmbedded(agreement: Agreement, { address, directory }: EmbeddedPlace) {
  const { http, ...rest } = describeAgreement(agreement);
  return {
    version: 0.1,
    // At `warn` it tells of every request that comes without a token, as all do at first.
    log: { level: 'error', formatter: 'json', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: directory }, delete: { enabled: true } },
    http: { addr: address, ...http, headers: { 'X-Content-Type-Options': ['nosniff'] } },
    ...rest,
  };
}

/** Writes a configuration as YAML, whole or not at all, readable by its owner alone: it holds secrets. */
export async function writeConfiguration(file: string, configuration: object): Promise<void> {
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, stringify(configuration, { lineWidth: 0 }), { flag: 'wx', mode: 0o600 });
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}
