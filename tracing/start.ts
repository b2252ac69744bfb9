import { createRequire } from 'node:module';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import type * as ContextHooks from '@opentelemetry/context-async-hooks';
import type * as Otlp from '@opentelemetry/exporter-trace-otlp-http';
import type * as Resources from '@opentelemetry/resources';
import type * as Sdk from '@opentelemetry/sdk-trace-base';

/** Where spans go, and who sends them. */
export interface TracingOptions {
  /** Base URL of an OTLP receiver over HTTP; the spans go to `…/v1/traces`. */
  readonly endpoint: string;
  /** For the receiver: who sends. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly role: string;
  readonly version: string;
  /** Hears what keeps spans from being sent. */
  readonly onFault: (reason: string) => void;
}

/** Tracing that is on. */
export interface Tracing {
  readonly processor: Sdk.SpanProcessor;
  readonly resource: Resources.Resource;
  /** Sends what is left, and ends. */
  stop(): Promise<void>;
}

// Half a second of loading and seven megabytes, which only whoever traces is to pay for: a static import would load them always.
const load = createRequire(import.meta.url);
let running: Tracing | undefined;

/** Begins to trace, once per process and before anything that is to be traced. */
export function startTracing(options: TracingOptions): Tracing {
  const { BasicTracerProvider, BatchSpanProcessor } = load('@opentelemetry/sdk-trace-base') as typeof Sdk;
  const { OTLPTraceExporter } = load('@opentelemetry/exporter-trace-otlp-http') as typeof Otlp;
  const { AsyncLocalStorageContextManager } = load('@opentelemetry/context-async-hooks') as typeof ContextHooks;
  const { Resource } = load('@opentelemetry/resources') as typeof Resources;
  reportFaults(options.onFault);
  const { endpoint, headers, serviceName, role, version } = options;
  const resource = new Resource({ 'service.name': serviceName, 'service.version': version, 'hookline.role': role });
  const processor = new BatchSpanProcessor(new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, headers: { ...headers } }));
  const provider = new BasicTracerProvider({ resource, spanProcessors: [processor] });
  provider.register({ contextManager: new AsyncLocalStorageContextManager() });
  running = { processor, resource, stop: () => provider.shutdown() };
  return running;
}

/** The tracing of this process; undefined while it is off. */
export function findTracing(): Tracing | undefined {
  return running;
}

function reportFaults(onFault: (reason: string) => void): void {
  const ignore = () => undefined;
  const report = (message: string) => onFault(message.slice(0, 300));
  diag.setLogger({ error: report, warn: report, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);
}
