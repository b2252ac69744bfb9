import { Gauge } from 'prom-client';
import { collectFaults } from './meters.js';
import { registry } from './registry.js';

/** One value of a gauge. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A gauge that is asked for when it is read. */
export interface GaugeOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/** Gauges that are asked for together: `ask` answers the samples of each, by its name. */
export interface Collector<Names extends string = string> {
  /** One word, the label of `hookline_collect_failures_total`. */
  readonly group: string;
  readonly gauges: Readonly<Record<Names, GaugeOptions>>;
  ask(): Promise<Readonly<Record<Names, readonly Sample[]>>>;
  /** Hears why the group has no values now. */
  onFault(error: unknown): void;
}

/** A group that does not answer in time is left out, in milliseconds: whoever scrapes must not wait for a dead database. */
const PATIENCE = 3000;
/** Several who scrape at once cost one question, in milliseconds. */
const FRESH = 1000;

/** A group took too long. */
export class PatienceError extends Error {
  constructor() {
    super(`no answer within ${PATIENCE} ms`);
    this.name = 'PatienceError';
  }
}

const running = new Set<() => Promise<void>>();

/**
 * Adds gauges that are asked for at a scrape, once a second at most. A group that fails shows no values, and never
 * makes the scrape fail. Answers what takes them away again.
 */
export function addCollector<Names extends string>({ group, gauges, ask, onFault }: Collector<Names>): () => void {
  const made = Object.entries<GaugeOptions>(gauges).map(([key, options]) => ({ key: key as Names, options, gauge: makeGauge(options) }));
  const refresh = cache(async () => {
    const answers = await within(ask()).catch((error: unknown) => {
      collectFaults.inc({ group });
      onFault(error);
      return undefined;
    });
    for (const { key, options, gauge } of made) fill(gauge, options, answers?.[key]);
  });
  running.add(refresh);
  return () => {
    running.delete(refresh);
    for (const { options } of made) registry.removeSingleMetric(options.name);
  };
}

function makeGauge({ name, help, labelNames = [] }: GaugeOptions): Gauge {
  return new Gauge({ name, help, labelNames: [...labelNames], registers: [registry] });
}

function fill(gauge: Gauge, { labelNames = [] }: GaugeOptions, samples: readonly Sample[] = []): void {
  gauge.reset();
  // Where nothing is known, a gauge without labels would say 0.
  if (labelNames.length === 0) gauge.remove();
  for (const { labels = {}, value } of samples) gauge.set({ ...labels }, value);
}

/** Asks all groups, side by side. */
export async function collect(): Promise<void> {
  await Promise.all([...running].map((refresh) => refresh()));
}

function cache(work: () => Promise<void>): () => Promise<void> {
  let last: { readonly at: number; readonly done: Promise<void> } | undefined;
  return () => {
    if (!last || performance.now() - last.at > FRESH) last = { at: performance.now(), done: work() };
    return last.done;
  };
}

async function within<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new PatienceError()), PATIENCE);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
