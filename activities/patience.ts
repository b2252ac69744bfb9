/** A run as it was when it was told something. */
interface Told {
  readonly updated: string;
  readonly pause: number;
  readonly due: number;
}

/** Pauses in milliseconds: after the first time; each one after that is twice as long, up to the longest. */
export interface Pauses {
  readonly first: number;
  readonly longest: number;
}

/**
 * Whom the sweep has told what it may have missed, and when to say it again. A workflow that does not move may wait for
 * a worker that is overloaded: telling it the same at every round would be the load that keeps it from moving.
 */
export class Patience {
  private readonly told = new Map<string, Told>();

  constructor(private readonly pauses: Pauses, private readonly now: () => number = Date.now) {}

  /** Whether it is time to look after this run: nobody told it anything, it has moved since, or that was long ago. */
  isDue({ id, updated }: { readonly id: string; readonly updated: string }): boolean {
    const told = this.told.get(id);
    return told?.updated !== updated || this.now() >= told.due;
  }

  /** Whether it was told something and has not moved since. */
  isTold({ id, updated }: { readonly id: string; readonly updated: string }): boolean {
    return this.told.get(id)?.updated === updated;
  }

  /** Notes that the run was told. */
  note({ id, updated }: { readonly id: string; readonly updated: string }): void {
    const last = this.told.get(id);
    const pause = last?.updated === updated ? Math.min(last.pause * 2, this.pauses.longest) : this.pauses.first;
    this.told.set(id, { updated, pause, due: this.now() + pause });
  }

  /** Forgets runs that nobody has asked about for long: they are over. */
  tidy(): void {
    for (const [id, { due }] of this.told) if (this.now() > due + this.pauses.longest) this.told.delete(id);
  }
}
