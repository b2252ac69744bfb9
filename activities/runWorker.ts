import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import { Worker, type NativeConnection } from '@temporalio/worker';
import type { Logger } from '../log.js';
import type { TemporalSettings } from '../temporal/settings.js';
import { traceWorker } from '../temporal/tracing.js';
import { findTracing } from '../tracing.js';
import type { Activities } from './index.js';
import { originInterceptor } from './origin.js';

/** Made by the build from workflows/, with the very SDK that runs it. */
const BUNDLE = fileURLToPath(new URL('../workflows.bundle.js', import.meta.url));
/** The same with OpenTelemetry in it, twice as large: nobody who does not trace evaluates it for each workflow. */
const TRACED_BUNDLE = fileURLToPath(new URL('../workflows.traced.bundle.js', import.meta.url));
const FIRST_PAUSE = 1000;
const MAX_PAUSE = 30_000;
/** A call under way may use its whole deadline; then the worker goes whatever hangs. */
const GRACE = '20s';
const FORCE = '30s';
/** How long a workflow waits for the worker that has it in memory, before any other takes it: after a crash. */
const STICKY = '3s';

export interface WorkerOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly settings: TemporalSettings;
  readonly activities: Activities;
  readonly log: Logger;
  /** Name in Temporal's history; the SDK's default is process and host. */
  readonly identity?: string;
}

/** A worker that is kept running. */
export interface RunningWorker {
  /** Stops taking tasks, lets those under way finish, and settles. */
  stop(): Promise<void>;
}

/** One worker for workflows and activities, with the slots and pollers of temporal.yaml. */
export function createWorker({ connection, namespace, settings, activities, identity }: WorkerOptions): Promise<Worker> {
  const { worker } = settings;
  const { activity, ...traced } = traceWorker();
  return Worker.create({
    connection,
    namespace,
    taskQueue: worker.taskQueue,
    ...(identity === undefined ? {} : { identity }),
    workflowBundle: { codePath: findTracing() ? TRACED_BUNDLE : BUNDLE },
    activities,
    interceptors: { activity: [originInterceptor, ...activity] },
    ...traced,
    maxCachedWorkflows: worker.maxCachedWorkflows,
    maxConcurrentWorkflowTaskExecutions: worker.workflowTaskSlots,
    maxConcurrentActivityTaskExecutions: worker.activitySlots,
    maxConcurrentLocalActivityExecutions: worker.localActivitySlots,
    workflowTaskPollerBehavior: { type: 'simple-maximum', maximum: worker.workflowTaskPollers },
    activityTaskPollerBehavior: { type: 'simple-maximum', maximum: worker.activityTaskPollers },
    stickyQueueScheduleToStartTimeout: STICKY,
    shutdownGraceTime: GRACE,
    shutdownForceTime: FORCE,
  });
}

/** Runs a worker and starts another with growing pauses when it ends on an error: a server that lost its namespace. */
export function keepWorker(options: WorkerOptions): RunningWorker {
  const stop = new AbortController();
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));
  const ended = (async () => {
    for (let pause = FIRST_PAUSE; !stop.signal.aborted; pause = Math.min(pause * 2, MAX_PAUSE)) {
      try {
        const worker = await createWorker(options);
        await worker.runUntil(stopped);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        options.log.error({ reason }, 'the worker ended; another one is started');
        await wait(pause, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    }
  })();
  return {
    async stop() {
      stop.abort();
      await ended;
    },
  };
}
