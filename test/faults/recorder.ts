import type { CallbackEntry, CallEntry, FaultEntry, Logs, PushEntry, ShownRepository } from './logs.js';

/** Writes the logs of one window of a run, in the order in which things happen. */
export class Recorder {
  private readonly pushes: PushEntry[] = [];
  private readonly calls: CallEntry[] = [];
  private readonly callbacks: CallbackEntry[] = [];
  private readonly faults: FaultEntry[] = [];
  private readonly oddities: string[] = [];

  /** @param secrets of all windows: what must stand in no log of the hub. */
  constructor(private readonly secrets: Set<string>) {}

  addPush(push: PushEntry): PushEntry {
    this.pushes.push(push);
    return push;
  }

  addCall(call: Omit<CallEntry, 'seq' | 'at' | 'answer'>): CallEntry {
    return add(this.calls, { ...call, seq: nextSeq(), at: Date.now() });
  }

  addCallback(callback: Omit<CallbackEntry, 'seq' | 'at' | 'status'>): CallbackEntry {
    return add(this.callbacks, { ...callback, seq: nextSeq(), at: Date.now() });
  }

  addFault(kind: string, round: number): FaultEntry {
    return add(this.faults, { kind, round, at: Date.now(), until: Infinity });
  }

  addOddity(what: string): void {
    this.oddities.push(what);
  }

  addSecret(secret: string): void {
    if (secret !== '') this.secrets.add(secret);
  }

  /** Everything, with what the hub shows. */
  close(history: readonly ShownRepository[]): Logs {
    const { pushes, calls, callbacks, faults, oddities } = this;
    return { pushes, calls, callbacks, faults, oddities, history };
  }
}

let seq = 0;
const nextSeq = (): number => (seq += 1);

function add<T>(list: T[], entry: T): T {
  list.push(entry);
  return entry;
}
