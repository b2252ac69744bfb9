import type { Config } from '../config.js';
import { cross } from '../crossings.js';
import { markInterrupted } from '../db/attempts.js';
import type { Db } from '../db/connection.js';
import { findLastClosed, listOverRuns, listQueuedRuns, listRunningRuns, listUnnotifiedRuns, touchQueuedRuns } from '../db/outbox.js';
import { closeDelivery, listDeliveries, type DeliveryRow } from '../db/deliveries.js';
import { listResumed } from '../db/holds.js';
import { clearNotify, type RunRow } from '../db/runs.js';
import { purgeWebhooks } from '../db/webhooks.js';
import type { Logger } from '../log.js';
import { TemporalAwayError, type Temporal } from '../temporal/client.js';
import { startRun } from '../temporal/start.js';
import { wakeHeld } from '../temporal/wake.js';
import { findCurrent, INTERRUPTED_AFTER, isStuck, listClosed } from './stuck.js';
import { Teller } from './teller.js';

/** What the sweep works with. */
export interface SweepHub {
  readonly db: Db;
  readonly temporal: Temporal;
  readonly config: { readonly endpoint: Pick<Config['endpoint'], 'rate'> };
  readonly log: Logger;
}

/** Counts of one round, by what was done. */
type Counts = Record<'started' | 'signaled' | 'canceled' | 'reset' | 'audited' | 'closed' | 'interrupted' | 'purged' | 'woken', number>;
export type SweepResult = Readonly<Counts>;

/** Rows of one kind per round: a backlog is worked off round by round, and the database stays free for pushes. */
const BATCH = 100;

/**
 * Tells Temporal what it may have missed: runs never started, callbacks and cancellations never signalled, and runs
 * that it lost or ended behind our back. Everything here may be repeated, by any number of workers at once: ids come
 * from the database, a start of a known run changes nothing, and a workflow keeps the first answer per delivery.
 */
export class Sweep {
  /** The audit goes through open runs in the order of their ids, a batch a round. */
  private auditedUpTo = '';
  /** The place in Temporal's list of open workflows, a page a round. */
  private openAfter: Uint8Array | undefined;
  private readonly teller: Teller;

  /** @param quiet how long a row must have been left alone before it is looked at, in milliseconds. */
  constructor(private readonly hub: SweepHub, private readonly quiet: number) {
    this.teller = new Teller(hub, 2 * quiet);
  }

  /** One round. What is for Temporal is left to the next one when no server answers. */
  async run(): Promise<SweepResult> {
    const counts = { started: 0, signaled: 0, canceled: 0, reset: 0, audited: 0, closed: 0, interrupted: 0, purged: 0, woken: 0 };
    try {
      await this.startQueued(counts);
      await this.notify(counts);
      await this.audit(counts);
      await this.endOver(counts);
      await this.wake(counts);
    } catch (error) {
      if (!(error instanceof TemporalAwayError)) throw error;
    }
    counts.interrupted = await markInterrupted(this.hub.db, new Date(Date.now() - INTERRUPTED_AFTER).toISOString());
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
    if (delivery) await this.teller.signal([delivery]);
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
    for (const run of runs.filter((one) => this.teller.isDue(one))) await this.auditRun(run, counts);
    this.teller.tidy();
    this.auditedUpTo = runs.length < BATCH ? '' : (runs.at(-1)?.id ?? '');
  }

  private async auditRun(run: RunRow, counts: Counts): Promise<void> {
    counts.audited += 1;
    const known = await this.hub.temporal.describeRun(run.id);
    // Temporal's data was lost or rolled back: closed deliveries are not sent again, the rest goes on.
    if (known === 'unknown') await this.teller.tellOnce(run, 'start_again', () => startRun(this.hub, run));
    if (known === 'closed') await this.closeEnded(run, counts);
    // Rolled back to before an answer that the database holds: say it again.
    if (known === 'open' || known === 'busy') await this.signalStuck(run, counts);
  }

  private async signalStuck(run: RunRow, counts: Counts): Promise<void> {
    const deliveries = await listDeliveries(this.hub.db, run.id);
    if (isStuck(run, deliveries, this.cutoff)) await this.goOn(run, deliveries, counts);
  }

  /** Workflows that are open although their runs are over: Temporal was rolled back to before their end. */
  private async endOver(counts: Counts): Promise<void> {
    const { ids, next } = await this.hub.temporal.listOpenRuns({ size: BATCH, next: this.openAfter });
    this.openAfter = next;
    const runs = await listOverRuns(this.hub.db, ids, this.cutoff);
    for (const run of runs.filter((one) => this.teller.isDue(one))) {
      // One that is busy comes to its end by itself.
      if ((await this.hub.temporal.describeRun(run.id)) === 'open') await this.goOn(run, await listDeliveries(this.hub.db, run.id), counts);
    }
  }

  /** All answers, since nobody knows how far back it was rolled: the workflow keeps the first one per delivery. */
  private async goOn(run: RunRow, deliveries: readonly DeliveryRow[], counts: Counts): Promise<void> {
    if (await this.teller.resetStuck(run, deliveries)) counts.reset += 1;
    else if (run.state === 'canceled') await this.teller.tellOnce(run, 'cancel_again', () => this.hub.temporal.cancelRun(run.id));
    else await this.teller.tellOnce(run, 'signal_again', () => this.teller.signal(listClosed(deliveries)));
  }

  /** Somebody terminated the workflow, and nothing will bring this run on: it ends where it stands. */
  private async closeEnded(run: RunRow, counts: Counts): Promise<void> {
    const open = findCurrent(await listDeliveries(this.hub.db, run.id));
    if (!open) return;
    await closeDelivery(this.hub.db, { id: open.id, state: 'error', reason: 'workflow_terminated' });
    this.hub.log.warn({ run: run.id }, 'the workflow of an open run was over; the run is closed');
    counts.closed += 1;
  }
}
