import type { FloorOptions } from './floor/side.js';
import type { HubPlan } from './hubSide.js';
import type { PeerOptions } from './peer/side.js';

/** What the tool has started and what is to be measured; comes as JSON in BENCH_PLAN. */
export interface BenchPlan {
  readonly hub: HubPlan;
  readonly floor?: FloorOptions;
  readonly peer?: PeerOptions;
  /** Chains of a slice; by default twenty, and ten for each that is in flight. */
  readonly chains?: number;
  readonly slices: number;
  readonly inFlight: readonly number[];
  readonly hops: number;
  /** Milliseconds from a receiver's answer to its callback. */
  readonly delay: number;
  /** Milliseconds of load without a pause. */
  readonly sustain?: number;
  readonly quick: boolean;
  readonly dataDir: string;
  /** Where table, plot and figures go, and the file names without their ends. */
  readonly results: string;
  readonly name: string;
  /** A file more for the figures. */
  readonly json?: string;
  readonly command: string;
  readonly commit: string;
  /** HOOKLINE_* that the caller has set for the hub. */
  readonly settings: Readonly<Record<string, string>>;
}

/** The plan of this process. */
export function readPlan(): BenchPlan {
  return JSON.parse(process.env['BENCH_PLAN'] ?? '{}') as BenchPlan;
}
