import { once } from 'node:events';
import { connect } from 'node:net';
import { rename } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Connection } from '@temporalio/client';
import { findDamage } from '../db/damage.js';
import type { Logger } from '../log.js';
import { keepServer, type KeptServer, type ServerState } from '../programs/keeper.js';
import { checkPortsFree } from './ports.js';
import { cleanServerEnv, listServerFlags, locateDatabase, nameEnvFile } from './serverFlags.js';
import type { TemporalSettings } from './settings.js';

const CALL_MS = 2000;

/** How to start the server; the ports default to those of temporal.yaml and are never 0. */
export interface DevServerOptions {
  readonly binary: string;
  readonly settings: TemporalSettings;
  readonly dataDir: string;
  readonly port?: number | undefined;
  readonly uiPort?: number | undefined;
  readonly log: Logger;
  /** Called at each change of state, the first `ready` included. */
  readonly onState?: (state: ServerState) => void;
}

/** A Temporal server of our own, kept running until `stop`. */
export interface DevServer extends KeptServer {
  /** HOST:PORT of gRPC; stays the same over restarts. */
  readonly address: string;
  readonly uiUrl: string;
}

/**
 * Starts `temporal server start-dev` on `dataDir/temporal.db` and settles once it answers. A server that dies later is
 * started again on the same file and ports.
 * @throws ProgramUnavailableError for a taken port, a data directory in use, or a server that does not become ready.
 */
export async function startDevServer({ settings, dataDir, binary, log, onState, ...ports }: DevServerOptions): Promise<DevServer> {
  const { ip, uiPort: usualUiPort } = settings.devServer;
  const { port = settings.port, uiPort = usualUiPort } = ports;
  const address = `${ip}:${port}`;
  const dbFile = locateDatabase(resolve(dataDir));
  const args = listServerFlags(settings, { dbFile, port, uiPort });
  const kept = await keepServer({
    name: 'Temporal',
    pidFile: join(resolve(dataDir), 'temporal.pid'),
    held: dbFile,
    mark: nameEnvFile(dbFile),
    log,
    onState,
    async check() {
      await checkPortsFree(ip, port, uiPort);
      await setAsideDamaged(dbFile, log);
    },
    describe: async () => ({ name: 'The Temporal server', binary, args, env: cleanServerEnv(), address, answers: () => answers(address) }),
  });
  return { ...kept, address, uiUrl: `http://${ip}:${uiPort}` };
}

/**
 * Temporal's state may be lost, the record has it all: a file that no server could read is moved aside, and the sweep
 * starts the open runs again.
 */
async function setAsideDamaged(dbFile: string, log: Logger): Promise<void> {
  const damage = await findDamage(dbFile);
  if (damage === undefined) return;
  const aside = `${dbFile}.damaged-${new Date().toISOString().replaceAll(':', '-')}`;
  for (const end of ['', '-wal', '-shm']) {
    await rename(dbFile + end, aside + end).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
  }
  log.warn({ damage, aside }, "Temporal's database was damaged and is moved aside: open runs are started again from the record");
}

/**
 * Connecting makes the SDK call GetSystemInfo: a port that merely accepts is not an answer. The plain attempt before it
 * saves the second that gRPC waits after a refusal.
 */
async function answers(address: string): Promise<boolean> {
  try {
    const [host = '', port] = address.split(':');
    const socket = connect(Number(port), host);
    await once(socket, 'connect');
    socket.destroy();
    // Our own server on this host: http_proxy in the environment is not for it.
    const channelArgs = { 'grpc.enable_http_proxy': 0 };
    const connection = await Connection.connect({ address, connectTimeout: CALL_MS, channelArgs });
    await connection.close();
    return true;
  } catch {
    // Not yet: the caller asks again until its own limit and then reports what the server itself said.
    return false;
  }
}
