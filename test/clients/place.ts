import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Api, Repository } from '../e2e/api.js';
import { destroyAll, startHub, type Hub } from '../helpers/hub.js';
import { freePort, tempDir } from '../helpers/ports.js';
import { createIdentity } from './certificate.js';
import { FIXED_HOST, startFront, startProxy, type SeenRequest } from './front.js';

/** A hub as clients reach it: by https under the address that it calls itself. */
export interface Place {
  readonly hub: Hub;
  /** https://HOST:PORT, as in every link of the hub. */
  readonly url: string;
  /** HOST:PORT of that. */
  readonly host: string;
  /** URL of a proxy that leads the address which some clients cannot be talked out of here. */
  readonly proxy: string;
  /** File with the certificate that clients have to trust. */
  readonly certificate: string;
  /** Everything that came through the front. */
  readonly seen: SeenRequest[];
  /** An empty directory for homes and settings of clients. */
  readonly dir: string;
  /** A new user, made by the administrator. */
  createUser(): Promise<Person>;
}

/** Somebody with an account, and the API as they use it. */
export interface Person {
  readonly username: string;
  readonly password: string;
  readonly api: Api;
}

const opened: (() => Promise<void>)[] = [];

/** Ends what the tests of a file have started here. For `test.after.always`. */
export async function closeAll(): Promise<void> {
  for (const close of opened.splice(0)) await close();
  await destroyAll();
}

/** Starts a hub behind TLS; `closeAll` ends it. */
export async function startPlace(): Promise<Place> {
  const dir = await tempDir();
  opened.push(() => rm(dir, { recursive: true, force: true }));
  const identity = createIdentity(FIXED_HOST);
  const certificate = join(dir, 'certificate.pem');
  await writeFile(certificate, identity.certificate);
  const [hubPort, port] = [await freePort(), await freePort()];
  const host = `127.0.0.1:${port}`;
  const front = await startFront(identity, { port, hubPort });
  const proxy = await startProxy(port);
  opened.push(front.close, proxy.close);
  const hub = await startHub(undefined, { httpPort: hubPort, env: { HOOKLINE_PUBLIC_URL: `https://${host}`, NODE_EXTRA_CA_CERTS: certificate } });
  return {
    hub, url: `https://${host}`, host, proxy: `http://127.0.0.1:${proxy.port}`, certificate, seen: front.seen, dir,
    createUser: () => createUser(hub.api),
  };
}

/** A name that no other test has: letters and digits. */
export function inventName(prefix: string): string {
  return `${prefix}${randomBytes(5).toString('hex')}`;
}

/** A new user, made by the administrator. */
export async function createUser(admin: Api): Promise<Person> {
  const username = inventName('user');
  const password = `${username} likes horses`;
  await admin.post('/v2/users/', { username, email: `${username}@example.org`, password });
  const api = new Api(admin.url);
  await api.login(username, password);
  return { username, password, api };
}

/** What a test chooses of a repository. */
export interface RepositoryFields {
  readonly name?: string;
  readonly namespace?: string;
  readonly description?: string;
  readonly is_private?: boolean;
}

/** A repository of a person, or of one of their organizations. */
export async function createRepository({ username, api }: Person, fields: RepositoryFields = {}): Promise<Repository> {
  const { name, namespace } = { name: inventName('app'), namespace: username, ...fields };
  await api.post('/v2/repositories/', { ...fields, name, namespace });
  return new Repository(api, `${namespace}/${name}`);
}

/** An organization that a person owns. */
export async function createOrganization({ api }: Person, fields: object = {}): Promise<string> {
  const orgname = inventName('org');
  await api.post('/v2/orgs/', { orgname, ...fields });
  return orgname;
}

/** A home for a client, of its own. */
export function inventHome({ dir }: Pick<Place, 'dir'>): string {
  return join(dir, inventName('home'));
}
