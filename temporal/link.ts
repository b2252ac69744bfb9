import { setTimeout as wait } from 'node:timers/promises';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import type { Logger } from '../log.js';
import { prepareNamespace } from './namespace.js';
import type { TemporalSettings } from './settings.js';

const FIRST_PAUSE = 500;
const MAX_PAUSE = 15_000;

export interface LinkOptions {
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
  readonly settings: TemporalSettings;
  /** True where the server is a child of ours. */
  readonly own: boolean;
  readonly log: Logger;
  /** Called once, with the connection, when the namespace is ready: a worker starts here. */
  readonly onReady?: (connection: NativeConnection) => void;
}

/** The process's one connection to Temporal, which may take its time to come about. */
export interface Link {
  /** The connection, once there is one; it reconnects by itself. */
  readonly connection: () => NativeConnection | undefined;
  /** Makes namespace and search attributes ready again, after the server was started anew. */
  prepare(): Promise<void>;
  /** Gives up connecting, or closes the connection. */
  close(): Promise<void>;
}

/**
 * Connects in the background, for as long as it takes: pushes and callbacks are accepted meanwhile. gRPC is not
 * compressed, since the payloads are a few hundred bytes of ids.
 */
export function openLink(options: LinkOptions): Link {
  const stop = new AbortController();
  let connection: NativeConnection | undefined;
  const prepare = async () => {
    if (connection) await prepareNamespace(connection, options.settings, options);
  };
  const connecting = connect(options, stop.signal, async (opened) => {
    connection = opened;
    await prepare();
    options.onReady?.(opened);
  });
  return {
    connection: () => connection,
    prepare,
    async close() {
      stop.abort();
      await connecting;
      await connection?.close();
    },
  };
}

async function connect(
  { connection, log }: LinkOptions,
  signal: AbortSignal,
  use: (opened: NativeConnection) => Promise<void>,
): Promise<void> {
  let opened: NativeConnection | undefined;
  for (let pause = FIRST_PAUSE; !signal.aborted; pause = Math.min(pause * 2, MAX_PAUSE)) {
    try {
      opened ??= await NativeConnection.connect({ grpcCompression: { codec: 'none' }, ...connection });
      return await use(opened);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ address: connection.address, reason }, 'Temporal cannot be reached yet; trying on');
      await wait(pause, undefined, { signal }).catch(() => undefined);
    }
  }
}
