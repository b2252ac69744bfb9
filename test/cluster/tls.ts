import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createIdentity } from '../clients/certificate.js';
import { tempDir } from '../helpers/ports.js';
import type { ServerTls } from './temporalServer.js';

const NAME = 'temporal.internal';

/** One certificate that signs itself: authority, server and client are the same. Removed with the test. */
export async function createServerTls(t: { teardown(clean: () => Promise<void>): void }): Promise<ServerTls> {
  const dir = await tempDir(t);
  const { certificate, key } = createIdentity(NAME);
  const files = { 'ca.pem': certificate, 'server.pem': certificate, 'server-key.pem': key };
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text, { mode: 0o600 });
  const crt = Buffer.from(certificate);
  const client = { serverRootCACertificate: crt, clientCertPair: { crt, key: Buffer.from(key) }, serverNameOverride: NAME };
  return { dir, serverName: NAME, client };
}

/** The same for a process of the hub, as its environment. */
export function describeTls({ dir, serverName }: ServerTls): Record<string, string> {
  return {
    TEMPORAL_TLS: 'true',
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: join(dir, 'ca.pem'),
    TEMPORAL_TLS_CLIENT_CERT_PATH: join(dir, 'server.pem'),
    TEMPORAL_TLS_CLIENT_KEY_PATH: join(dir, 'server-key.pem'),
    TEMPORAL_TLS_SERVER_NAME: serverName,
  };
}
