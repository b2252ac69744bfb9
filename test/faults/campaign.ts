import { setTimeout as wait } from 'node:timers/promises';
import { tail } from '../e2e/hubProcess.js';
import { pollUntil } from '../helpers/poll.js';
import { drawBehaviour } from './behaviours.js';
import { openDatabaseUnderFaults } from './database.js';
import { listFaultsOf } from './faults.js';
import { findSecretsIn } from './invariants.js';
import type { Logs, ShownRepository, Violation } from './logs.js';
import { keepPushing } from './pusher.js';
import type { Random } from './random.js';
import { Receivers } from './receivers.js';
import { Recorder } from './recorder.js';
import { addFigures, measure, NO_FIGURES, type Figures } from './recovery.js';
import { openStage, type Stage, type Topology } from './stage.js';
import { Tenant } from './tenant.js';
import { hashHistory, isComplete, judge } from './verdict.js';
import { openTargets, type Target } from './window.js';

const PUSHERS = 3;
/** What a round waits before it strikes, in milliseconds. */
const CALM = { least: 200, most: 1500 };
/** How long all open runs may take to end once no more faults strike and no more pushes come, in milliseconds. */
const DRAIN_MS = 600_000;
/** How long after that the last answers may take to be recorded, in milliseconds. */
const RECORD_MS = 60_000;
/** Of the hub's own lines, where something went wrong. */
const SHOWN_LINES = 40;
const SHOWN_LENGTH = 1500;
const DATABASE_AWAY = '"msg":"the database is not available"';
const TENANT_PASSWORD = 'a battery of correct horses';

/** One hub under faults, round after round. */
export interface CampaignOptions {
  readonly topology: Topology;
  readonly database: string;
  readonly rounds: number;
  /** After so many rounds the load pauses and everything is checked. */
  readonly window: number;
  readonly random: Random;
  /** A line for who waits. */
  say(line: string): void;
}

export interface CampaignResult {
  readonly rounds: number;
  readonly figures: Figures;
  /** Faults by kind. */
  readonly struck: Readonly<Record<string, number>>;
  readonly violations: readonly Violation[];
}

