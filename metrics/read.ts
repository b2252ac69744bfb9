import { collectDefaultMetrics } from 'prom-client';
import { collect } from './collect.js';
import { buildInfo } from './meters.js';
import { registry } from './registry.js';

/** Everything in Prometheus' text format, and its media type. */
export async function readMetrics(): Promise<{ readonly text: string; readonly type: string }> {
  await collect();
  return { text: await registry.metrics(), type: registry.contentType };
}

/** Measures the process itself from now on: memory, CPU, garbage, handles, the lag of its event loop. To be called once. */
export function startProcessMetrics(role: string, version: string): void {
  collectDefaultMetrics({ register: registry });
  // Gauges under names of counters, which linters complain of; the same figures stand there by type.
  for (const name of ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']) registry.removeSingleMetric(name);
  buildInfo.set({ version, node: process.versions.node, role }, 1);
}
