/** A run as it was when it was told something. */
interface Told {
  readonly updated: string;
  readonly pause: number;
  readonly due: number;
}

/** Longest time until the same is said again, in milliseconds. */
const MAX_PAUSE = 60_000;

/**
 * Whom the sweep has told what it may have missed, and when to say it again. A workflow that does not move may wait for
 * a worker that is overloaded: telling it the same at every round would be the load that keeps it from moving.
 */
export class Patience {
  private readonly told = new Map<string, Told>();

  /** @param first pause after the first time, in milliseconds; each one after that is twice as long. */
  constructor(private readonly first: number, private readonly now: () => number = Date.now) {}

  /** Whether it is time to look after this run: nobody told it anything, it has moved since, or that was long ago. */
  isDue({ id, updated }: { readonly id: string; readonly updated: string }): boolean {
    const told = this.told.get(id);
    return told?.updated !== updated || this.now() >= told.due;
  }

  /** Notes that the run was told. */
  note({ id, updated }: { readonly id: string; readonly updated: string }): void {
    const last = this.told.get(id);
    const pause = last?.updated === updated ? Math.min(last.pause * 2, MAX_PAUSE) : this.first;
    this.told.set(id, { updated, pause, due: this.now() + pause });
  }

  /** Forgets runs that nobody has asked about for long: they are over. */
  tidy(): void {
    for (const [id, { due }] of this.told) if (this.now() > due + MAX_PAUSE) this.told.delete(id);
  }
}
