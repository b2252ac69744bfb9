import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import test, { type ExecutionContext } from 'ava';
import { tempDir } from '../helpers/ports.js';

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const CALLER = fileURLToPath(new URL('tlsCaller.js', import.meta.url));

/** An authority, and what it signs: for `name`, good for so many days from now. */
async function openAuthority(t: ExecutionContext) {
  const dir = await tempDir(t);
  const at = (name: string) => join(dir, name);
  const openssl = (...args: string[]) => void execFileSync('openssl', args, { stdio: 'ignore' });
  openssl('req', '-x509', ...KEY, '-days', '2', '-subj', '/CN=authority', '-keyout', at('ca.key'), '-out', at('ca.pem'));
  const issue = (name: string, days: number) => {
    const file = `${name}${days}`;
    openssl('req', ...KEY, '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-keyout', at(`${file}.key`), '-out', at(`${file}.csr`));
    const signing = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-copy_extensions', 'copy'];
    openssl('x509', '-req', '-in', at(`${file}.csr`), ...signing, '-days', String(days), '-out', at(`${file}.pem`));
    return { key: readFileSync(at(`${file}.key`)), cert: readFileSync(at(`${file}.pem`)) };
  };
  return { file: at('ca.pem'), issue };
}

async function serve(t: ExecutionContext, identity: { key: Buffer; cert: Buffer }): Promise<number> {
  const server = createServer(identity, (_, response) => response.writeHead(200, { connection: 'close' }).end());
  server.on('tlsClientError', () => undefined).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  return (server.address() as AddressInfo).port;
}

test('a certificate of a trusted authority is taken, one that has expired or is another host’s is not', async (t) => {
  const { file, issue } = await openAuthority(t);
  const [good, expired] = [await serve(t, issue('hooks.test', 2)), await serve(t, issue('hooks.test', -1))];
  const urls = [`https://hooks.test:${good}/`, `https://hooks.test:${expired}/`, `https://other.test:${good}/`];
  const { stdout } = await promisify(execFile)(process.execPath, [CALLER, ...urls], { env: { ...process.env, NODE_EXTRA_CA_CERTS: file } });
  const results = stdout.trim().split('\n').map((line) => JSON.parse(line) as object);
  t.like(results[0], { kind: 'answered', status: 200 });
  t.like(results[1], { kind: 'failed', error: 'tls_error', detail: 'TLS could not be set up (CERT_HAS_EXPIRED).' });
  t.like(results[2], { kind: 'failed', error: 'tls_error', detail: 'TLS could not be set up (ERR_TLS_CERT_ALTNAME_INVALID).' });
});
