import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '../log.js';
import { removePidFile, stopOrphan, writePidFile, type Place } from './pidFile.js';
import { ServerProcess, type ServerProgram } from './process.js';

const READY_MS = 60_000;
const BACKOFF_MS = { first: 1000, most: 30_000 };
/** A server that lived so long is taken for healthy: its next end starts the backoff anew. */
const STABLE_MS = 60_000;

/** `ready`: answers · `down`: it died and is being started again · `stopped`: by stop(), for good. */
export type ServerState = 'ready' | 'down' | 'stopped';

/** What to keep running. */
export interface KeeperOptions extends Place {
  readonly log: Logger;
  /** Called once, when no earlier server is left: whether anybody else is in the way. */
  check?(): Promise<void>;
  /** Called before each start. */
  describe(): Promise<ServerProgram>;
  /** Called at each change of state, the first `ready` included. */
  readonly onState?: ((state: ServerState) => void) | undefined;
}

/** A server of our own, kept running until `stop`. */
export interface KeptServer {
  /** Ends the server and the restarts: SIGTERM, SIGKILL after ten seconds. May be called twice. */
  stop(): Promise<void>;
  /** The id of the server's process; undefined while it is down. */
  pid(): number | undefined;
}

/**
 * Starts a server and settles once it answers. One that dies later is started again, after 1 s, 2 s, … 30 s, anew from
 * 1 s once one has lived for a minute.
 * @throws ProgramUnavailableError where its files are in use, or it does not become ready.
 */
export async function keepServer(options: KeeperOptions): Promise<KeptServer> {
  const keeper = new ServerKeeper(options);
  await keeper.prepare();
  await keeper.launch();
  const kept = keeper.keepRunning();
  return { pid: () => keeper.pid, stop: () => keeper.stop().then(() => kept) };
}

/** Keeps one server running on the same files, process after process. */
class ServerKeeper {
  private readonly stopping = new AbortController();
  private current: ServerProcess | undefined;
  private state: ServerState | undefined;

  constructor(private readonly options: KeeperOptions) {}

  get pid(): number | undefined {
    return this.state === 'ready' ? this.current?.pid : undefined;
  }

  /** Makes the place usable: no other server works there. */
  async prepare(): Promise<void> {
    const { name, pidFile, log, check } = this.options;
    await mkdir(dirname(pidFile), { recursive: true });
    const orphan = await stopOrphan(this.options);
    if (orphan) log.warn({ server_pid: orphan }, `${name} of an earlier run was still there and was stopped`);
    await check?.();
  }

  /** One process, up to its first answer; one that does not get there is stopped before the error goes on. */
  async launch(): Promise<void> {
    const { name, pidFile, log, describe } = this.options;
    const program = await describe();
    const server = new ServerProcess(program, log);
    this.current = server;
    try {
      if (server.pid !== undefined) writePidFile(pidFile, server.pid);
      await server.waitReady(READY_MS);
    } catch (error) {
      await server.stop();
      throw error;
    }
    this.enter('ready');
    log.info({ address: program.address, server_pid: server.pid }, `${name} is ready`);
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
      this.options.log.error({ reason, retry_in_ms: delay }, `${this.options.name} died and is started again`);
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
      if (!signal.aborted) this.options.log.error({ err }, `${this.options.name} could not be started again`);
    }
  }

  /** Ends the process and the restarts. */
  async stop(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.stopping.abort();
    await this.current?.stop();
    await removePidFile(this.options.pidFile);
    this.enter('stopped');
  }

  private enter(state: ServerState): void {
    if (this.state === state || this.state === 'stopped') return;
    this.state = state;
    this.options.onState?.(state);
  }
}
