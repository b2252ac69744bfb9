import type { Config } from '../config.js';
import { cross } from '../crossings.js';
import { markInterrupted } from '../db/attempts.js';
import type { Db } from '../db/connection.js';
import { findLastClosed, listQueuedRuns, listRunningRuns, listUnnotifiedRuns, touchQueuedRuns } from '../db/outbox.js';
import { closeDelivery, listDeliveries, type DeliveryRow } from '../db/deliveries.js';
import { listResumed } from '../db/holds.js';
import { clearNotify, type RunRow } from '../db/runs.js';
import { purgeWebhooks } from '../db/webhooks.js';
import type { Logger } from '../log.js';
import { TemporalAwayError, type Temporal } from '../temporal/client.js';
import { startRun } from '../temporal/start.js';
import { wakeHeld } from '../temporal/wake.js';
import { getOutcome } from './close.js';
import { Patience } from './patience.js';
import { ATTEMPT_LIMIT, isStuck, listClosed } from './stuck.js';

/** What the sweep works with. */
export interface SweepHub {
  readonly db: Db;
  readonly temporal: Temporal;
  readonly config: { readonly endpoint: Pick<Config['endpoint'], 'rate'> };
  readonly log: Logger;
}

/** Counts of one round, by what was done. */
type Counts = Record<'started' | 'signaled' | 'canceled' | 'audited' | 'closed' | 'interrupted' | 'purged' | 'woken', number>;
export type SweepResult = Readonly<Counts>;

/** Rows of one kind per round: a backlog is worked off round by round, and the database stays free for pushes. */
const BATCH = 100;
/** What is made good when Temporal lost its data or was rolled back. */
const FORGOTTEN = { start_again: 'Temporal does not know an open run', signal_again: 'Temporal has forgotten an answer' } as const;

/**
 * Tells Temporal what it may have missed: runs never started, callbacks and cancellations never signalled, and runs
 * that it lost or ended behind our back. Everything here may be repeated, by any number of workers at once: ids come
 * from the database, a start of a known run changes nothing, and a workflow keeps the first answer per delivery.
 */
export class Sweep {
  /** The audit goes through open runs in the order of their ids, a batch a round. */
  private auditedUpTo = '';
  private readonly patience: Patience;

  /** @param quiet how long a row must have been left alone before it is looked at, in milliseconds. */
  constructor(private readonly hub: SweepHub, private readonly quiet: number) {
    this.patience = new Patience(2 * quiet);
  }

  /** One round. What is for Temporal is left to the next one when no server answers. */
  async run(): Promise<SweepResult> {
    const counts = { started: 0, signaled: 0, canceled: 0, audited: 0, closed: 0, interrupted: 0, purged: 0, woken: 0 };
    try {
      await this.startQueued(counts);
      await this.notify(counts);
      await this.audit(counts);
      await this.wake(counts);
    } catch (error) {
      if (!(error instanceof TemporalAwayError)) throw error;
    }
    counts.interrupted = await markInterrupted(this.hub.db, new Date(Date.now() - ATTEMPT_LIMIT).toISOString());
    counts.purged = await purgeWebhooks(this.hub.db);
    return counts;
  }

  private get cutoff(): string {
    return new Date(Date.now() - this.quiet).toISOString();
  }

  private async startQueued(counts: Counts): Promise<void> {
    const runs = await listQueuedRuns(this.hub.db, this.cutoff, BATCH);
    for (const run of runs) {
      if ((await startRun(this.hub, run)) === 'closed') {
        await this.closeEnded(run, counts);
        continue;
      }
      counts.started += 1;
      cross('sweep.started', run.id);
      this.hub.log.info({ run: run.id, action: 'start' }, 'sweep acts');
    }
    // Those of a long queue take turns.
    await touchQueuedRuns(this.hub.db, runs.map(({ id }) => id));
  }

