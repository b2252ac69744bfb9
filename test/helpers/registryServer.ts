import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cleaner } from './database.js';
import { pollUntil } from './poll.js';
import { freePort, tempDir } from './ports.js';

/** A registry that runs. */
export interface RegistryServer {
  readonly url: string;
}

/** Starts Distribution's own program on a free port, where it takes the tokens of this authority; it ends with the test. */
export async function startRegistryServer(t: Cleaner, program: string, caFile: string, realm = 'http://127.0.0.1:1/token'): Promise<RegistryServer> {
  const port = await freePort();
  const dir = await tempDir(t);
  const file = join(dir, 'config.json');
  // JSON is YAML.
  await writeFile(file, JSON.stringify({
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(dir, 'data') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: 'of this test' },
    auth: { token: { realm, service: 'hookline-registry', issuer: 'hookline', rootcertbundle: caFile } },
  }));
  const child = spawn(program, ['serve', file], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  await pollUntil('the registry asks for a token', async () => (await fetch(`${url}/v2/`).catch(() => undefined))?.status === 401);
  return { url };
}
