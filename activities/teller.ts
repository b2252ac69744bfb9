import type { DeliveryRow } from '../db/deliveries.js';
import type { RunRow } from '../db/runs.js';
import type { Logger } from '../log.js';
import type { Temporal } from '../temporal/client.js';
import { getOutcome } from './close.js';
import { Patience } from './patience.js';
import { findCurrent } from './stuck.js';

/** What is made good when Temporal lost its data or was rolled back. */
const FORGOTTEN = {
  start_again: 'Temporal does not know an open run',
  signal_again: 'Temporal has forgotten an answer',
  cancel_again: 'Temporal has forgotten a cancellation',
} as const;
/** Longest pause until the same is said again, in milliseconds. */
const LONGEST_PAUSE = 60_000;
/** Between two resets of a run that does not get on, in milliseconds: each leaves an execution behind. */
const RESET_PAUSES = { first: 30_000, longest: 3_600_000 } as const;

/** Tells the workflows of runs what they may have forgotten, each as often as is good for it. */
export class Teller {
  private readonly patience: Patience;
  private readonly resets = new Patience(RESET_PAUSES);

  /** @param pause until the same is said again, in milliseconds; each one after that is twice as long. */
  constructor(private readonly hub: { readonly temporal: Temporal; readonly log: Logger }, pause: number) {
    this.patience = new Patience({ first: pause, longest: LONGEST_PAUSE });
  }

  /** Whether it is time to look after a run. */
  isDue(run: RunRow): boolean {
    return this.patience.isDue(run);
  }

  /** It is not told again at once where it does not move: its worker may be busy. */
  async tellOnce(run: RunRow, action: keyof typeof FORGOTTEN, tell: () => Promise<unknown>): Promise<void> {
    this.hub.log.warn({ run: run.id, action }, `sweep acts: ${FORGOTTEN[action]}`);
    await tell();
    this.patience.note(run);
  }

  /** Signals the outcomes of deliveries that are closed. */
  async signal(deliveries: readonly DeliveryRow[]): Promise<void> {
    for (const delivery of deliveries) {
      await this.hub.temporal.signalCallback(delivery.run_id, { delivery_id: delivery.id, outcome: getOutcome(delivery) });
    }
  }

  /**
   * One that was told and did not move may have been rolled back beneath a worker, which answered from its newer memory.
   * Its history contradicts itself then and no task of it succeeds any more, or it waits for what will never come. The
   * rows know better, so it begins anew.
   * @returns whether it does.
   */
  async resetStuck(run: RunRow, deliveries: readonly DeliveryRow[]): Promise<boolean> {
    if (!this.patience.isTold(run) || !this.resets.isDue(run)) return false;
    if (!(await this.hub.temporal.resetStuck(run.id, isAwaited(deliveries)))) return false;
    this.hub.log.warn({ run: run.id, action: 'reset' }, 'sweep acts: the workflow of a run has lost its way and begins anew');
    for (const patience of [this.patience, this.resets]) patience.note(run);
    return true;
  }

  /** Forgets runs that nobody has asked about for long. */
  tidy(): void {
    for (const patience of [this.patience, this.resets]) patience.tidy();
  }
}

/** Whether the workflow rightly does nothing until a callback comes or its time is over. */
function isAwaited(deliveries: readonly DeliveryRow[]): boolean {
  return findCurrent(deliveries)?.state === 'waiting';
}
