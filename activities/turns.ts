/** Entries beyond this are looked through for old ones. */
const SIZE = 1000;

/**
 * Turns for those who wait behind a pause, in this process: so many a second, one after the other, from the end of the
 * pause on. The crowd behind a pause neither asks at once when it ends nor reaches the receiver at once.
 */
export class Turns {
  private readonly last = new Map<string, number>();

  /** @param rate turns a second */
  constructor(private readonly rate: number) {}

  /** The next turn of a webhook's pause that lasts until `until`, in milliseconds since the epoch. */
  take(webhookId: string, until: number): number {
    if (this.last.size > SIZE) this.forget();
    // Another pause has turns of its own: nobody stands behind the turns of one that is over.
    const key = `${webhookId} ${until}`;
    const last = this.last.get(key);
    const turn = last === undefined ? until : last + 1000 / this.rate;
    this.last.set(key, turn);
    return Math.round(turn);
  }

  private forget(): void {
    for (const [key, turn] of this.last) if (turn < Date.now()) this.last.delete(key);
  }
}
