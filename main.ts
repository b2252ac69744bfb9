#!/usr/bin/env node
import { installRuntime } from './temporal/runtime.js';
import { startWorker } from './activities/start.js';
import { prepareWork } from './activities/work.js';
import { findPublicUrlFault, serve, type Served } from './api/serve.js';
import { startApi } from './api/start.js';
import type { Config } from './config.js';
import { lockDataDir } from './db/lock.js';
import { locateTemporal, locateWorkflows, openHouse, type House } from './house.js';
import type { Logger } from './log.js';
import { observe, traceProcess } from './observe.js';
import { runRole, type Running } from './process.js';
import { findRegistry } from './registry/binary.js';
import { agree, findLocalUrl } from './registry/configuration.js';
import { startRegistry } from './registry/embedded.js';
import { attachRegistry, type Upstream } from './registry/upstream.js';
import { findTemporal } from './temporal/binary.js';
import { createTemporal } from './temporal/client.js';
import { startDevServer, type DevServer } from './temporal/devServer.js';
import { openLink, type Link } from './temporal/link.js';

/** How long the welcome waits for Temporal, in milliseconds; the hub serves without it meanwhile. */
const WELCOME_PATIENCE = 30_000;

const say = (line: string): void => console.log(line);

/** `hookline [all|api|worker]`: what this process is. Any number of each may work on one PostgreSQL and one Temporal. */
await runRole({
  all: { name: 'hookline', start: startAll, flags: { '--registry': { HOOKLINE_REGISTRY: 'embedded' } } },
  api: { name: 'api', start: startApi },
  worker: { name: 'worker', start: startWorker },
});

/** All in one: Temporal (attached, or started as a child), API and worker in one process, over one connection. */
async function startAll(config: Config, log: Logger): Promise<Running> {
  traceProcess(config, 'hookline', log);
  installRuntime(log, config.temporalMetricsAddress);
  const unlock = await lockDataDir(config.dataDir);
  const house = await openHouse(config, log);
  let link: Link | undefined;
  const server = await startTemporal(house, () => void link?.prepare().catch((error: unknown) => log.warn({ err: error }, 'Temporal is not ready yet')));
  const place = locateTemporal(house);
  const ready = new Promise<void>((resolve) => {
    link = openLink({
      ...place,
      settings: house.settings,
      log,
      onReady(connection) {
        work.begin(connection);
        resolve();
      },
    });
  });
  const connection = () => link?.connection();
  const { taskQueue } = house.settings.worker;
  const temporal = createTemporal({ connection, namespace: place.namespace, taskQueue, eager: true, localFirst: config.fastCallback > 0 });
  // The worker must be there before Temporal is, and does not wait for the registry.
  const opened: { registry?: OpenedRegistry | undefined } = {};
  const upstream = config.registry.mode === 'off' ? undefined : { origin: () => opened.registry?.upstream.origin() };
  const work = prepareWork(house, temporal, { namespace: place.namespace, registry: upstream });
  const registry = await openRegistry(house);
  opened.registry = registry;
  const observation = await observe(house, { role: 'hookline', temporal });
  const served = await serve({ ...house, workflowsUrl: locateWorkflows(house, server?.uiUrl) }, temporal, registry?.upstream);
  await Promise.race([ready, new Promise((resolve) => setTimeout(resolve, WELCOME_PATIENCE).unref())]);
  await welcome(house, { served, server, link });
  return stopInOrder([served.close, () => registry?.stop(), work.stop, () => link?.close(), () => server?.stop(), observation.stop, () => house.db.destroy(), unlock]);
}

/** Starts a Temporal server of our own, unless the configuration names one to attach to. */
async function startTemporal(house: House, onReady: () => void): Promise<DevServer | undefined> {
  const { config, settings, log } = house;
  if (config.temporal) return undefined;
  const binary = await findTemporal({ cacheDir: config.cacheDir, say });
  const { dataDir, temporalPort, temporalUiPort } = config;
  return startDevServer({
    binary, settings, dataDir, log, port: temporalPort, uiPort: temporalUiPort,
    onState: (state) => state === 'ready' && onReady(),
  });
}

interface OpenedRegistry {
  readonly upstream: Upstream;
  stop(): Promise<void>;
}

/** The registry that stands behind the door, where one is configured: our own, started here, or the operator's. */
async function openRegistry({ config, keyring, registryKeys: keys, log }: House): Promise<OpenedRegistry | undefined> {
  const { cacheDir, dataDir, registry: { mode, url } } = config;
  if (url !== undefined) return { upstream: attachRegistry(url), stop: async () => undefined };
  if (mode === 'off') return undefined;
  const binary = await findRegistry({ cacheDir, say });
  const agreement = agree({ config, keyring, keys, hubUrl: findLocalUrl(config.address) });
  const upstream = await startRegistry({ binary, dataDir, agreement, log });
  return { upstream, stop: upstream.stop };
}

/** Who accepts work stops before who does it, and the database goes last. */
function stopInOrder(steps: readonly (() => Promise<void> | undefined)[]): Running {
  return {
    async stop() {
      for (const step of steps) await step();
    },
  };
}

async function welcome(
  { config, log, keyring }: House,
  { served, server, link }: { served: Served; server: DevServer | undefined; link: Link | undefined },
): Promise<void> {
  const fault = await findPublicUrlFault(config.publicUrl, keyring);
  const { publicUrl, adminUsername } = config;
  const password = served.generatedPassword ?? '(as set before)';
  const lines = [
    '',
    `  Hookline is ready            ${publicUrl}`,
    `  API, as a page               ${publicUrl}/docs`,
    `  Temporal Web UI              ${server?.uiUrl ?? 'that of the server at TEMPORAL_ADDRESS'}`,
    link?.connection() ? '' : '  Temporal does not answer yet: pushes are accepted and run when it does',
    `  Admin                        ${adminUsername}`,
    `  Password                     ${password}${served.generatedPassword ? '   (shown this once: keep it)' : ''}`,
    '',
    '  Try it:',
    `    curl -s ${publicUrl}/v2/users/login -H 'content-type: application/json' \\`,
    `      -d '{"username":"${adminUsername}","password":"${served.generatedPassword ?? '…'}"}'`,
    '    npm run demo               (in another terminal: two chains, live)',
    ...describeRegistry(config),
    fault ? `\n  Warning: ${fault}` : '',
    '',
  ];
  say(lines.filter((line, index) => line !== '' || lines[index - 1] !== '').join('\n'));
  log.info({ url: publicUrl }, 'serving');
}

/** What to type at the registry; nothing where there is none. */
function describeRegistry({ adminUsername, registry: { mode, publicUrl } }: Config): string[] {
  const { host } = new URL(publicUrl);
  if (mode === 'off') return [];
  return [
    `    docker login ${host} -u ${adminUsername}`,
    `    docker push ${host}/${adminUsername}/app:1.0`,
    mode === 'attached' ? '    npm run keys -- configuration    (what your registry needs in its configuration)' : '',
  ].filter(Boolean);
}
