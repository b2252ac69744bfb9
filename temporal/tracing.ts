import { createRequire } from 'node:module';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import type * as Otel from '@temporalio/interceptors-opentelemetry';
import type { OpenTelemetrySinks } from '@temporalio/interceptors-opentelemetry/lib/workflow/definitions.js';
import type { InjectedSinks, WorkerOptions } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import { findTracing } from '../tracing.js';

// Loaded where tracing is on alone, as everything of it.
const load = createRequire(import.meta.url);

/** What the client adds to a start and a signal: a span, and its place in the trace as a header. */
export function listClientTracers(): WorkflowClientInterceptor[] {
  if (!findTracing()) return [];
  const { OpenTelemetryWorkflowClientInterceptor } = load('@temporalio/interceptors-opentelemetry') as typeof Otel;
  const all = new OpenTelemetryWorkflowClientInterceptor();
  // The sweep's questions, round after round, are no part of any push.
  return [{ startWithDetails: (input, next) => all.startWithDetails(input, next), signal: (input, next) => all.signal(input, next) }];
}

/** What a worker adds: spans of its activities, and the way out of the sandbox for those of its workflows. */
export function traceWorker(): Pick<WorkerOptions, 'sinks'> & { readonly activity: NonNullable<NonNullable<WorkerOptions['interceptors']>['activity']> } {
  const tracing = findTracing();
  if (!tracing) return { activity: [] };
  const otel = load('@temporalio/interceptors-opentelemetry') as typeof Otel;
  const { processor, resource } = tracing;
  const { fn } = otel.makeWorkflowExporter(processor, resource).export;
  // It makes attributes of all that is known of the workflow, search attributes with the tenant's names among them: ids are enough.
  const send: typeof fn = ({ workflowId, runId, workflowType }, spans) => fn({ workflowId, runId, workflowType } as WorkflowInfo, spans);
  const sinks: InjectedSinks<OpenTelemetrySinks> = { exporter: { export: { fn: send } } };
  return { sinks, activity: [(ctx) => ({ inbound: new otel.OpenTelemetryActivityInboundInterceptor(ctx) })] };
}
