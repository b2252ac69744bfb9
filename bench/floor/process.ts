import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger, makeTelemetryFilterString, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { serveParent } from '../child.js';
import { activities } from './activities.js';
import { callbackSignal, floorChain } from './workflow.js';

/** The Temporal server to start, and the worker's settings: those of the hub. */
export interface FloorPlan {
  readonly binary: string;
  readonly flags: readonly string[];
  readonly address: string;
  readonly namespace: string;
  readonly worker: {
    readonly taskQueue: string;
    readonly maxCachedWorkflows: number;
    readonly workflowTaskSlots: number;
    readonly localActivitySlots: number;
    readonly activitySlots: number;
    readonly workflowTaskPollers: number;
    readonly activityTaskPollers: number;
  };
}

/** Where the floor takes pushes, and its server's process. */
export interface FloorPlace {
  readonly url: string;
  readonly temporalPid: number;
}

const READY_MS = 60_000;
const logger = new DefaultLogger('WARN');
let server: ChildProcess | undefined;
let stopWorker: (() => Promise<void>) | undefined;

async function connect(address: string): Promise<NativeConnection> {
  for (const end = Date.now() + READY_MS; ; await wait(200)) {
    try {
      return await NativeConnection.connect({ address, grpcCompression: { codec: 'none' } });
    } catch (error) {
      if (Date.now() > end || server?.exitCode !== null) throw error;
    }
  }
}

async function createWorker(connection: NativeConnection, { namespace, worker }: FloorPlan): Promise<Worker> {
  const workflowBundle = await bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL('./workflow.js', import.meta.url)), logger });
  return Worker.create({
    connection, namespace, activities, workflowBundle,
    taskQueue: worker.taskQueue,
    maxCachedWorkflows: worker.maxCachedWorkflows,
    maxConcurrentWorkflowTaskExecutions: worker.workflowTaskSlots,
    maxConcurrentActivityTaskExecutions: worker.activitySlots,
    maxConcurrentLocalActivityExecutions: worker.localActivitySlots,
    workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: worker.workflowTaskPollers },
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: worker.activityTaskPollers },
  });
}

async function start(plan: FloorPlan): Promise<FloorPlace> {
  Runtime.install({
    shutdownSignals: [], logger,
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
  server = spawn(plan.binary, [...plan.flags], { stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const connection = await connect(plan.address);
  const worker = await createWorker(connection, plan);
  const running = worker.run();
  stopWorker = async () => {
    worker.shutdown();
    await running;
    await connection.close();
  };
  const client = new Client({ connection, namespace: plan.namespace });
  return { url: await serve(client, plan.worker.taskQueue), temporalPid: server.pid ?? 0 };
}

/** The least that a server of HTTP can be: `POST /push` starts a chain, `POST /callback/CHAIN/POSITION` signals it. */
async function serve(client: Client, taskQueue: string): Promise<string> {
  const http = createServer((request, response) => void handle(request, response).catch((error: unknown) => fail(response, error)));
  http.keepAliveTimeout = 120_000;
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const [, kind, chain = '', position] = (request.url ?? '').split('/');
    if (kind === 'callback') {
      await client.workflow.getHandle(`chain/${chain}`).signal(callbackSignal, Number(position));
      response.end('{}');
    } else {
      response.end(JSON.stringify(await startChain(JSON.parse(Buffer.concat(chunks).toString()) as FloorPush)));
    }
  }
  async function startChain({ chain, digest, hooks }: FloorPush): Promise<{ startMs: number }> {
    const started = performance.now();
    const args: Parameters<typeof floorChain> = [{ digest, hooks, callbacks: `${url}/callback/${chain}` }];
    await client.workflow.start(floorChain, { args, taskQueue, workflowId: `chain/${chain}`, requestEagerStart: true });
    return { startMs: performance.now() - started };
  }
  return url;
}

/** Body of a push to the floor. */
interface FloorPush {
  readonly chain: number;
  readonly digest: string;
  readonly hooks: readonly string[];
}

function fail(response: ServerResponse, error: unknown): void {
  console.error(error);
  response.writeHead(500).end();
}

async function stop(): Promise<void> {
  await stopWorker?.();
  if (!server || server.exitCode !== null) return;
  const ended = once(server, 'exit');
  server.kill();
  await ended;
}

process.once('exit', () => void server?.kill());
serveParent({ start }, stop);
