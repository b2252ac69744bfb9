import { setImmediate as yieldOnce } from 'node:timers/promises';
import { findLastChange, findPosition, isAfter, listChanges, listLatestChanges, locateChanges, pruneChanges, type LocatedChange, type Position } from '../../db/changes.js';
import { signalChanges, type ChangeSignal } from '../../db/changeSignal.js';
import type { Db } from '../../db/connection.js';
import { listRunHistories, type RunHistory } from '../../db/history.js';
import type { Logger } from '../../log.js';
import { describeChanges } from './events.js';
import { shareAnswers } from './shared.js';

/** How many changes are read at once. */
const BATCH = 500;
/** How many of the last changes a process remembers for those that come back. */
const REMEMBERED = 5000;
/** How often old changes are forgotten, in milliseconds. */
const PRUNE_INTERVAL = 30_000;

/** How many are told before others of the process have their turn. */
const AT_ONCE = 50;
/** After telling the feed rests so many times as long as that took: of what many watch they get less often more at once. */
const REST = 4;
/** How often a silent stream shows that it lives, and its rights are looked at again. Milliseconds. */
const HEARTBEAT = 15_000;
/** For which part of that time a right that was looked at holds for others of the same caller. */
const RIGHTS_KEPT = 1 / 15;

/** Who listens to changes. */
export interface Listener {
  /** Listeners of one topic cover the same. */
  readonly topic: string;
  covers(change: LocatedChange): boolean;
  /** Changes that it covers, in order, and their runs as they are now: what came to be later than these stands in changes up to `known`. */
  take(text: string, runs: ReadonlyMap<string, RunHistory>, known: Position): void;
  /** The same for what it missed, which comes before all that it was told meanwhile. */
  takeMissed(text: string, runs: ReadonlyMap<string, RunHistory>, known: Position): Promise<void>;
  /** Everything up to here has been told. Answers whether it waits for no later place. */
  settle(position: Position): boolean;
  /** The process stops. */
  end(): void;
}

/** What a listener came in on. */
export interface Joined {
  /** Everything up to here was there before. */
  readonly position: Position;
  /** What came after the place that it named; undefined where that is not known any more. */
  readonly missed: readonly LocatedChange[] | undefined;
  leave(): void;
}

/** Changes of runs, read once for all who listen in this process. */
export interface ChangeFeed {
  /** Adds a listener; from then on it is told of every change after `position`. */
  join(listener: Listener, after?: Position): Promise<Joined>;
  /** Tells a listener of changes that it missed. */
  tell(listener: Listener, changes: readonly LocatedChange[]): Promise<void>;
  /** How many listen. */
  size(): number;
  /** Milliseconds between two heartbeats of a stream. */
  readonly heartbeat: number;
  /** Present states by name, as all who come at once are shown them. */
  states(name: string, read: () => Promise<readonly RunHistory[]>): Promise<readonly RunHistory[]>;
  /** Rights by name, as they were found a moment ago. */
  rights(name: string, check: () => Promise<void>): Promise<void>;
  /** Ends all listeners, and tells nobody of anything any more. */
  stop(): Promise<void>;
}

/** A feed of this process. It looks at the database while somebody listens, and otherwise forgets old changes now and then. */
export function createChangeFeed({ db, log, heartbeat = HEARTBEAT }: { readonly db: Db; readonly log: Logger; readonly heartbeat?: number }): ChangeFeed {
  return new Feed(db, log, heartbeat);
}

class Feed implements ChangeFeed {
  readonly states = shareAnswers<readonly RunHistory[]>(0);
  readonly rights: ChangeFeed['rights'];
  private readonly listeners = new Set<Listener>();
  /** Those that wait for all that they know of to be told. */
  private readonly unsettled = new Set<Listener>();
  private remembered: LocatedChange[] = [];
  private position: Position = { tx: 0, seq: 0 };
  /** Before this nothing is remembered. */
  private horizon: Position = { tx: 0, seq: 0 };
  private signal: ChangeSignal | undefined;
  private starting: Promise<void> | undefined;
  private looking: Promise<void> | undefined;
  private isStale = false;
  private isStopped = false;
  private restUntil = 0;
  private resting: NodeJS.Timeout | undefined;
  private readonly pruner: NodeJS.Timeout;

  constructor(private readonly db: Db, private readonly log: Logger, readonly heartbeat: number) {
    this.rights = shareAnswers(heartbeat * RIGHTS_KEPT);
    const report = (error: unknown): void => log.warn({ err: error }, 'old changes could not be forgotten');
    this.pruner = setInterval(() => void pruneChanges(db).catch(report), PRUNE_INTERVAL);
    this.pruner.unref();
  }

  async join(listener: Listener, after?: Position): Promise<Joined> {
    let started: Promise<void> | undefined;
    // The last listener may leave while another waits, and takes the signal along.
    while (this.starting === undefined || this.starting !== started) await (started = this.starting ??= this.start());
    // From here to the return nothing waits: no change comes in between.
    if (this.isStopped) listener.end();
    else this.listeners.add(listener);
    return { position: this.position, missed: after && this.listMissed(listener, after), leave: () => this.leave(listener) };
  }

