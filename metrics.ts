/** What this process counts and measures, and where it is read. The names are those of docs/operations.md. */
export { addCollector, PatienceError, type Collector } from './metrics/collect.js';
export * as meters from './metrics/meters.js';
export { openMetrics, type MetricsOptions } from './metrics/listen.js';
export { readMetrics, startProcessMetrics } from './metrics/read.js';
