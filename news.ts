import { EventEmitter } from 'node:events';
import type { RunState } from './states.js';

/** A run that came to its end just now, by whichever write. */
export interface RunEnd {
  readonly run: string;
  readonly state: RunState;
  /** When the run was recorded, ISO 8601. */
  readonly created: string;
}

/**
 * What committed writes mean to whoever watches this process: the rows know exactly which write ended a run, and tell it
 * once, after its commit. Listeners must not throw; none of them is needed for the hub to be right.
 */
export const news = new EventEmitter<{
  runEnded: [RunEnd];
  /** How many attempts were found that their process did not live to record. */
  attemptsInterrupted: [number];
}>();
