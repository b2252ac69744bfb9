import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { createLog } from '../../log.js';
import type { ServerState } from '../../programs/keeper.js';
import { startDevServer, type DevServer } from '../../temporal/devServer.js';
import { loadTemporalSettings, type TemporalSettings } from '../../temporal/settings.js';
import { freePort } from '../helpers/ports.js';

const CACHED = join(homedir(), `.cache/hookline/temporal-1.9.1-${process.platform}-${process.arch}/temporal`);
/** The binary that `npm test` found, or the one an earlier run has left in the cache. */
export const BINARY = process.env['TEMPORAL_BINARY'] ?? CACHED;
export const SETTINGS: TemporalSettings = loadTemporalSettings();
export const LOG = createLog('silent', 'test');

// ava ends a file that timed out by SIGTERM: leave through `exit`, which takes the servers along.
process.once('SIGTERM', () => process.exit(143));

const opened: { stop(): Promise<void> }[] = [];

/** What one test varies about its server. */
export interface TestServerOptions {
  readonly dataDir: string;
  readonly port?: number;
  readonly uiPort?: number;
  readonly settings?: TemporalSettings;
  readonly onState?: (state: ServerState) => void;
}

/** A server on free ports; `stopAll` stops it if the test does not. */
export async function startTestServer(options: TestServerOptions): Promise<DevServer> {
  await mkdir(options.dataDir, { recursive: true });
  const ports = { port: await freePort(), uiPort: await freePort() };
  const server = await startDevServer({ binary: BINARY, settings: SETTINGS, log: LOG, ...ports, ...options });
  opened.push(server);
  return server;
}

/** A connection that `stopAll` closes. */
export async function connectTo({ address }: { address: string }): Promise<Connection> {
  const connection = await Connection.connect({ address });
  opened.push({ stop: () => connection.close() });
  return connection;
}

/** For `test.after.always`: connections first, then servers. */
export async function stopAll(): Promise<void> {
  for (const thing of opened.splice(0).reverse()) await thing.stop();
}

/** Whether a process of this id is there. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
