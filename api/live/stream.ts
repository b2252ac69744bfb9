import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { isAfter, type LocatedChange, type Position } from '../../db/changes.js';
import type { RunHistory } from '../../db/history.js';
import { formatPosition, writeRun } from './events.js';
import type { Listener } from './feed.js';

/** What may lie unread before a listener is cut; it comes back and names the last event that it got. Bytes. */
export const MAX_UNREAD = 1024 * 1024;
/** Before all changes. */
const ORIGIN: Position = { tx: 0, seq: 0 };
/** A client that lost the stream comes back after so many milliseconds. */
const RETRY = 1000;

/** What a stream is about. */
export interface StreamScope {
  /** Of those who ask for the same. */
  readonly topic: string;
  covers(change: LocatedChange): boolean;
  /** The run whose end is the stream's; absent: it has none. */
  readonly runId?: string;
}

/** One client's stream of events: what it is told waits for it up to a limit, and no longer. */
export class LiveStream implements Listener {
  /** Events that came before the present state was written; undefined once it is. */
  private queue: string[] | undefined = [];
  private queued = 0;
  /** How the stream ends, once it has told all up to a place. */
  private ending: { readonly text: string; readonly at: Position } | undefined;

  constructor(private readonly response: ServerResponse, private readonly scope: StreamScope) {
    response.write(`retry: ${RETRY}\n\n`);
  }

  get topic(): string {
    return this.scope.topic;
  }

  covers(change: LocatedChange): boolean {
    return this.scope.covers(change);
  }

  /** Events as they are sent, and the runs they are of as they are now. */
  take(text: string, runs: ReadonlyMap<string, RunHistory>, known: Position): void {
    if (text !== '') this.write(text);
    this.noteEnds(runs, known);
  }

  async takeMissed(text: string, runs: ReadonlyMap<string, RunHistory>, known: Position): Promise<void> {
    if (text !== '') await this.writePatiently(text);
    this.noteEnds(runs, known);
  }

  private noteEnds(runs: ReadonlyMap<string, RunHistory>, known: Position): void {
    const { runId } = this.scope;
    const run = runId === undefined ? undefined : runs.get(runId);
    if (run) this.noteEnd(run, known);
  }

  private noteEnd({ id, state, finished }: RunHistory, at: Position): void {
    if (finished !== null) this.ending ??= { text: `event: end\ndata: ${JSON.stringify({ run_id: id, state })}\n\n`, at };
  }

  /** A run that is over ends its stream, once all of it was told. */
  settle(position: Position): boolean {
    if (this.ending === undefined) return true;
    if (this.queue || isAfter(this.ending.at, position)) return false;
    if (!this.response.writableEnded) this.response.end(this.ending.text);
    return true;
  }

  /** The present state, at the client's own pace. A client that is lost before its end is told all of it again. */
  async writePresent(runs: readonly RunHistory[], position: Position): Promise<void> {
    for (const run of runs) {
      const text = writeRun(position, run);
      await this.writePatiently(text.slice(text.indexOf('\n') + 1));
      if (run.id === this.scope.runId) this.noteEnd(run, ORIGIN);
    }
    await this.writePatiently(`id: ${formatPosition(position)}\n\n`);
  }

  private async writePatiently(text: string): Promise<void> {
    if (this.isGone() || this.response.write(text) || this.isGone()) return;
    await Promise.race([once(this.response, 'drain'), once(this.response, 'close')]);
  }

  private isGone(): boolean {
    return this.response.destroyed;
  }

  /** From now on events are sent as they come, after those that came meanwhile. */
  open(): void {
    const queued = this.queue ?? [];
    this.queue = undefined;
    for (const text of queued) this.write(text);
    this.settle(ORIGIN);
  }

  private write(text: string): void {
    if (this.queue) {
      this.queue.push(text);
      this.queued += text.length;
      if (this.queued > MAX_UNREAD) this.response.destroy();
    } else if (this.response.writableLength > MAX_UNREAD) this.response.destroy();
    else if (!this.response.writableEnded) this.response.write(text);
  }

  /** A comment, which clients skip. */
  beat(): void {
    if (!this.queue) this.write(':\n\n');
  }

  end(): void {
    if (!this.response.writableEnded) this.response.end();
  }
}
