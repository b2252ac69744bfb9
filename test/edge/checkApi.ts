import { startApi } from '../helpers/api.js';
import { buildUser } from '../helpers/builders.js';
import type { Cleaner } from '../helpers/database.js';
import { prepareScene } from './apiScene.js';
import { runSchemathesis, type SchemathesisOptions } from './schemathesis.js';

/**
 * Asks an API of its own, over HTTP, everything that its document says. Nothing leaves this machine: there is no worker,
 * and no name server is asked. An answer that does not fit its schema, or an error that is not declared, is a 500 here.
 */
export async function checkApi(t: Cleaner, options: Omit<SchemathesisOptions, 'url' | 'token'>): Promise<{ code: number | null; output: string }> {
  const api = await startApi(t);
  const token = await api.login(await buildUser(api.db, { is_admin: true }));
  const url = `http://127.0.0.1:${api.port}`;
  await prepareScene(url, token);
  return runSchemathesis({ ...options, url, token });
}
