import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogEntry } from '@temporalio/worker';
import type { Logger } from '../log.js';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/**
 * Sets the SDK up, once per process and before any connection: its logs go into ours, as one line without a stack,
 * and signals are left to us, because a worker must stop after the API and not beside it.
 */
export function installRuntime(log: Logger): void {
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', (entry) => write(log, entry)),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
  });
}

function write(log: Logger, { level, message, meta }: LogEntry): void {
  const error: unknown = meta?.['error'];
  // The activities' own failures have their line already, written where they happened.
  if (error instanceof ApplicationFailure) return;
  const { workflowId, activityType, attempt } = meta ?? {};
  const reason = error instanceof Error ? error.message : error;
  log[LEVELS[level]]({ workflow: workflowId as unknown, activity: activityType as unknown, attempt: attempt as unknown, reason }, message);
}
