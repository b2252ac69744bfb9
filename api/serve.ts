import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type Koa from 'koa';
import { findNamedRepository } from '../db/repositories.js';
import type { House } from '../house.js';
import type { Keyring } from '../keys.js';
import { createRegistryClient } from '../registry/client.js';
import { openDoor, type Door } from '../registry/door.js';
import type { Upstream } from '../registry/upstream.js';
import type { Temporal } from '../temporal/client.js';
import { ensureAdmin } from './admin.js';
import { createApp } from './app.js';
import { createChangeFeed } from './live/feed.js';
import { createLoginLimits } from './loginLimits.js';
import { listen, type Listening } from './listen.js';
import { INSTANCE } from './routes/system.js';

/** Where the build puts the pages. */
const PAGES = fileURLToPath(new URL('../web', import.meta.url));

/** An API that listens, and what its start has to tell. */
export interface Served extends Listening {
  /** The administrator's password, where it was generated just now. */
  readonly generatedPassword: string | undefined;
}

/** Makes the administrator where there is none, and listens; with a registry behind it, the door to it is opened too. */
export async function serve(house: House & { readonly workflowsUrl?: string | undefined }, temporal: Temporal, upstream?: Upstream): Promise<Served> {
  const { config, log, db, keyring, guard, registryKeys, waiting, workflowsUrl } = house;
  const generatedPassword = await ensureAdmin(db, { username: config.adminUsername, password: config.adminPassword });
  const registry = upstream && createRegistryClient(upstream.origin, registryKeys);
  let stopping = false;
  const logins = createLoginLimits();
  const changes = createChangeFeed({ db, log });
  const app = createApp({ pages: PAGES, db, temporal, config, keyring, guard, registryKeys, registry, waiting, logins, changes, log, workflowsUrl, isStopping: () => stopping });
  const api = await listen(app, config.address);
  const close = async (): Promise<void> => {
    // Whoever asks /readyz is told first, and has this long to send new requests elsewhere.
    stopping = true;
    await wait(config.stopDelay);
    // Streams have no end of their own.
    await changes.stop();
    await Promise.all([door?.close(), api.close()]);
  };
  const door = upstream && (await openRegistryDoor(house, app, upstream).catch(async (error: unknown) => {
    await api.close();
    throw error;
  }));
  return { ...api, close, generatedPassword };
}

async function openRegistryDoor({ config, log, db }: House, app: Koa, upstream: Upstream): Promise<Door> {
  const { registry: { address, publicUrl }, trustedProxies } = config;
  const handle = app.callback();
  return openDoor({
    address, publicUrl, upstream, trustedProxies, log,
    hub: (request, response) => void handle(request, response),
    findOfficial: (name) => findNamedRepository(db, 'library', name),
  });
}

/**
 * Whether the hub reaches itself, or another process of the same hub, under its public URL, from which callback URLs are
 * built; undefined where it does, otherwise a sentence with what to do.
 */
export async function findPublicUrlFault(publicUrl: string, { fingerprints }: Pick<Keyring, 'fingerprints'>): Promise<string | undefined> {
  const advice = 'receivers will not reach their callback_url: set HOOKLINE_PUBLIC_URL to an address that leads here';
  try {
    const answer = await fetch(`${publicUrl}/version`, { redirect: 'error', signal: AbortSignal.timeout(5000) });
    const { instance, hub } = (await answer.json()) as { instance?: unknown; hub?: unknown };
    const isOurs = instance === INSTANCE || [...fingerprints.values()].some((print) => print === hub);
    return isOurs ? undefined : `${publicUrl} leads to another server; ${advice}`;
  } catch (error) {
    return `${publicUrl} does not answer (${error instanceof Error ? error.message : String(error)}); ${advice}`;
  }
}
