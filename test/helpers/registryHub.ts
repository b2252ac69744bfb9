import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Api } from '../e2e/api.js';
import { startHub, type Hub, type HubOptions, type Owner } from './hub.js';
import { freePort, tempDir } from './ports.js';
import type { RegistryLine } from './registryLines.js';

/** The administrator, as clients write name and password. */
export const ADMIN = 'admin:correct horse battery';

/** A whole hub with a registry behind its door. */
export interface RegistryHub extends Hub {
  /** HOST:PORT, as it stands before the names of images. */
  readonly door: string;
}

/** The hub as users run it with a registry of its own: of this line, or of the one that it finds by itself. */
export async function startRegistryHub(t: Owner, { line, ...options }: HubOptions & { line?: RegistryLine } = {}): Promise<RegistryHub> {
  const door = `127.0.0.1:${await freePort()}`;
  const programs = line && (await tempDir(t));
  if (line) await symlink(line.file, join(programs ?? '', 'registry'));
  const env = { HOOKLINE_REGISTRY: 'embedded', HOOKLINE_REGISTRY_ADDRESS: door, ...options.env };
  const hub = await startHub(t, { ...options, env, ...(programs === undefined ? {} : { programs }) });
  return { ...hub, door };
}

/** A user whom the administrator makes, with a password of their own. */
export async function createPerson(admin: Api, username: string): Promise<{ username: string; password: string; creds: string; api: Api }> {
  const password = `${username} likes horses`;
  await admin.post('/v2/users/', { username, email: `${username}@example.org`, password });
  const api = new Api(admin.url);
  await api.login(username, password);
  return { username, password, creds: `${username}:${password}`, api };
}
