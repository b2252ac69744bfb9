import type { House } from '../house.js';
import type { Temporal } from '../temporal/client.js';
import { ensureAdmin } from './admin.js';
import { createApp } from './app.js';
import { createLoginLimits } from './loginLimits.js';
import { listen, type Listening } from './listen.js';
import { INSTANCE } from './routes/system.js';

/** An API that listens, and what its start has to tell. */
export interface Served extends Listening {
  /** The administrator's password, where it was generated just now. */
  readonly generatedPassword: string | undefined;
}

/** Makes the administrator where there is none, and listens. */
export async function serve(house: House, temporal: Temporal): Promise<Served> {
  const { config, log, db, keyring, guard, registryKeys } = house;
  const generatedPassword = await ensureAdmin(db, { username: config.adminUsername, password: config.adminPassword });
  const app = createApp({ db, temporal, config, keyring, guard, registryKeys, logins: createLoginLimits(), log });
  return { ...(await listen(app, config.address)), generatedPassword };
}

/**
 * Whether the hub reaches itself under its public URL, from which callback URLs are built; undefined where it does,
 * otherwise a sentence with what to do.
 */
export async function findPublicUrlFault(publicUrl: string): Promise<string | undefined> {
  const advice = 'receivers will not reach their callback_url: set HOOKLINE_PUBLIC_URL to an address that leads here';
  try {
    const answer = await fetch(`${publicUrl}/version`, { redirect: 'error', signal: AbortSignal.timeout(5000) });
    const { instance } = (await answer.json()) as { instance?: unknown };
    return instance === INSTANCE ? undefined : `${publicUrl} leads to another server; ${advice}`;
  } catch (error) {
    return `${publicUrl} does not answer (${error instanceof Error ? error.message : String(error)}); ${advice}`;
  }
}
