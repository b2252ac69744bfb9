import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cleaner } from './database.js';
import { pollUntil } from './poll.js';
import { freePort, tempDir } from './ports.js';

/** A registry's process on files of its own. */
export interface RegistryServer {
  readonly url: string;
  start(): Promise<void>;
  /** Ends it at once: what it has not told yet is lost. */
  kill(): Promise<void>;
}

export interface DistributionOptions {
  readonly port?: number;
  /** Beside those that every one of these registries has. */
  readonly settings: object;
  /** What it answers to `/v2/` once it is up. */
  readonly status: 200 | 401;
}

const opened = new Set<ChildProcess>();

// However the tests end, none of them outlives them.
process.once('exit', () => {
  for (const child of opened) child.kill('SIGKILL');
});

/** Starts Distribution's own program on a free port, where it takes the tokens of this authority; it ends with the test. */
export async function startRegistryServer(t: Cleaner, program: string, caFile: string, realm = 'http://127.0.0.1:1/token'): Promise<RegistryServer> {
  return startDistribution(t, program, { settings: { auth: trustTokens(realm, caFile) }, status: 401 });
}

/** The setting by which a registry takes a hub's tokens. */
export function trustTokens(realm: string, caFile: string): object {
  return { token: { realm, service: 'hookline-registry', issuer: 'hookline', rootcertbundle: caFile } };
}

/** The same with these settings, until it answers with this status. */
export async function startDistribution(t: Cleaner, program: string, options: DistributionOptions): Promise<RegistryServer> {
  const server = await prepareDistribution(t, program, options);
  await server.start();
  return server;
}

/** The same, to be started by the test. */
export async function prepareDistribution(t: Cleaner, program: string, { port: wanted, settings, status }: DistributionOptions): Promise<RegistryServer> {
  const port = wanted ?? (await freePort());
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
  const url = `http://127.0.0.1:${port}`;
  const child = createChild(t, program, file);
  const start = async (): Promise<void> => {
    child.start();
    await pollUntil(`the registry answers ${status}`, async () => (await fetch(`${url}/v2/`).catch(() => undefined))?.status === status);
  };
  return { url, start, kill: child.kill };
}

/** Distribution's program on a configuration, to be started and killed any number of times; it ends with the test. */
export function createChild(t: Cleaner, program: string, configuration: string): { start(): void; kill(): Promise<void> } {
  let child: ChildProcess | undefined;
  const kill = async (): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  };
  t.teardown(kill);
  return {
    kill,
    start() {
      child = spawn(program, ['serve', configuration], { stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '', OTEL_TRACES_EXPORTER: 'none' } });
      opened.add(child);
    },
  };
}
