import { ServerKeeper, type DevServerOptions } from './serverKeeper.js';

export type { DevServerOptions, DevServerState } from './serverKeeper.js';

/** A Temporal server of our own, kept running until `stop`. */
export interface DevServer {
  /** HOST:PORT of gRPC; stays the same over restarts. */
  readonly address: string;
  readonly uiUrl: string;
  /** Ends the server and the restarts: SIGTERM, SIGKILL after ten seconds. May be called twice. */
  stop(): Promise<void>;
  /** The id of the server's process; undefined while it is down. */
  pid(): number | undefined;
}

/**
 * Starts `temporal server start-dev` on `dataDir/temporal.db` and settles once it answers. A server that dies later is
 * started again on the same file and ports, after 1 s, 2 s, … 30 s, anew from 1 s once one has lived for a minute.
 * @throws TemporalUnavailableError for a taken port, a data directory in use, or a server that does not become ready.
 */
export async function startDevServer(options: DevServerOptions): Promise<DevServer> {
  const keeper = new ServerKeeper(options);
  await keeper.prepare();
  await keeper.launch();
  const kept = keeper.keepRunning();
  const { address, uiUrl } = keeper;
  return { address, uiUrl, pid: () => keeper.pid, stop: () => keeper.stop().then(() => kept) };
}