  private async notify(counts: Counts): Promise<void> {
    for (const run of await listUnnotifiedRuns(this.hub.db, this.cutoff, BATCH)) {
      if (run.notify === 'cancel') await this.hub.temporal.cancelRun(run.id);
      else await this.signalLast(run);
      counts[run.notify === 'cancel' ? 'canceled' : 'signaled'] += 1;
      this.hub.log.info({ run: run.id, action: run.notify ?? 'signal' }, 'sweep acts');
      cross('sweep.told', run.id);
      await clearNotify(this.hub.db, run.id);
    }
  }

  /** Sends the outcome that was committed last. A run that Temporal does not know is found by the audit. */
  private async signalLast(run: RunRow): Promise<void> {
    const delivery = await findLastClosed(this.hub.db, run.id);
    if (delivery) await this.signal(delivery);
  }

  private async signal(delivery: DeliveryRow): Promise<void> {
    await this.hub.temporal.signalCallback(delivery.run_id, { delivery_id: delivery.id, outcome: getOutcome(delivery) });
  }

  /** Deliveries whose endpoint was resumed before the end of its pause, as many as it may be sent until the next round. */
  private async wake(counts: Counts): Promise<void> {
    const now = Date.now();
    const { rate } = this.hub.config.endpoint;
    const later = new Date(now + this.quiet).toISOString();
    const times = Array.from({ length: Math.ceil((rate * this.quiet) / 1000) }, (_, index) => new Date(now + (index * 1000) / rate).toISOString());
    for (const webhookId of await listResumed(this.hub.db, later, BATCH)) {
      counts.woken += await wakeHeld(this.hub, webhookId, { later, times });
    }
  }

  private async audit(counts: Counts): Promise<void> {
    const page = { cutoff: this.cutoff, afterId: this.auditedUpTo, limit: BATCH };
    const runs = await listRunningRuns(this.hub.db, page);
    for (const run of runs.filter((one) => this.patience.isDue(one))) await this.auditRun(run, counts);
    this.patience.tidy();
    this.auditedUpTo = runs.length < BATCH ? '' : (runs.at(-1)?.id ?? '');
  }

  private async auditRun(run: RunRow, counts: Counts): Promise<void> {
    counts.audited += 1;
    const known = await this.hub.temporal.describeRun(run.id);
    // Temporal's data was lost or rolled back: closed deliveries are not sent again, the rest goes on.
    if (known === 'unknown') await this.tellOnce(run, 'start_again', () => startRun(this.hub, run));
    if (known === 'closed') await this.closeEnded(run, counts);
    // Rolled back to before an answer that the database holds: say it again.
    if (known === 'open') await this.signalStuck(run);
  }

  /** It is not told again at once where it does not move: its worker may be busy. */
  private async tellOnce(run: RunRow, action: keyof typeof FORGOTTEN, tell: () => Promise<unknown>): Promise<void> {
    this.hub.log.warn({ run: run.id, action }, `sweep acts: ${FORGOTTEN[action]}`);
    await tell();
    this.patience.note(run);
  }

  /** All answers, since nobody knows how far back it was rolled: the workflow keeps the first one per delivery. */
  private async signalStuck(run: RunRow): Promise<void> {
    const deliveries = await listDeliveries(this.hub.db, run.id);
    if (!isStuck(run, deliveries, this.cutoff)) return;
    await this.tellOnce(run, 'signal_again', async () => {
      for (const delivery of listClosed(deliveries)) await this.signal(delivery);
    });
  }

  /** Somebody terminated the workflow, and nothing will bring this run on: it ends where it stands. */
  private async closeEnded(run: RunRow, counts: Counts): Promise<void> {
    const open = (await listDeliveries(this.hub.db, run.id)).find(({ state }) => state !== 'success');
    if (!open) return;
    await closeDelivery(this.hub.db, { id: open.id, state: 'error', reason: 'workflow_terminated' });
    this.hub.log.warn({ run: run.id }, 'the workflow of an open run was over; the run is closed');
    counts.closed += 1;
  }
}