/** Runs a hub under load and faults, and checks all invariants after every window. Ends at the first violation. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const database = await openDatabaseUnderFaults(options.database);
  try {
    const stage = await openStage(options.topology, { database });
    const campaign = new Campaign(options, stage);
    try {
      return await campaign.run();
    } finally {
      await campaign.close();
    }
  } finally {
    await database.close();
  }
}

class Campaign {
  private figures = NO_FIGURES;
  private round = 0;
  private readonly struck: Record<string, number> = {};
  private readonly violations: Violation[] = [];
  private readonly secrets = new Set<string>();
  private recorder = new Recorder(this.secrets);
  private readonly receivers: Receivers;
  /** Settle when what was struck serves again. */
  private readonly recovering: Promise<void>[] = [];
  private tenants: readonly Tenant[] = [];
  /** What was shown of each repository when its window ended, as a hash. */
  private readonly shown = new Map<Target, string>();

  constructor(private readonly options: CampaignOptions, private readonly stage: Stage) {
    const random = options.random.fork('receivers');
    this.receivers = new Receivers(({ tag, position, isBrisk }) => drawBehaviour(random.fork(`${tag}/${position}`), isBrisk), () => this.recorder);
  }

  async close(): Promise<void> {
    await this.receivers.close();
    await this.stage.close();
  }

  async run(): Promise<CampaignResult> {
    await this.receivers.open();
    this.tenants = await this.openTenants();
    for (const secret of [...this.tenants.flatMap(({ secrets }) => secrets), ...this.stage.database.secrets]) this.recorder.addSecret(secret);
    try {
      while (this.round < this.options.rounds && this.violations.length === 0) await this.runWindow();
      await this.checkEnd();
    } catch (error) {
      // A hub that does not come back unaided breaks the first promise of all.
      this.violations.push({ invariant: 'recovery', evidence: `${String(error)}\n${tail(this.stage.output())}` });
    }
    if (this.violations.length > 0) this.sayFaults();
    const { round: rounds, figures, struck, violations } = this;
    return { rounds, figures, struck, violations };
  }

  /** What the hub itself took for a fault may say why; that its database was away is the fault that was made. */
  private sayFaults(): void {
    const lines = this.stage.output().split('\n').filter((line) => /"level":[56]0/.test(line) && !line.includes(DATABASE_AWAY));
    for (const line of lines.slice(-SHOWN_LINES)) this.options.say(line.slice(0, SHOWN_LENGTH));
  }

  private async openTenants(): Promise<Tenant[]> {
    const { url, password } = this.stage;
    const [admin, other] = [new Tenant(url, 'admin', password), new Tenant(url, 'tenant', TENANT_PASSWORD)];
    await admin.login();
    await admin.insist('POST', '/v2/users/', { body: { username: other.name, email: 'tenant@example.com', password: other.password } });
    await other.login();
    return [admin, other];
  }

  private async runWindow(): Promise<void> {
    this.recorder = new Recorder(this.secrets);
    const { recorder, options: { random } } = this;
    const targets = await openTargets(this.tenants, this.receivers, recorder);
    const stop = new AbortController();
    const load = Array.from({ length: PUSHERS }, (_, index) => {
      const name = `w${this.round}-p${index}`;
      return keepPushing({ name, random: random.fork(name), targets, recorder, stop: stop.signal });
    });
    try {
      await this.strikeRounds(Math.min(this.options.rounds, this.round + this.options.window));
    } finally {
      stop.abort();
      await Promise.all(load);
    }
    await this.check(targets);
  }

  private async strikeRounds(last: number): Promise<void> {
    while (this.round < last) {
      this.round += 1;
      const random = this.options.random.fork(`round ${this.round}`);
      await wait(random.between(CALM.least, CALM.most));
      const fault = random.pick(listFaultsOf(this.stage));
      const entry = this.recorder.addFault(fault.kind, this.round);
      const starting = await fault.strike(this.stage, random);
      this.struck[fault.kind] = (this.struck[fault.kind] ?? 0) + 1;
      this.options.say(`round ${this.round} of ${this.options.rounds}  ${this.stage.topology}  ${fault.kind}, ${Date.now() - entry.at} ms`);
      const recovery = this.waitServing(starting).then(() => { entry.until = Date.now(); });
      // It is asked for when the window ends.
      recovery.catch(() => undefined);
      this.recovering.push(recovery);
    }
  }

  private async waitServing(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.stage.serving(name)));
  }

  /** Lets everything end, and holds the three logs beside each other. */
  private async check(targets: readonly Target[]): Promise<void> {
    const started = Date.now();
    await Promise.all(this.recovering.splice(0));
    await this.stage.settle();
    await this.drain(targets).catch((error: unknown) => this.options.say(String(error)));
    const logs = await this.readAll(targets);
    const found = judge(logs);
    this.figures = addFigures(this.figures, measure(logs));
    this.violations.push(...found);
    const { pushes, calls, duplicates } = this.figures;
    this.options.say(`checked up to round ${this.round} (${Date.now() - started} ms): ${pushes} pushes, ${calls} calls, ${duplicates} duplicates explained, ${found.length} violations`);
  }

  /** An answer may be on its way into the history when its run is over already: that is waited for. */
  private async readAll(targets: readonly Target[]): Promise<Logs> {
    let logs = this.recorder.close([]);
    await pollUntil('the record of every attempt', async () => {
      const history: ShownRepository[] = [];
      for (const { tenant, repository } of targets) history.push(await tenant.read(repository));
      logs = this.recorder.close(history);
      return isComplete(logs) || wait(500, false);
    }, RECORD_MS).catch((error: unknown) => this.options.say(String(error)));
    for (const [index, target] of targets.entries()) this.shown.set(target, hashHistory(logs.history[index]));
    return logs;
  }

  private async drain(targets: readonly Target[]): Promise<void> {
    await pollUntil('the end of all open runs', async () => {
      for (const { tenant, repository } of targets) {
        if ((await tenant.countOpen(repository)) > 0) return wait(200, false);
      }
      return true;
    }, DRAIN_MS);
    await this.receivers.settle();
  }

  /** What was over stays as it was, and what the hub has said holds no secret. */
  private async checkEnd(): Promise<void> {
    if (this.violations.length > 0) return;
    for (const [{ tenant, repository }, before] of this.shown) {
      if (hashHistory(await tenant.read(repository)) !== before) this.violations.push({ invariant: 'I5', evidence: `the history of ${repository} changed after all its runs were over` });
    }
    this.violations.push(...findSecretsIn(this.stage.output(), this.secrets).map((evidence) => ({ invariant: 'I8', evidence })));
  }
}
