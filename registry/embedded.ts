import { join, resolve } from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { Logger } from '../log.js';
import { inheritEnvironment } from '../programs/environment.js';
import { keepServer, type KeptServer, type ServerState } from '../programs/keeper.js';
import { drawPort, isPortFree } from '../programs/ports.js';
import type { ServerProgram } from '../programs/process.js';
import { describeEmbedded, writeConfiguration, type Agreement } from './configuration.js';
import { isReachable, type Upstream } from './upstream.js';

const HOST = '127.0.0.1';
/**
 * Of the environment the registry gets nothing that would change its configuration (`REGISTRY_HTTP_ADDR` and the like)
 * and no proxy: it calls nobody but the hub.
 */
const UNWANTED = /^(REGISTRY_|OTEL_|(https?|all|no)_proxy$)/i;
/** Version 3 sends traces to a collector on this host unless told not to. */
const EXTRA = { OTEL_TRACES_EXPORTER: 'none' };

/** How to start the registry. */
export interface EmbeddedOptions {
  readonly binary: string;
  readonly dataDir: string;
  readonly agreement: Agreement;
  readonly log: Logger;
  /** Called at each change of state, the first `ready` included. */
  readonly onState?: (state: ServerState) => void;
}

/** A registry that the hub runs itself: reachable on loopback alone, at a port that may be another after a restart. */
export interface EmbeddedRegistry extends Upstream, KeptServer {}

/** Where the hub's own registry has its configuration. */
export function locateConfiguration(dataDir: string): string {
  return join(resolve(dataDir), 'registry.yml');
}

/**
 * Starts Distribution on `dataDir/registry/` and settles once it answers. One that dies later is started again on the
 * same files.
 * @throws ProgramUnavailableError for a directory in use, or a registry that does not become ready.
 */
export async function startRegistry({ binary, dataDir, agreement, log, onState }: EmbeddedOptions): Promise<EmbeddedRegistry> {
  const file = locateConfiguration(dataDir);
  const directory = join(resolve(dataDir), 'registry');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  let port: number | undefined;
  const describe = async (): Promise<ServerProgram> => {
    if (port === undefined || !(await isPortFree(HOST, port))) port = await drawPort(HOST);
    const address = `${HOST}:${port}`;
    await writeConfiguration(file, describeEmbedded(agreement, { address, directory }));
    const answers = () => isReachable({ origin: () => `http://${address}` });
    return { name: 'The registry', binary, args: ['serve', file], env: inheritEnvironment(UNWANTED, EXTRA), address, answers, secret: agreement.eventsSecret };
  };
  const kept = await keepServer({ name: 'The registry', pidFile: join(resolve(dataDir), 'registry.pid'), held: file, log, onState, describe });
  return { ...kept, keepsHost: true, origin: () => (kept.pid() === undefined ? undefined : `http://${HOST}:${port}`) };
}
