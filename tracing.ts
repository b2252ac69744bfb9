/** Traces of what this process does, for whoever sets an address to send them to. */
export { findTracing, startTracing, type Tracing, type TracingOptions } from './tracing/start.js';
export { withSpan, type SpanStart } from './tracing/span.js';
