import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { Cleaner } from './database.js';
import { pollUntil } from './poll.js';
import { freePort, tempDir } from './ports.js';
import { findOnPath, findProgram } from './programs.js';

/** A program of Distribution, of either line that a hub may have under it. */
export interface RegistryProgram {
  readonly title: string;
  readonly major: number;
  /** Undefined: it is not on this machine. */
  readonly file: string | undefined;
}

/** Debian's, and the one that a hub builds for itself and leaves in its cache. */
export const REGISTRIES: readonly RegistryProgram[] = [
  { title: 'Distribution 2.8', major: 2, file: findOnPath('docker-registry') },
  { title: 'Distribution 3.1', major: 3, file: findProgram('registry') },
];

/** Declares a test for each line of Distribution, that needs these programs besides. */
export function testWithRegistries(
  title: string, body: (t: ExecutionContext, registry: { file: string; major: number }) => Promise<void>, needs: readonly string[] = [],
): void {
  const missing = needs.filter((program) => findOnPath(program) === undefined);
  for (const { title: line, major, file } of REGISTRIES) {
    const absent = [...missing, ...(file === undefined ? [line] : [])];
    if (file !== undefined && absent.length === 0) test(`${title} (${line})`, async (t) => body(t, { file, major }));
    else test.skip(`${title} (${line}; not run: there is no ${absent.join(', no ')})`, (t) => t.pass());
  }
}

/** A registry that runs. */
export interface RegistryServer {
  readonly url: string;
}

/** Starts Distribution's own program on a free port, where it takes the tokens of this authority; it ends with the test. */
export async function startRegistryServer(t: Cleaner, program: string, caFile: string, realm = 'http://127.0.0.1:1/token'): Promise<RegistryServer> {
  const auth = { token: { realm, service: 'hookline-registry', issuer: 'hookline', rootcertbundle: caFile } };
  return startDistribution(t, program, { settings: { auth }, status: 401 });
}

/** The same with these settings, until it answers with this status. */
export async function startDistribution(
  t: Cleaner, program: string, { settings, status }: { settings: object; status: number },
): Promise<RegistryServer> {
  const port = await freePort();
  const dir = await tempDir(t);
  const file = join(dir, 'config.json');
  // JSON is YAML.
  await writeFile(file, JSON.stringify({
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(dir, 'data') }, delete: { enabled: true } },
    http: { addr: `127.0.0.1:${port}`, secret: 'of this test' },
    ...settings,
  }));
  const child = spawn(program, ['serve', file], { stdio: 'ignore' });
  // However the tests end, it does not outlive them.
  process.once('exit', () => child.kill('SIGTERM'));
  const ended = once(child, 'exit');
  t.teardown(async () => {
    child.kill('SIGTERM');
    await ended;
  });
  const url = `http://127.0.0.1:${port}`;
  await pollUntil(`the registry answers ${status}`, async () => (await fetch(`${url}/v2/`).catch(() => undefined))?.status === status);
  return { url };
}
