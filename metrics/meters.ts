import { Counter, Gauge, Histogram } from 'prom-client';
import { registry } from './registry.js';

/**
 * Everything that is counted where it happens. Labels are words of ours from short lists: never a tenant, a
 * repository, an id, a host or a path that somebody typed. Durations are seconds, as Prometheus has them.
 */
const registers = [registry];

const QUICK = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5];
const CALL = [0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];
const LAG = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800];
const RUN = [1, 5, 30, 120, 600, 3600, 21_600, 86_400];

export const requests = new Counter({
  name: 'hookline_http_requests_total', help: 'Requests answered by the API, by route as the API document writes it', labelNames: ['route', 'method', 'status'], registers,
});
export const requestSeconds = new Histogram({
  name: 'hookline_http_request_seconds', help: 'Time from a request to its answer', labelNames: ['route', 'method'], buckets: [0.01, 0.05, 0.25, 1, 5], registers,
});
export const pushes = new Counter({
  name: 'hookline_pushes_total', help: 'Pushes told to this process, by who told and what was answered', labelNames: ['source', 'answer'], registers,
});
export const callbacks = new Counter({
  name: 'hookline_callbacks_total', help: 'Callbacks by what was made of them', labelNames: ['result'], registers,
});
export const firstCallLag = new Histogram({
  name: 'hookline_push_first_call_seconds', help: 'Time from the record of a run to its first call', buckets: LAG, registers,
});
export const attempts = new Counter({
  name: 'hookline_attempts_total', help: 'Webhook attempts by outcome', labelNames: ['outcome'], registers,
});
export const attemptSeconds = new Histogram({
  name: 'hookline_attempt_seconds', help: 'Duration of webhook attempts', labelNames: ['answered'], buckets: CALL, registers,
});
export const runsEnded = new Counter({
  name: 'hookline_runs_ended_total', help: 'Runs that this process brought to an end, by state', labelNames: ['state'], registers,
});
export const runSeconds = new Histogram({
  name: 'hookline_run_seconds', help: 'Time from the record of a run to its end', buckets: RUN, registers,
});
export const sweeps = new Counter({
  name: 'hookline_sweeps_total', help: 'Rounds of the sweep by how they ended', labelNames: ['result'], registers,
});
export const swept = new Counter({
  name: 'hookline_swept_total', help: 'What the sweep had to make good, by kind', labelNames: ['kind'], registers,
});
export const databaseWait = new Histogram({
  name: 'hookline_database_wait_seconds', help: 'Time until a connection to the database was free', buckets: QUICK, registers,
});
export const databaseQuery = new Histogram({
  name: 'hookline_database_query_seconds', help: 'Time of statements, without the wait for a connection', labelNames: ['kind'], buckets: QUICK, registers,
});
export const databaseFaults = new Counter({
  name: 'hookline_database_unavailable_total', help: 'Statements and waits for a connection that failed because the database was busy, full or away', labelNames: ['reason'], registers,
});
export const registryEventLag = new Histogram({
  name: 'hookline_registry_event_lag_seconds', help: 'Time from an event of the registry, by its clock, to its record here', buckets: LAG, registers,
});
export const collectFaults = new Counter({
  name: 'hookline_collect_failures_total', help: 'Groups of gauges that a scrape could not ask for', labelNames: ['group'], registers,
});
export const buildInfo = new Gauge({
  name: 'hookline_build_info', help: 'Always 1; version of the hub and of Node, and what this process is', labelNames: ['version', 'node', 'role'], registers,
});

/** How an attempt may end: answered by the status, or without an answer. */
export const OUTCOMES = [
  '2xx', '3xx', '4xx', '410', '429', '5xx', 'timeout', 'dns', 'connect', 'reset', 'tls', 'protocol', 'network', 'refused_address', 'interrupted',
] as const;

// What has not happened yet stands there as 0: without it the first failure is no increase to an alert.
for (const outcome of OUTCOMES) attempts.inc({ outcome }, 0);
for (const result of ['accepted', 'duplicate', 'late', 'contradictory', 'refused', 'failed']) callbacks.inc({ result }, 0);
for (const result of ['done', 'database_away', 'failed']) sweeps.inc({ result }, 0);
for (const reason of ['busy', 'full', 'connection', 'pool']) databaseFaults.inc({ reason }, 0);
