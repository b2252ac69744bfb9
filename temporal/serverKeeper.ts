import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../log.js';
import { removePidFile, stopOrphan, writePidFile } from './pidFile.js';
import { checkPortsFree } from './ports.js';
import { listServerFlags, locateDatabase } from './serverFlags.js';
import { ServerProcess } from './serverProcess.js';
import type { TemporalSettings } from './settings.js';

const READY_MS = 60_000;
const BACKOFF_MS = { first: 1000, most: 30_000 };
/** A server that lived so long is taken for healthy: its next end starts the backoff anew. */
const STABLE_MS = 60_000;

/** `ready`: answers · `down`: it died and is being started again · `stopped`: by stop(), for good. */
export type DevServerState = 'ready' | 'down' | 'stopped';

/** How to start the server; the ports default to those of temporal.yaml and are never 0. */
export interface DevServerOptions {
  readonly binary: string;
  readonly settings: TemporalSettings;
  readonly dataDir: string;
  readonly port?: number | undefined;
  readonly uiPort?: number | undefined;
  readonly log: Logger;
  /** Called at each change of state, the first `ready` included. */
  readonly onState?: (state: DevServerState) => void;
}

/** Keeps one server running on one file and one pair of ports, process after process. */
export class ServerKeeper {
  readonly address: string;
  readonly uiUrl: string;
  private readonly place: { readonly dbFile: string; readonly port: number; readonly uiPort: number };
  private readonly pidFile: string;
  private readonly stopping = new AbortController();
  private current: ServerProcess | undefined;
  private state: DevServerState | undefined;

  constructor(private readonly options: DevServerOptions) {
    const { settings: { devServer, ...settings }, dataDir } = options;
    const { port = settings.port, uiPort = devServer.uiPort } = options;
    this.place = { dbFile: locateDatabase(resolve(dataDir)), port, uiPort };
    this.pidFile = join(resolve(dataDir), 'temporal.pid');
    this.address = `${devServer.ip}:${port}`;
    this.uiUrl = `http://${devServer.ip}:${uiPort}`;
  }

  /** The id of the server's process while there is one. */
  get pid(): number | undefined {
    return this.state === 'ready' ? this.current?.pid : undefined;
  }

  /** Makes the data directory usable: no other server on its file, nobody on the ports. */
  async prepare(): Promise<void> {
    const { settings, dataDir, log } = this.options;
    await mkdir(dataDir, { recursive: true });
    const orphan = await stopOrphan(this.pidFile, this.place.dbFile);
    if (orphan) log.warn({ server_pid: orphan }, 'stopped a Temporal server that an earlier run had left behind');
    await checkPortsFree(settings.devServer.ip, this.place.port, this.place.uiPort);
  }

  /** One process, up to its first answer; one that does not get there is stopped before the error goes on. */
  async launch(): Promise<void> {
    const { binary, settings, log } = this.options;
    const server = new ServerProcess(binary, listServerFlags(settings, this.place), log);
    this.current = server;
    try {
      if (server.pid !== undefined) await writePidFile(this.pidFile, server.pid);
      await server.waitReady(this.address, READY_MS);
    } catch (error) {
      await server.stop();
      throw error;
    }
    this.enter('ready');
    log.info({ address: this.address, ui: this.uiUrl, server_pid: server.pid }, 'Temporal is ready');
  }

  /** Starts a server that died again, until `stop`; settles then. */
  async keepRunning(): Promise<void> {
    let delay = BACKOFF_MS.first;
    for (;;) {
      const since = Date.now();
      const reason = await this.current?.ended;
      if (this.stopping.signal.aborted) return;
      if (Date.now() - since >= STABLE_MS) delay = BACKOFF_MS.first;
      this.enter('down');
      this.options.log.error({ reason, retry_in_ms: delay }, 'Temporal died and is started again');
      await this.relaunchAfter(delay);
      delay = Math.min(delay * 2, BACKOFF_MS.most);
    }
  }

  private async relaunchAfter(delay: number): Promise<void> {
    const { signal } = this.stopping;
    try {
      await wait(delay, undefined, { signal });
      signal.throwIfAborted();
      await this.launch();
    } catch (err) {
      // A stop ends the wait or the launch; any other failure is tried again after a longer wait.
      if (!signal.aborted) this.options.log.error({ err }, 'Temporal could not be started again');
    }
  }

  /** Ends the process and the restarts. */
  async stop(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.stopping.abort();
    await this.current?.stop();
    await removePidFile(this.pidFile);
    this.enter('stopped');
  }

  private enter(state: DevServerState): void {
    if (this.state === state || this.state === 'stopped') return;
    this.state = state;
    this.options.onState?.(state);
  }
}
