import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, makeTelemetryFilterString, Runtime, type LogEntry } from '@temporalio/worker';
import { formatAddress, type Address } from '../config.js';
import type { Logger } from '../log.js';

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/**
 * Sets the SDK up, once per process and before any connection: its logs go into ours, as one line without a stack,
 * and signals are left to us, because a worker must stop after the API and not beside it. Its own metrics are offered
 * where an address is given, by a listener of its own.
 */
export function installRuntime(log: Logger, metricsAddress?: Address): void {
  const metrics = metricsAddress && { prometheus: { bindAddress: formatAddress(metricsAddress), unitSuffix: true, countersTotalSuffix: true, useSecondsForDurations: true } };
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('WARN', (entry) => write(log, entry)),
    telemetryOptions: { ...(metrics ? { metrics } : {}), logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }) } },
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
