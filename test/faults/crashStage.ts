import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Crossing } from '../../crossings.js';
import { pollUntil } from '../helpers/poll.js';
import { tempDir } from '../helpers/ports.js';
import type { PushView, RunView } from '../e2e/api.js';
import { PLAIN, type Behaviour } from './behaviours.js';
import { OWN_FILE } from './database.js';
import type { PushEntry } from './logs.js';
import { Receivers } from './receivers.js';
import { Recorder } from './recorder.js';
import { BRISK_TIMEOUT } from './settings.js';
import { openStage, type Stage, type Topology } from './stage.js';
import { Tenant } from './tenant.js';
import { judge } from './verdict.js';

const HOPS = 2;

/** What a push of a crash test varies. */
export interface Scene {
  readonly tag: string;
  /** Of each webhook; plain ones where there are none. */
  readonly behaviours?: readonly Partial<Behaviour>[];
  /** Callbacks are given up after two seconds. */
  readonly isBrisk?: boolean;
}

/** Which process dies where. */
export interface Death {
  readonly process: string;
  readonly at: Crossing;
}

/** A hub whose processes die at a crossing that is named to them, with receivers and the checks of the fault rounds. */
export class CrashStage {
  private readonly scenes = new Map<string, Scene>();
  private readonly recorder = new Recorder(new Set());
  private readonly receivers = new Receivers(
    ({ tag, position }) => ({ ...PLAIN, ...this.scenes.get(tag)?.behaviours?.[position - 1] }),
    () => this.recorder,
  );
  private tenant!: Tenant;
  stage!: Stage;

  private constructor(private readonly folder: string) {}

  /** Starts the hub in one process or in three. */
  static async open(topology: Topology): Promise<CrashStage> {
    const crash = new CrashStage(await tempDir());
    const env = { NODE_OPTIONS: `--import=${new URL('./dieAt.js', import.meta.url).href}`, DIE_AT: crash.folder };
    crash.stage = await openStage(topology, { database: OWN_FILE, env });
    crash.tenant = new Tenant(crash.stage.url, 'admin', crash.stage.password);
    await crash.receivers.open();
    await crash.tenant.login();
    return crash;
  }

  async close(): Promise<void> {
    await this.receivers.close();
    await this.stage.close();
    await rm(this.folder, { recursive: true });
  }

  /** A repository with a chain of two webhooks for that push alone. */
  async prepare(scene: Scene): Promise<PushEntry> {
    const { tag, isBrisk = false } = scene;
    this.scenes.set(tag, scene);
    const repository = await this.tenant.createRepository();
    const webhooks = Array.from({ length: HOPS }, (_, index) => ({
      name: `hook ${index + 1}`,
      hook_url: this.receivers.url(repository, index + 1, isBrisk),
      ...(isBrisk ? { callback_timeout: BRISK_TIMEOUT } : {}),
    }));
    await this.tenant.createChain(repository, { webhooks });
    return this.recorder.addPush({ tag, repository, hops: HOPS, isBrisk });
  }

  /** Pushes as a client does who repeats the push under its key until it is accepted; answers the id of its run. */
  async push(entry: PushEntry): Promise<string> {
    const sent = { body: { tag: entry.tag }, headers: { 'idempotency-key': entry.tag } };
    const { id, runs } = await this.tenant.insist<PushView>('POST', `/v2/repositories/${entry.repository}/pushes/`, sent);
    entry.accepted = { at: Date.now(), pushId: id, runIds: runs.map((run) => run.id) };
    return runs[0]?.id ?? '';
  }

  /** Cancels a run and does not care for the answer, which a process that dies does not give. */
  async cancel(entry: PushEntry, runId: string): Promise<void> {
    entry.canceled = {};
    await this.tenant.ask('POST', `/v2/repositories/${entry.repository}/runs/${runId}/cancel`);
  }

  /** The first webhook of a push calls back; answered also where a process dies meanwhile and comes again. */
  async callBack(entry: PushEntry): Promise<void> {
    const call = this.recorder.close([]).calls.find(({ told, position }) => told.tag === entry.tag && position === 1);
    await this.receivers.callBack(call?.deliveryId ?? '', 'success');
  }

  /** Each process dies at its crossing while `act` goes on; then all are started again. */
  async die(deaths: readonly Death[], act: () => Promise<unknown>): Promise<void> {
    const fault = this.recorder.addFault(deaths.map(({ at }) => at).join(', '), 0);
    for (const { at } of deaths) await writeFile(join(this.folder, at), '1');
    const acting = act();
    for (const { at, process } of deaths) {
      await pollUntil(`the end of ${process} at ${at}`, async () => !this.stage.processes[process]?.isRunning, DEATH_MS);
      if (existsSync(join(this.folder, at))) throw new Error(`${process} ended, but not at ${at}`);
    }
    for (const { process } of deaths) await this.stage.revive(process);
    await acting;
    fault.until = Date.now();
  }

  /** The run of a push once it looks so. */
  waitForRun(entry: PushEntry, what: string, accept: (run: RunView) => boolean): Promise<RunView> {
    return pollUntil(`the run of ${entry.tag} ${what}`, async () => {
      const { runs } = await this.tenant.read(entry.repository);
      return runs.find(accept);
    }, END_MS);
  }

  /** How often each webhook of a push was called. */
  calls({ tag }: PushEntry): number[] {
    const { calls } = this.recorder.close([]);
    return Array.from({ length: HOPS }, (_, index) => calls.filter(({ told, position }) => told.tag === tag && position === index + 1).length);
  }

  /** Everything that breaks a promise, over all pushes so far. */
  async judge(): Promise<string[]> {
    await this.receivers.settle();
    const repositories = new Set(this.recorder.close([]).pushes.map(({ repository }) => repository));
    const history = [];
    for (const repository of repositories) history.push(await this.tenant.read(repository));
    return judge(this.recorder.close(history)).map(({ invariant, evidence }) => `${invariant}: ${evidence}`);
  }
}

/** A process that is to die does so within a sweep or a callback timeout; the machine may be slow. */
const DEATH_MS = 120_000;
/** A lost activity is repeated after 30 seconds. */
const END_MS = 150_000;