  private listMissed(listener: Listener, after: Position): readonly LocatedChange[] | undefined {
    const missed = this.listSince(after)?.filter((change) => listener.covers(change));
    return missed === undefined || missed.length > BATCH ? undefined : missed;
  }

  size(): number {
    return this.listeners.size;
  }

  private leave(listener: Listener): void {
    this.unsettled.delete(listener);
    if (!this.listeners.delete(listener) || this.listeners.size > 0) return;
    const { signal } = this;
    this.starting = undefined;
    this.signal = undefined;
    void signal?.stop();
  }

  private listSince(after: Position): readonly LocatedChange[] | undefined {
    // One that is ahead is of another database, or of this one before it was restored.
    if (isAfter(this.horizon, after) || isAfter(after, this.position)) return undefined;
    return this.remembered.filter((change) => isAfter(change, after));
  }

  private async start(): Promise<void> {
    try {
      const latest = await listLatestChanges(this.db, REMEMBERED);
      // All that there are: whoever was told of none has missed none of these.
      this.horizon = latest[0] && latest.length === REMEMBERED ? latest[0] : { tx: 0, seq: 0 };
      this.position = latest.at(-1) ?? (await findPosition(this.db));
      this.remembered = await locateChanges(this.db, latest);
      if (!this.isStopped) this.signal = signalChanges(this.db, () => this.look(), (error) => this.log.warn({ err: error }, 'changes are not told of; they are looked for'));
    } catch (error) {
      this.starting = undefined;
      throw error;
    }
  }

  /** One look at a time; a signal that comes meanwhile is followed by another. */
  private look(): void {
    if (this.looking) {
      this.isStale = true;
      return;
    }
    if (this.rest()) return;
    this.isStale = false;
    const report = (error: unknown): void => this.log.warn({ err: error }, 'changes could not be read');
    this.looking = this.readChanges().catch(report).finally(() => {
      this.looking = undefined;
      if (this.isStale && this.signal) this.look();
    });
  }

  /** Whether it is not yet time to look again; then it is done when it is. */
  private rest(): boolean {
    const left = this.restUntil - performance.now();
    if (left <= 0) return false;
    this.resting ??= setTimeout(() => {
      this.resting = undefined;
      if (this.signal) this.look();
    }, left);
    return true;
  }

  private async readChanges(): Promise<void> {
    for (;;) {
      const changes = await listChanges(this.db, this.position, BATCH);
      const located = await locateChanges(this.db, changes);
      this.position = changes.at(-1) ?? this.position;
      this.remember(located);
      const began = performance.now();
      await this.tellAll(located);
      this.restUntil = performance.now() + REST * (performance.now() - began);
      if (changes.length < BATCH) break;
    }
    for (const listener of this.unsettled) if (listener.settle(this.position)) this.unsettled.delete(listener);
  }

  private remember(located: readonly LocatedChange[]): void {
    this.remembered.push(...located);
    if (this.remembered.length < 2 * REMEMBERED) return;
    this.horizon = this.remembered.at(-REMEMBERED - 1) ?? this.horizon;
    this.remembered = this.remembered.slice(-REMEMBERED);
  }

  private async tellAll(changes: readonly LocatedChange[]): Promise<void> {
    // Once for all listeners of a topic, however many there are.
    const topics = new Map([...this.listeners].map((listener) => [listener.topic, listener]));
    const covered = new Map([...topics].map(([topic, listener]) => [topic, changes.filter((change) => listener.covers(change))]));
    const told = [...this.listeners].filter(({ topic }) => (covered.get(topic) ?? []).length > 0);
    if (told.length === 0) return;
    const runs = await this.readRuns(new Set([...covered.values()].flat().map(({ run_id }) => run_id)));
    const known = await this.findKnown(runs);
    const texts = new Map([...covered].map(([topic, changes]) => [topic, describeChanges(changes, runs)]));
    for (const [index, listener] of told.entries()) {
      // Whoever asks for something else meanwhile is answered in between.
      if (index % AT_ONCE === AT_ONCE - 1) await yieldOnce();
      if (!this.listeners.has(listener)) continue;
      listener.take(texts.get(listener.topic) ?? '', runs, known);
      this.unsettled.add(listener);
    }
  }

  async tell(listener: Listener, changes: readonly LocatedChange[]): Promise<void> {
    const runs = await this.readRuns(new Set(changes.map(({ run_id }) => run_id)));
    await listener.takeMissed(describeChanges(changes, runs), runs, await this.findKnown(runs));
    if (this.listeners.has(listener)) this.unsettled.add(listener);
  }

  /** Rows are read after their changes, and show what later ones have made of them: only of what is over has it to be known. */
  private async findKnown(runs: ReadonlyMap<string, RunHistory>): Promise<Position> {
    return [...runs.values()].some(({ finished }) => finished !== null) ? findLastChange(this.db) : this.position;
  }

  private async readRuns(ids: ReadonlySet<string>): Promise<Map<string, RunHistory>> {
    return new Map((await listRunHistories(this.db, [...ids])).map((run) => [run.id, run]));
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.pruner);
    clearTimeout(this.resting);
    const { signal } = this;
    this.signal = undefined;
    for (const listener of this.listeners) listener.end();
    this.listeners.clear();
    this.unsettled.clear();
    await signal?.stop();
    await this.looking;
  }
}
